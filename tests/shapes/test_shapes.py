"""Every shape is named, bilingual and about declared terms; one fixture passes it and one fails it alone."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pyshacl import validate
from pyshacl.shape import Shape
from rdflib import OWL, RDF, RDFS, SH, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from kg.namespaces import BASE, ORG, SHAPES

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SCOPES = ("", "source", "union")
FIXTURES = {scope: HERE / "fixtures" / scope for scope in SCOPES}

Triple = tuple[Node, Node, Node]

# What a shape may have without constraining anything: such a node shape only gathers property shapes.
NOT_A_CONSTRAINT = {
    RDF.type,
    SH.name,
    SH.property,
    SH.target,
    SH.targetClass,
    SH.targetNode,
    SH.targetObjectsOf,
    SH.targetSubjectsOf,
}


def parse(paths: Iterator[Path]) -> Graph:
    """Return one graph of all Turtle files in `paths`."""
    graph = Graph()
    for path in paths:
        graph.parse(path)
    return graph


@cache
def shapes(scope: str) -> Graph:
    """Return the shapes of one scope: `""` (a file with the register), `"source"` (a file alone) or `"union"`."""
    return parse((ROOT / "shapes" / scope).glob("*.ttl"))


@cache
def ontology() -> Graph:
    """Return the ontology with the foreign terms that it declares."""
    return parse((ROOT / "ontology").glob("*.ttl"))


@cache
def base() -> Graph:
    """Return the valid resources that the fixtures lean on."""
    return parse(iter([HERE / "base.ttl"]))


def named(scope: str) -> list[URIRef]:
    """Return the named shapes of a scope that constrain something and can be reached from a target."""
    graph = shapes(scope)
    found = []
    for shape in set(graph.subjects(RDF.type, SH.NodeShape)) | set(graph.subjects(RDF.type, SH.PropertyShape)):
        helper = (None, SH.node, shape) in graph
        if isinstance(shape, URIRef) and not helper and set(graph.predicates(shape)) - NOT_A_CONSTRAINT:
            found.append(shape)
    return sorted(found)


def local_name(shape: Node) -> str:
    """Return the part of a shape's IRI after the shapes namespace."""
    return str(shape).removeprefix(SHAPES)


ALL = [(scope, shape) for scope in SCOPES for shape in named(scope)]
IDS = [f"{scope or 'file'}:{local_name(shape)}" for scope, shape in ALL]
each_shape = pytest.mark.parametrize(("scope", "shape"), ALL, ids=IDS)


def in_context(fixture: Graph, scope: str) -> Graph:
    """Return the fixture with what it is checked with.

    A fixture stands in for the resource of the base that it describes. A source alone has
    nothing beside it, the union has the subclass axioms, a file with the register has these and the base.
    """
    data = Graph()
    own = set(fixture.subjects())
    for triple in fixture:
        data.add(triple)
    if scope != "source":
        for triple in ontology().triples((None, RDFS.subClassOf, None)):
            data.add(triple)
    if scope == "":
        for triple in base():
            if triple[0] not in own:
                data.add(triple)
    return data


def reached(graph: Graph, node: Node) -> Iterator[Triple]:
    """Yield the triples of a shape, of its blank nodes and of the shapes to which it refers."""
    waiting, seen = [node], {node}
    while waiting:
        for triple in graph.triples((waiting.pop(), None, None)):
            yield triple
            value = triple[2]
            if value not in seen and not isinstance(value, Literal):
                seen.add(value)
                waiting.append(value)


@cache
def shapes_about(scope: str, classes: frozenset[Node]) -> Graph:
    """Return the shapes of a scope but those that target other classes only: they say nothing and cost time."""
    graph = Graph()
    for shape in set(shapes(scope).subjects(RDF.type, SH.NodeShape)):
        targets = set(shapes(scope).objects(shape, SH.targetClass))
        if not targets or targets & classes:
            for triple in reached(shapes(scope), shape):
                graph.add(triple)
    return graph


@cache
def failed_triples(triples: frozenset[Triple], scope: str) -> frozenset[str]:
    """Return what `failed` returns, once for each set of triples: many shapes of a class share a passing fixture."""
    fixture = Graph()
    for triple in triples:
        fixture.add(triple)
    data = in_context(fixture, scope)
    kinds = set(data.objects(None, RDF.type))
    classes = {c for kind in kinds for c in ontology().transitive_objects(kind, RDFS.subClassOf) if c is not None}
    shapes_graph = shapes_about(scope, frozenset(classes))
    own = set(fixture.subjects())
    every_target = Shape.focus_nodes

    def own_targets(shape: Shape, graph: Graph, debug: bool = False) -> set[Node]:
        targets: set[Node] = every_target(shape, graph, debug)  # type: ignore[no-untyped-call]
        return targets & own

    with pytest.MonkeyPatch.context() as patch:
        # The base conforms, as a test of its own says. The option `focus_nodes` of pySHACL would skip value nodes too.
        patch.setattr(Shape, "focus_nodes", own_targets)
        _, report, text = validate(data, shacl_graph=shapes_graph, advanced=True, inplace=True)
    assert isinstance(report, Graph), text
    # Results below sh:detail are of unnamed parts of a shape.
    results = list(report.objects(None, SH.result))
    return frozenset(local_name(shape) for result in results for shape in report.objects(result, SH.sourceShape))


def failed(fixture: Graph, scope: str) -> frozenset[str]:
    """Return the local names of the shapes that the subjects of `fixture` do not conform to."""
    return failed_triples(frozenset(fixture), scope)


