"""The ontology: terms are documented and named by rule, what is used is declared, and nothing contradicts another.

The cases are files beside this module: `verbs.txt` and `naming_exceptions.csv` for the naming rule, `inconsistent/` for
data that the axioms must refuse, `unsatisfiable/` for classes that can have no member, `sample.ttl` and `sample.jsonld`
for the context.
"""

import csv
import io
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import owlready2
import owlrl
import pyoxigraph
import pytest
from rdflib import OWL, RDF, RDFS, SH, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.term import Node, _toPythonMapping

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MAIN = ROOT / "ontology" / "thai-smart-city.ttl"
EXTERNAL = ROOT / "ontology" / "external.ttl"
CONTEXT = ROOT / "ontology" / "context.jsonld"
ONTOLOGY_FILES = sorted((ROOT / "ontology").glob("*.ttl"))
DATA_FILES = sorted((ROOT / "data").rglob("*.ttl"))
SHAPE_FILES = sorted((ROOT / "shapes").rglob("*.ttl"))

TSC = Namespace("https://w3id.org/thai-smart-city/ontology#")
IDENTIFIERS = "https://w3id.org/thai-smart-city/id/"
ONTOLOGY = URIRef("https://w3id.org/thai-smart-city/ontology")
OWLRL_ERROR = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")

KINDS = {
    "Classes": OWL.Class,
    "Object properties": OWL.ObjectProperty,
    "Datatype properties": OWL.DatatypeProperty,
    "Annotation properties": OWL.AnnotationProperty,
    "Datatypes": RDFS.Datatype,
}
PROPERTY_KINDS = {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}

# The languages in which ontologies and shapes are written: their terms need no declaration.
LANGUAGES = (str(RDF), str(RDFS), str(OWL), str(XSD), str(SH))

# OWL 2 Structural Specification, section 4, as far as we use it. HermiT refuses any other datatype.
OWL_DATATYPES = {XSD.string, XSD.integer, XSD.decimal, XSD.boolean, XSD.anyURI, XSD.dateTime, RDF.langString}
# Common datatypes that OWL 2 leaves out: allowed in literals, never in axioms.
CALENDAR_DATATYPES = {XSD.date, XSD.time, XSD.gYear}

BUILT_IN_ANNOTATIONS = {RDFS.label, RDFS.comment, RDFS.isDefinedBy, RDFS.seeAlso, OWL.versionInfo, OWL.versionIRI}
# What an ontology document may say in the words of RDF, RDFS and OWL; anything else is a slip or needs a thought.
AXIOM_PREDICATES = {
    RDF.type,
    RDF.first,
    RDF.rest,
    RDFS.subClassOf,
    RDFS.subPropertyOf,
    RDFS.domain,
    RDFS.range,
    OWL.members,
    OWL.unionOf,
    OWL.disjointWith,
    OWL.equivalentClass,
    OWL.inverseOf,
} | BUILT_IN_ANNOTATIONS
AXIOM_TYPES = {
    OWL.Ontology,
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    OWL.FunctionalProperty,
    OWL.AllDisjointClasses,
    RDFS.Datatype,
}


def parse(paths: Iterable[Path]) -> Graph:
    """The triples of Turtle files as one graph. Each file keeps its own blank nodes."""
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


@cache
def parse_once(path: Path) -> Graph:
    """The graph of one file, kept for the other tests: not to be changed."""
    return parse([path])


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def names(kind: URIRef) -> list[str]:
    """Local names of our own terms of one kind, sorted."""
    found = VOCABULARY.subjects(RDF.type, kind)
    return sorted(str(term).removeprefix(str(TSC)) for term in found if str(term).startswith(str(TSC)))


VOCABULARY = parse(ONTOLOGY_FILES)
CLASSES, OBJECT_PROPERTIES, DATATYPE_PROPERTIES = (names(kind) for kind in list(KINDS.values())[:3])
DATATYPES = names(RDFS.Datatype)
TERMS = sorted(CLASSES + OBJECT_PROPERTIES + DATATYPE_PROPERTIES + DATATYPES)
VERBS = set((HERE / "verbs.txt").read_text(encoding="utf-8").split())
NAMING_EXCEPTIONS = {row["term"] for row in rows(HERE / "naming_exceptions.csv")}


