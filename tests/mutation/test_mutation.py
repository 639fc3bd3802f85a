"""Deliberate damage is noticed: a few mutants of each kind for each data file, and the checks as they are."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.incremental import jobs, query_patterns
from benchmarks.mutants import (
    CODES,
    DANGLING,
    KINDS,
    MISQUOTED,
    ONE_OF_SEVERAL,
    REQUIRED,
    SHIFTED,
    Damage,
    Mutant,
    mutated,
    prepare,
    told_by,
)
from benchmarks.mutation import Outcome, chosen, judge, read_exceptions, run
from rdflib import RDF, RDFS, URIRef

from kg.checks.evidence_iris import check_evidence_iris
from kg.checks.literals import check_literals
from kg.checks.terms import check_terms
from kg.content import Content, find_content
from kg.dataset import Dataset, GraphFile, load_dataset
from kg.finding import Finding
from kg.located import LocatedGraph
from kg.namespaces import ONTOLOGY
from kg.project import read_project
from kg.shacl import Session, validate
from kg.shacl.report import findings

SAMPLE, SEED = 2, 2561

Saying = tuple[str, str, str]


@pytest.fixture(scope="module")
def damage(dataset: Dataset) -> Damage:
    """The real data, ready to be damaged."""
    return prepare(dataset)


@pytest.fixture(scope="module")
def outcomes(damage: Damage) -> list[Outcome]:
    """What became of the sample, without the archived texts, which are no part of the repository."""
    return run(damage, SAMPLE, SEED)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.visible and not kind.needs_archive], ids=str)
def test_what_a_check_can_see_is_noticed(kind: Any, outcomes: list[Outcome]) -> None:
    mine = [outcome for outcome in outcomes if outcome.kind == kind.name]
    exceptions = read_exceptions()
    survivors = [o for o in mine if not o.noticed and (o.kind, o.file, o.about) not in exceptions]
    assert mine, "no mutant of this kind"
    assert survivors == []


def test_every_data_file_is_damaged(outcomes: list[Outcome], content: Content) -> None:
    """Each file has required triples, labels and terms to damage; only a source has passages."""
    files = {str(path.relative_to(content.root)) for path in content.data_files()}
    words = {"data/register/everyday-words.ttl"}  # hidden labels alone, none of which anything requires
    for kind in ("required triple dropped", "labels exchanged", "misspelt term"):
        assert {outcome.file for outcome in outcomes if outcome.kind == kind} - words == files - words, kind
    sources = {file for file in files if file.startswith("data/sources/")}
    assert {outcome.file for outcome in outcomes if outcome.kind == "passage past the end"} == sources


def test_exceptions_are_of_kinds_and_files_that_exist(content: Content) -> None:
    names = {kind.name for kind in KINDS if kind.visible}
    for (kind, file, _), reason in read_exceptions().items():
        assert kind in names
        assert (content.root / file).is_file()
        assert reason.endswith(".")


def test_with_the_archive_misquoted_and_displaced_forms_are_noticed(tree: Path, archive: Path) -> None:
    """On the small tree of the fixtures, whose one text is at hand: every mutant that needs a text to be seen."""
    small = prepare(load_dataset(find_content(tree)), archive)
    mutants = [
        m for file in small.dataset.sources for kind in (MISQUOTED, SHIFTED) for m in chosen(small, file, kind, None, 1)
    ]
    assert {mutant.kind for mutant in mutants} == {MISQUOTED, SHIFTED}
    assert [mutant for mutant in mutants if not judge(small, mutant).evidence] == []


def a_mutant(damage: Damage, kind: Any, file: str) -> Mutant:
    """Return the first mutant of a kind that a file has, in the order of the seed."""
    graph_file = next(one for one in damage.dataset.data if one.path.stem.startswith(file))
    return chosen(damage, graph_file, kind, 1, SEED)[0]


def whole_findings(dataset: Dataset) -> list[Finding]:
    """Return what `kg validate` says of the triples of a dataset: names, literals, evidence and every shape."""
    project = read_project(dataset.content.root)
    located = {file.path: LocatedGraph.of(file.turtle) for file in dataset.files}
    queries = {path: path.read_text("utf-8") for path in project.queries}
    found = check_terms(project, list(located.values()), {f.path: f.turtle.prefixes for f in dataset.files}, queries)
    found += [one for file in (*dataset.ontology, *dataset.data) for one in check_literals(file.turtle)]
    found += check_evidence_iris(dataset)
    session = Session()
    for job in jobs(dataset):
        shapes, data = ([located[file.path] for file in files] for files in (job.shapes, job.data))
        focus = None if job.focus is None else [located[file.path] for file in job.focus]
        found += findings(validate(shapes, data, focus, session), shapes, data, focus, None, session)
    return found


def sayings(findings: list[Finding]) -> Counter[Saying]:
    """Count findings by severity, rule and what they are about."""
    return Counter((f.severity, f.rule, f.message_en.partition(":")[0]) for f in findings if f.severity != "info")


@pytest.fixture(scope="module")
def undamaged(dataset: Dataset) -> Counter[Saying]:
    """What the checks say about the real data as they are."""
    return sayings(whole_findings(dataset))


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        (REQUIRED, "thaigov"),
        (ONE_OF_SEVERAL, "unattributed-2023"),
        (CODES, "divisions"),
        (DANGLING, "concepts-kinds"),
    ],
    ids=str,
)
def test_the_quick_way_says_what_the_whole_way_says(
    kind: Any, file: str, damage: Damage, dataset: Dataset, undamaged: Counter[Saying]
) -> None:
    """`kg validate` in full, on the dataset with the mutant in it, has the same new results as the incremental way."""
    mutant = a_mutant(damage, kind, file)
    files = tuple(mutated(mutant) if one is mutant.file else one for one in dataset.files)
    whole = Dataset(dataset.content, files)
    new = sayings(whole_findings(whole)) - undamaged
    shapes = {(severity, rule, about.partition(" (")[0]) for severity, rule, about in new if rule[0].isupper()}
    quick = {
        (severity, rule, focus.rstrip("/").rpartition("/")[2]) for severity, rule, focus, _ in told_by(damage, mutant)
    }
    assert {one for one in quick if one[0] != "info"} == shapes
    assert bool(damage.noticed_by_validate(mutant)) == bool(new)


def test_damage_is_undone(damage: Damage) -> None:
    """A mutant leaves no trace: the triples of each scope are what they were, and a second try says the same."""
    mutant = a_mutant(damage, REQUIRED, "thaigov")
    before = [set(scope.graph) for scope in damage.scopes]
    first = told_by(damage, mutant)
    assert first
    assert told_by(damage, mutant) == first
    assert [set(scope.graph) for scope in damage.scopes] == before


def required_by_hand(file: GraphFile) -> Iterator[tuple[Any, Any, Any]]:
    """Yield triples that a reader of the model knows to be required: classes, labels, the only passage of a subject."""
    evidence = URIRef(f"{ONTOLOGY}evidence")
    for subject, predicate, value in file.graph:
        alone = len(list(file.graph.objects(subject, predicate))) == 1
        if predicate in (RDF.type, RDFS.label) or (predicate == evidence and alone):
            yield subject, predicate, value


def test_required_is_what_the_shapes_declare(damage: Damage) -> None:
    """The kinds of dropped triples are read from the shapes; those that anyone would call required are among them."""
    file = next(one for one in damage.dataset.sources if one.path.stem.startswith("unattributed-2020"))
    described = {s for s, _, _ in file.graph.triples((None, RDFS.label, None))}
    triples = [triple for triple in required_by_hand(file) if triple[0] in described]
    assert len(triples) > 100
    assert [triple for triple in triples if damage.need(file, triple) is not REQUIRED] == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?this { ?this a ?c }", {("x", RDF.type, None)}),
        ("SELECT ?this { ?this <urn:a>/^<urn:b> ?c }", {(None, URIRef("urn:a"), None), (None, URIRef("urn:b"), None)}),
        ("SELECT ?this { ?this <urn:a>* ?c }", {(None, None, None)}),
        ("SELECT ?this { ?this !<urn:a> ?c }", {(None, None, None)}),
        (
            "SELECT ?this { ?this <urn:a> ?b FILTER NOT EXISTS { ?b <urn:c> ?d ; <urn:e> 3 } }",
            {("x", URIRef("urn:a"), None), (None, URIRef("urn:c"), None), (None, URIRef("urn:e"), 3)},
        ),
        (
            "SELECT ?this { { ?this <urn:a> ?b } UNION { ?b <urn:c> ?this } OPTIONAL { ?b ?p <urn:d> } }",
            {("x", URIRef("urn:a"), None), (None, URIRef("urn:c"), "x"), (None, None, URIRef("urn:d"))},
        ),
    ],
)
def test_patterns_cover_what_a_query_reads(query: str, expected: set[Any]) -> None:
    x = URIRef("urn:x")
    found = {tuple("x" if term == x else term for term in pattern) for pattern in query_patterns(query, {"this": x})}
    assert {tuple(getattr(term, "value", None) or term for term in pattern) for pattern in found} == expected


def test_a_query_whose_parts_are_lost_is_refused() -> None:
    """rdflib drops an EXISTS within an EXISTS; then nothing is said rather than too little."""
    with pytest.raises(ValueError, match="lacks a part"):
        query_patterns("SELECT ?this { ?this a ?b FILTER EXISTS { ?b a ?c FILTER EXISTS { ?c a ?d } } }", {})