def fixture_path(scope: str, shape: Node, verdict: str) -> Path:
    """Return where the fixture of a shape is; `verdict` is `pass` or `fail`."""
    return FIXTURES[scope] / f"{local_name(shape)}.{verdict}.ttl"


def test_base_conforms() -> None:
    """The resources that the fixtures lean on are themselves valid."""
    data = base() + Graph()
    for triple in ontology().triples((None, RDFS.subClassOf, None)):
        data.add(triple)
    conforms, _, text = validate(data, shacl_graph=shapes(""), advanced=True, inplace=True)
    assert conforms, text


@each_shape
def test_passing_fixture_conforms(scope: str, shape: URIRef) -> None:
    """The passing fixture of a shape conforms to all shapes of its scope."""
    assert failed(parse(iter([fixture_path(scope, shape, "pass")])), scope) == set()


@each_shape
def test_failing_fixture_fails_for_that_shape_alone(scope: str, shape: URIRef) -> None:
    """The failing fixture of a shape fails for it and for no other."""
    assert failed(parse(iter([fixture_path(scope, shape, "fail")])), scope) == {local_name(shape)}


def required() -> Iterator[tuple[URIRef, URIRef, int]]:
    """Yield each property shape that asks for values of a property of its focus node, the property, and how many."""
    for shape in named(""):
        path = shapes("").value(shape, SH.path)
        least = shapes("").value(shape, SH.minCount) or shapes("").value(shape, SH.qualifiedMinCount)
        if isinstance(path, URIRef) and least is not None:
            yield shape, path, int(str(least))


@pytest.mark.parametrize(("shape", "path", "least"), [pytest.param(*row, id=local_name(row[0])) for row in required()])
def test_a_dropped_requirement_is_noticed(shape: URIRef, path: URIRef, least: int) -> None:
    """With fewer values than a shape requires, its passing fixture fails for it."""
    fixture = parse(iter([fixture_path("", shape, "pass")]))
    values = sorted(fixture.triples((None, path, None)))
    assert len(values) >= least, "the passing fixture has no value to drop"
    for triple in values[least - 1 :]:
        fixture.remove(triple)
    assert local_name(shape) in failed(fixture, "")


@pytest.mark.parametrize("scope", SCOPES)
def test_no_fixture_without_its_shape(scope: str) -> None:
    """Fixtures and shapes are the same set."""
    have = {path.name for path in FIXTURES[scope].glob("*.ttl")}
    assert have == {f"{local_name(shape)}.{verdict}.ttl" for shape in named(scope) for verdict in ("pass", "fail")}


def test_names_are_unique_across_scopes() -> None:
    """A shape is defined in one scope only, so that its name says where to look."""
    assert len({shape for _, shape in ALL}) == len(ALL)


@each_shape
def test_shape_speaks_both_languages(scope: str, shape: URIRef) -> None:
    """Each shape has a name and a message in Thai and in English; the message is a sentence that says what to do."""
    for told in (SH.name, SH.message):
        texts = list(shapes(scope).objects(shape, told))
        assert sorted(getattr(text, "language", "") for text in texts) == ["en", "th"], told
    english = next(str(m) for m in shapes(scope).objects(shape, SH.message) if getattr(m, "language", "") == "en")
    assert english.endswith(".")
    assert ":" in english


@each_shape
def test_shape_has_a_severity(scope: str, shape: URIRef) -> None:
    """Severity is set on purpose, never by default."""
    assert list(shapes(scope).objects(shape, SH.severity)) in ([SH.Violation], [SH.Warning])


def terms(graph: Graph, node: Node) -> Iterator[URIRef]:
    """Yield the terms that a value in a shapes graph names: itself, or what a path or list of it is made of."""
    if isinstance(node, URIRef):
        if node != RDF.nil:
            yield node
    elif (node, RDF.first, None) in graph:
        for member in Collection(graph, node):
            yield from terms(graph, member)
    elif isinstance(node, BNode):
        for step in (SH.inversePath, SH.alternativePath, SH.zeroOrOnePath, SH.zeroOrMorePath, SH.oneOrMorePath):
            for inner in graph.objects(node, step):
                yield from terms(graph, inner)


@pytest.mark.parametrize("scope", SCOPES)
def test_every_term_is_declared(scope: str) -> None:
    """Targets, paths and classes of shapes are terms that the ontology declares: a misspelt one would match nothing."""
    graph = shapes(scope)
    declared = set(ontology().subjects(RDF.type, None)) | {RDF.type, RDFS.label}
    naming = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.path, SH["class"], SH.equals, SH.disjoint)
    used = {term for predicate in naming for value in graph.objects(None, predicate) for term in terms(graph, value)}
    assert used, "no term is used"
    assert used - declared == set()


def test_every_class_of_the_ontology_has_a_shape() -> None:
    """A new class needs a node shape that targets it; a passage is a fragment of a text and never described."""
    targeted = set(shapes("").objects(None, SH.targetClass)) | {URIRef(f"{BASE}ontology#Passage")}
    classes = {term for term in ontology().subjects(RDF.type, OWL.Class) if str(term).startswith(f"{BASE}ontology#")}
    assert URIRef(f"{ORG}Post") in targeted
    assert classes - targeted == set()


@pytest.mark.parametrize("scope", SCOPES)
def test_shapes_are_well_formed(scope: str) -> None:
    """The shapes conform to the shapes of SHACL itself."""
    conforms, _, text = validate(Graph(), shacl_graph=shapes(scope), advanced=True, meta_shacl=True)
    # The only results on an empty graph may be those of shapes whose target is a class itself.
    assert conforms or scope == "source", text