def relative(path: Path) -> str:
    """A test id: the path from the root of the tree."""
    return path.relative_to(ROOT).as_posix()


# --- Files ---


@pytest.mark.parametrize("path", ONTOLOGY_FILES, ids=relative)
def test_two_parsers_read_the_same(path: Path) -> None:
    quads = list(pyoxigraph.parse(path=str(path)))
    assert len(quads) == len(parse_once(path)) > 0


@pytest.mark.parametrize("path", [*ONTOLOGY_FILES, CONTEXT], ids=relative)
def test_thai_characters_are_in_normal_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "\u0e4d\u0e32" not in text
    assert not re.search(r"[\u00a0\u200b-\u200f\u2060\ufeff]", text)


def test_header() -> None:
    header = {
        OWL.versionInfo: {Literal("0.1.0")},
        OWL.versionIRI: {URIRef(f"{ONTOLOGY}/0.1.0")},
        URIRef("http://purl.org/vocab/vann/preferredNamespacePrefix"): {Literal("tsc")},
        URIRef("http://purl.org/vocab/vann/preferredNamespaceUri"): {Literal(str(TSC))},
        URIRef("http://purl.org/dc/terms/license"): {URIRef("https://creativecommons.org/licenses/by/4.0/")},
    }
    for predicate, values in header.items():
        assert set(VOCABULARY.objects(ONTOLOGY, predicate)) == values
    for name in ("title", "description"):
        found = VOCABULARY.objects(ONTOLOGY, URIRef(f"http://purl.org/dc/terms/{name}"))
        assert sorted(str(value.language) for value in found if isinstance(value, Literal)) == ["en", "th"]


# --- Documentation of terms ---


def texts(term: URIRef, predicate: URIRef) -> dict[str, str]:
    """Language tag → text of the literals of a term; fails where a language occurs twice or is missing."""
    found = [value for value in VOCABULARY.objects(term, predicate) if isinstance(value, Literal)]
    counts = Counter(value.language for value in found)
    assert all(count == 1 for count in counts.values()), f"{term}: {predicate} twice in one language: {counts}"
    return {str(value.language): str(value) for value in found}


@pytest.mark.parametrize("name", TERMS)
def test_term_is_documented(name: str) -> None:
    term = TSC[name]
    labels = texts(term, RDFS.label)
    definitions = texts(term, SKOS.definition)
    notes = texts(term, SKOS.scopeNote)
    assert labels.keys() == definitions.keys() == {"en", "th"}
    assert notes.keys() in ({"en", "th"}, set())
    assert set(VOCABULARY.objects(term, RDFS.isDefinedBy)) == {ONTOLOGY}
    for tagged in (labels, definitions):
        assert re.search(r"[ก-๙]", tagged["th"])
        assert not re.search(r"[ก-๙]", tagged["en"])


@pytest.mark.parametrize("name", TERMS)
def test_definition_is_one_sentence_and_not_circular(name: str) -> None:
    definition = texts(TSC[name], SKOS.definition)["en"]
    label = texts(TSC[name], RDFS.label)["en"]
    assert re.fullmatch(r"[A-Z].*[a-z0-9]\.", definition)
    assert ". " not in definition
    assert not re.match(rf"(an? |the )?{re.escape(label)}\b", definition, re.IGNORECASE)


def test_labels_differ_within_a_kind() -> None:
    for kind in (CLASSES, OBJECT_PROPERTIES, DATATYPE_PROPERTIES, DATATYPES):
        for language in ("en", "th"):
            counts = Counter(texts(TSC[name], RDFS.label)[language] for name in kind)
            assert [label for label, count in counts.items() if count > 1] == []


def test_every_term_of_the_model_page_is_there() -> None:
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\btsc:([A-Za-z][A-Za-z0-9-]*)", page))
    assert named - set(TERMS) == set()


# --- Names and order ---


def is_named_by_rule(name: str) -> bool:
    """Whether the name of a property follows the rule for its kind, exceptions left aside.

    An object property starts with a verb, save one that leads to a concept and ends in Kind, Status or Basis.
    A datatype property does not start with one of those verbs.
    """
    first = re.split(r"(?=[A-Z])", name)[0]
    if name in DATATYPE_PROPERTIES:
        return first not in VERBS
    leads_to_concept = (TSC[name], RDFS.range, SKOS.Concept) in VOCABULARY
    return first in VERBS or (leads_to_concept and name.endswith(("Kind", "Status", "Basis")))


@pytest.mark.parametrize("name", CLASSES)
def test_class_is_upper_camel_case(name: str) -> None:
    assert re.fullmatch(r"([A-Z][a-z]+)+", name)


@pytest.mark.parametrize("name", OBJECT_PROPERTIES + DATATYPE_PROPERTIES)
def test_property_is_named_by_rule(name: str) -> None:
    assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*|sha256", name)
    assert is_named_by_rule(name) is (name not in NAMING_EXCEPTIONS)


def test_every_naming_exception_is_a_property_and_every_verb_is_used() -> None:
    assert set(OBJECT_PROPERTIES + DATATYPE_PROPERTIES) >= NAMING_EXCEPTIONS
    assert {re.split(r"(?=[A-Z])", name)[0] for name in OBJECT_PROPERTIES} >= VERBS


@pytest.mark.parametrize("name", [name for name in DATATYPE_PROPERTIES if name.endswith("AsPrinted")])
def test_printed_form_is_below_as_printed(name: str) -> None:
    assert (TSC[name], RDFS.subPropertyOf, TSC.asPrinted) in VOCABULARY


def test_nothing_else_is_below_as_printed() -> None:
    below = {str(term) for term in VOCABULARY.subjects(RDFS.subPropertyOf, TSC.asPrinted)}
    assert all(term.endswith("AsPrinted") for term in below)


def sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Title and subjects, as written, of each section of a Turtle file that has comments `# --- Title ---`."""
    parts = re.split(r"^# --- (.+) ---$", text, flags=re.MULTILINE)
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        yield title, re.findall(r"^([a-z]+:\S+)", body, flags=re.MULTILINE)


@pytest.mark.parametrize("path", ONTOLOGY_FILES, ids=relative)
def test_sections_are_in_alphabetical_order(path: Path) -> None:
    found = dict(sections(path.read_text(encoding="utf-8")))
    assert found
    for subjects in found.values():
        assert subjects == sorted(subjects, key=str.lower)


def test_each_section_holds_the_terms_of_its_kind() -> None:
    found = dict(sections(MAIN.read_text(encoding="utf-8")))
    for title, kind in KINDS.items():
        assert {subject.removeprefix("tsc:") for subject in found.get(title, [])} == set(names(kind)), title


def test_sections_sees_a_misplaced_subject() -> None:
    text = "# --- Classes ---\n\ntsc:Beta a owl:Class .\n\ntsc:Alpha a owl:Class .\n"
    assert list(sections(text)) == [("Classes", ["tsc:Beta", "tsc:Alpha"])]


# --- What is used is declared (OWL 2 DL, as far as it can be seen without a reasoner) ---


def used_terms(graph: Graph) -> set[URIRef]:
    """IRIs that a graph uses as a vocabulary: predicates, types, parts of axioms and of shapes, datatypes."""
    axioms = {RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, OWL.disjointWith, OWL.equivalentClass}
    mappings = {SKOS.closeMatch, SKOS.exactMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch}
    shapes = {SH.path, SH.targetClass, SH["class"], SH.datatype, SH.targetSubjectsOf, SH.targetObjectsOf}
    shapes |= {SH.inversePath, SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals}
    found: set[Node] = set()
    for subject, predicate, value in graph:
        found.add(predicate)
        if predicate == RDF.type or predicate in shapes:
            found.add(value)
        if predicate in axioms or (predicate in mappings and not str(subject).startswith(IDENTIFIERS)):
            found |= {subject, value}
        if predicate in {OWL.members, OWL.unionOf}:
            found |= set(Collection(graph, value))
        if isinstance(value, Literal) and value.datatype:
            found.add(value.datatype)
    for head in graph.objects(None, SH.path):
        if isinstance(head, BNode) and (head, RDF.first, None) in graph:
            found |= set(Collection(graph, head))
    return {term for term in found if isinstance(term, URIRef)}


def undeclared(graph: Graph) -> set[URIRef]:
    """Used terms that are neither of the languages of ontologies and shapes nor declared in `ontology/`."""
    kinds = set(KINDS.values())
    return {
        term
        for term in used_terms(graph)
        if not str(term).startswith(LANGUAGES) and not kinds & set(VOCABULARY.objects(term, RDF.type))
    }


@pytest.mark.parametrize("path", [*ONTOLOGY_FILES, *DATA_FILES, *SHAPE_FILES], ids=relative)
def test_every_used_term_is_declared(path: Path) -> None:
    assert sorted(undeclared(parse_once(path))) == []


@pytest.mark.parametrize(
    ("triple", "term"),
    [
        ("<urn:x:a> <http://www.w3.org/ns/org#postsIn> <urn:x:b> .", "http://www.w3.org/ns/org#postsIn"),
        ("<urn:x:a> a <http://xmlns.com/foaf/0.1/Persons> .", "http://xmlns.com/foaf/0.1/Persons"),
        (f"<urn:x:a> <{SH.path}> <{TSC.isHeldAt}> .", str(TSC.isHeldAt)),
        (f"<urn:x:a> <{SKOS.notation}> '50'^^<{TSC.tis1098}> .", str(TSC.tis1098)),
    ],
)
def test_an_undeclared_term_is_seen(triple: str, term: str) -> None:
    assert undeclared(Graph().parse(data=triple, format="turtle")) == {URIRef(term)}


def test_external_declares_foreign_terms_only() -> None:
    declarations = parse_once(EXTERNAL)
    for term in set(declarations.subjects(RDFS.isDefinedBy, None)):
        assert not str(term).startswith((str(TSC), *LANGUAGES))
        labels = [str(label.language) for label in declarations.objects(term, RDFS.label) if isinstance(label, Literal)]
        assert sorted(labels) == ["en", "th"]
        assert len(set(declarations.objects(term, RDFS.isDefinedBy))) == 1


def test_each_term_is_declared_once_and_of_one_kind() -> None:
    for term in set(VOCABULARY.subjects(RDFS.isDefinedBy, None)):
        kinds = set(VOCABULARY.objects(term, RDF.type)) & set(KINDS.values())
        assert len(kinds) == 1, f"{term} is of kinds {kinds}"
        files = [path for path in ONTOLOGY_FILES if (term, RDFS.isDefinedBy, None) in parse_once(path)]
        assert len(files) == 1, f"{term} is declared in {files}"


@pytest.mark.parametrize("path", ONTOLOGY_FILES, ids=relative)
def test_the_words_of_owl_are_used_as_they_should_be(path: Path) -> None:
    for subject, predicate, value in parse_once(path):
        assert not str(subject).startswith(LANGUAGES), f"redefines {subject}"
        if str(predicate).startswith(LANGUAGES):
            assert predicate in AXIOM_PREDICATES, predicate
        if predicate == RDF.type and str(value).startswith(LANGUAGES):
            assert value in AXIOM_TYPES, value
        if predicate == RDFS.range and str(value).startswith(str(XSD)):
            assert value in OWL_DATATYPES, f"{value} is not a datatype of OWL 2"


def test_domains_and_ranges_fit_the_kind_of_property() -> None:
    for name in OBJECT_PROPERTIES + DATATYPE_PROPERTIES:
        for predicate in (RDFS.domain, RDFS.range):
            targets = list(VOCABULARY.objects(TSC[name], predicate))
            assert len(targets) <= 1, f"{name}: two of these mean their intersection"
            for target in targets:
                is_class = (target, RDF.type, OWL.Class) in VOCABULARY
                assert is_class is (predicate == RDFS.domain or name in OBJECT_PROPERTIES), name


def misused(graph: Graph) -> list[str]:
    """Triples whose object is not what the kind of property asks for, or is of a datatype that we do not use."""
    found = []
    for subject, predicate, value in graph:
        kinds = set(VOCABULARY.objects(predicate, RDF.type))
        wrong = (OWL.ObjectProperty if isinstance(value, Literal) else OWL.DatatypeProperty) in kinds
        if isinstance(value, Literal) and str(value.datatype).startswith(str(XSD)):
            wrong = wrong or value.datatype not in OWL_DATATYPES | CALENDAR_DATATYPES
        if wrong:
            found.append(f"{subject} {predicate} {value.n3()}")
    return found


@pytest.mark.parametrize("path", [*ONTOLOGY_FILES, *DATA_FILES], ids=relative)
def test_properties_are_used_as_what_they_are(path: Path) -> None:
    assert misused(parse_once(path)) == []


@pytest.mark.parametrize(
    "triple",
    [
        f"<urn:x:a> <{TSC.isHeldBy}> 'a body' .",
        f"<urn:x:a> <{TSC.heldOn}> <urn:x:b> .",
        f"<urn:x:a> <{TSC.position}> '1'^^<{XSD.nonNegativeInteger}> .",
    ],
)
def test_a_misused_property_is_seen(triple: str) -> None:
    assert len(misused(Graph().parse(data=triple, format="turtle"))) == 1


# --- Consistency: OWL 2 RL ---


def clashes(graph: Graph) -> list[str]:
    """What is wrong in the OWL 2 RL closure of a graph: clashes that owlrl reports, members of nothing, merged things.

    OWL has no unique names: two values of a functional property are one thing to it, and a slip to us.
    """
    closure = Graph()
    for triple in graph:
        closure.add(triple)
    conversions = dict(_toPythonMapping)
    try:
        owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closure)
    finally:  # owlrl leaves conversions of its own to the whole process, and other tests rest on rdflib's
        _toPythonMapping.clear()
        _toPythonMapping.update(conversions)
    found = [str(message) for message in closure.objects(None, OWLRL_ERROR)]
    found += [f"{subject} is a member of owl:Nothing" for subject in closure.subjects(RDF.type, OWL.Nothing)]
    for first, second in closure.subject_objects(OWL.sameAs):
        if str(first) < str(second) and str(first).startswith(IDENTIFIERS):
            found.append(f"{first} is inferred to be the same as {second}")
    return sorted(found)


def test_ontology_and_data_are_consistent() -> None:
    assert clashes(parse([*ONTOLOGY_FILES, *DATA_FILES])) == []


@pytest.mark.parametrize(
    ("case", "message"), [(row["case"], row["message"]) for row in rows(HERE / "inconsistent" / "expected.csv")]
)
def test_a_clash_is_seen(case: str, message: str) -> None:
    found = clashes(parse([MAIN, HERE / "inconsistent" / f"{case}.ttl"]))
    assert found
    assert all(message in line for line in found)


def test_every_inconsistent_case_is_expected() -> None:
    cases = {path.stem for path in (HERE / "inconsistent").glob("*.ttl")}
    assert cases == {row["case"] for row in rows(HERE / "inconsistent" / "expected.csv")}


# --- Consistency: OWL 2 DL, with HermiT ---


class InconsistentError(Exception):
    """The reasoner finds no model of the graph."""


def unsatisfiable_classes(graph: Graph) -> set[str]:
    """Classes of a graph that HermiT proves to be empty.

    Literals of datatypes that OWL 2 does not have are left out, since HermiT refuses them: no axiom is about them.

    Raises:
        InconsistentError: the graph as a whole has no model.
    """
    supported = Graph()
    for subject, predicate, value in graph:
        if not isinstance(value, Literal) or value.datatype is None or value.datatype in OWL_DATATYPES:
            supported.add((subject, predicate, value))
    world = owlready2.World()
    triples = supported.serialize(format="nt", encoding="utf-8")
    world.get_ontology(f"{ONTOLOGY}#").load(fileobj=io.BytesIO(triples))
    try:
        owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError as error:
        raise InconsistentError from error
    return {found.iri for found in world.inconsistent_classes() if found.iri != str(OWL.Nothing)}


@pytest.fixture
def java() -> str:
    """Path of the Java virtual machine that HermiT needs; skips, or under KG_REQUIRE_ALL fails, where there is none."""
    path = shutil.which("java")
    if path is None:
        (pytest.fail if os.environ.get("KG_REQUIRE_ALL") else pytest.skip)("HermiT needs java, which is not installed")
    return path


@pytest.mark.reasoner
def test_all_classes_can_have_members(java: str) -> None:
    assert unsatisfiable_classes(VOCABULARY) == set()


@pytest.mark.reasoner
def test_ontology_and_data_have_a_model(java: str) -> None:
    assert unsatisfiable_classes(parse([*ONTOLOGY_FILES, *DATA_FILES])) == set()


@pytest.mark.reasoner
@pytest.mark.parametrize(
    ("case", "name"), [(row["case"], row["class"]) for row in rows(HERE / "unsatisfiable" / "expected.csv")]
)
def test_an_empty_class_is_seen(java: str, case: str, name: str) -> None:
    assert unsatisfiable_classes(parse([MAIN, EXTERNAL, HERE / "unsatisfiable" / f"{case}.ttl"])) == {
        TSC[name].toPython()
    }


@pytest.mark.reasoner
def test_an_inconsistent_graph_is_seen(java: str) -> None:
    with pytest.raises(InconsistentError):
        unsatisfiable_classes(parse([MAIN, EXTERNAL, HERE / "inconsistent" / "area-that-is-a-division.ttl"]))


# --- The JSON-LD context ---


# rdflib's JSON-LD parser uses a class that rdflib itself deprecates.
RDFLIB_WARNING = "ignore:ConjunctiveGraph is deprecated:DeprecationWarning"


def context() -> dict[str, object]:
    """The entries of the published context."""
    document: dict[str, dict[str, object]] = json.loads(CONTEXT.read_text(encoding="utf-8"))
    return document["@context"]


@pytest.mark.parametrize("name", TERMS)
def test_context_covers_the_term(name: str) -> None:
    entry = context()[name]
    iri = entry["@id"] if isinstance(entry, dict) else entry
    assert iri == f"tsc:{name}"
    coercion = entry.get("@type") if isinstance(entry, dict) else None
    assert (coercion == "@id") is (name in OBJECT_PROPERTIES)
    if (TSC[name], RDFS.range, XSD.integer) in VOCABULARY:
        assert coercion == "xsd:integer"


def test_context_names_no_term_that_is_not_there() -> None:
    entries = (entry["@id"] if isinstance(entry, dict) else str(entry) for entry in context().values())
    assert {entry.removeprefix("tsc:") for entry in entries if entry.startswith("tsc:")} == set(TERMS)
    known = {str(term) for term in VOCABULARY.subjects(RDFS.isDefinedBy, None)} | {
        str(term) for term in AXIOM_PREDICATES
    }
    prefixes = {key: str(value) for key, value in context().items() if str(value).endswith(("#", "/"))}
    for entry in context().values():
        iri = str(entry["@id"] if isinstance(entry, dict) else entry)
        prefix, _, local = iri.partition(":")
        if prefix in prefixes:
            assert prefixes[prefix] + local in known, iri


@pytest.mark.filterwarnings(RDFLIB_WARNING)
def test_sample_expands_to_its_triples() -> None:
    document = json.loads((HERE / "sample.jsonld").read_text(encoding="utf-8"))
    document["@context"] = context()
    expanded = Graph().parse(data=json.dumps(document), format="json-ld")
    assert isomorphic(expanded, parse([HERE / "sample.ttl"]))


@pytest.mark.filterwarnings(RDFLIB_WARNING)
def test_sample_compacts_and_expands_to_the_same_triples() -> None:
    sample = parse([HERE / "sample.ttl"])
    compacted = sample.serialize(format="json-ld", context=context())
    document = json.loads(compacted)
    keys = {key for node in document["@graph"] for key in node}
    assert {key for key in keys if ":" in key} == set()
    assert isomorphic(Graph().parse(data=compacted, format="json-ld"), sample)
