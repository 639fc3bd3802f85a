"""What must hold in the register: divisions, concept schemes, labels, and the line between register and sources."""

import re
from collections import Counter
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import ORG
from rdflib.term import Node

ROOT = Path(__file__).parents[2]
ID = "https://w3id.org/thai-smart-city/id/"
TSC = Namespace("https://w3id.org/thai-smart-city/ontology#")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
SCHEMA = Namespace("https://schema.org/")
LINKS = (r"http://www\.wikidata\.org/entity/Q[1-9][0-9]*", r"https://sws\.geonames\.org/[1-9][0-9]*/")
# The six regions of the National Geographical Committee, with Bangkok counted to the centre.
REGIONS = {"north": 9, "northeast": 20, "central": 22, "east": 7, "west": 5, "south": 14}


def divisions(register: Graph) -> list[Node]:
    """All first-level divisions."""
    return list(register.subjects(RDF.type, TSC.Division))


def texts(graph: Graph, subject: Node, prop: URIRef) -> list[tuple[str | None, str]]:
    """The literals of a property as sorted pairs of language and text."""
    found = [(o.language, str(o)) for o in graph.objects(subject, prop) if isinstance(o, Literal)]
    return sorted(found, key=lambda pair: (pair[0] or "", pair[1]))


def languages(graph: Graph, subject: Node, prop: URIRef) -> list[str | None]:
    """The languages of a property's literals, one entry a literal."""
    return [language for language, _ in texts(graph, subject, prop)]


def test_there_are_77_divisions(register: Graph) -> None:
    assert len(divisions(register)) == 77
    assert len(set(register.subjects(RDF.type, TSC.Province))) == 76
    assert list(register.subjects(RDF.type, TSC.SpecialAdministrativeArea)) == [URIRef(ID + "division/TH-10")]


def test_codes_are_unique_and_agree(register: Graph) -> None:
    seen: set[str] = set()
    for division in divisions(register):
        notations = {o.datatype: str(o) for o in register.objects(division, SKOS.notation) if isinstance(o, Literal)}
        assert set(notations) == {TSC["iso3166-2"], TSC.tis1099}
        iso, tis = notations[TSC["iso3166-2"]], notations[TSC.tis1099]
        assert iso == f"TH-{tis}"
        assert str(division) == f"{ID}division/{iso}"
        seen.add(iso)
    assert len(seen) == 77


def test_each_division_has_two_links_of_its_own(register: Graph) -> None:
    count: Counter[str] = Counter()
    for division in divisions(register):
        links = sorted(str(o) for o in register.objects(division, SCHEMA.sameAs))
        assert [bool(re.fullmatch(p, link)) for p, link in zip(LINKS, links, strict=True)] == [True, True]
        count.update(links)
    assert {link for link, times in count.items() if times > 1} == set()


def test_each_division_has_two_points_in_thailand(register: Graph) -> None:
    for division in divisions(register):
        kinds = set()
        for geometry in register.objects(division, GEO.hasGeometry):
            (kind,) = register.objects(geometry, TSC.pointKind)
            (wkt,) = register.objects(geometry, GEO.asWKT)
            match = re.fullmatch(r"POINT\((\d+(?:\.\d*[1-9])?) (\d+(?:\.\d*[1-9])?)\)", str(wkt))
            assert match, wkt
            longitude, latitude = (float(g) for g in match.groups())
            assert 97.3 < longitude < 105.7, geometry
            assert 5.6 < latitude < 20.5, geometry
            kinds.add(str(kind).removeprefix(ID))
        assert kinds == {"point-kind/seat", "point-kind/label-position"}


def test_regions(register: Graph) -> None:
    counted = Counter(
        str(region).removeprefix(ID + "region/")
        for division in divisions(register)
        for region in register.objects(division, TSC.isInRegion)
    )
    assert counted == REGIONS


def test_every_resource_has_one_label_a_language(register: Graph) -> None:
    wrong = {s for s in set(register.subjects()) if languages(register, s, RDFS.label) != ["en", "th"]}
    assert wrong == set()


def test_other_labels_do_not_repeat_the_label(register: Graph) -> None:
    for subject in set(register.subjects()):
        kinds = [set(texts(register, subject, p)) for p in (RDFS.label, SKOS.altLabel, SKOS.hiddenLabel)]
        assert sum(map(len, kinds)) == len(set.union(*kinds)), subject


def test_notes_and_definitions_are_in_both_languages(register: Graph) -> None:
    for prop in (SKOS.definition, SKOS.editorialNote, SKOS.scopeNote):
        wrong = {s for s in register.subjects(prop) if languages(register, s, prop) != ["en", "th"]}
        assert wrong == set(), prop


def test_concepts_agree_with_their_scheme(register: Graph) -> None:
    schemes = set(register.subjects(RDF.type, SKOS.ConceptScheme))
    used = set()
    for concept in register.subjects(RDF.type, SKOS.Concept):
        (scheme,) = register.objects(concept, SKOS.inScheme)
        assert list(register.objects(concept, SKOS.topConceptOf)) == [scheme]
        name = str(concept).removeprefix(ID).split("/")[0]
        assert str(scheme) == f"{ID}scheme/{name}"
        assert texts(register, concept, SKOS.prefLabel) == texts(register, concept, RDFS.label)
        assert languages(register, concept, SKOS.definition) == ["en", "th"]
        used.add(scheme)
    assert used == schemes


def test_mappings_hold_in_both_directions(register: Graph) -> None:
    inverse = {SKOS.exactMatch: SKOS.exactMatch, SKOS.broadMatch: SKOS.narrowMatch, SKOS.narrowMatch: SKOS.broadMatch}
    pairs = [(s, p, o) for p in inverse for s, o in register.subject_objects(p) if str(o).startswith(ID)]
    assert len(pairs) == 14
    assert [(s, p, o) for s, p, o in pairs if (o, inverse[p], s) not in register] == []


def documented_schemes() -> dict[str, tuple[set[str], bool]]:
    """The schemes of docs/model.md: by name, the members it lists and whether the list is complete."""
    model = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    section = model.split("## Concept schemes", 1)[1].split("\n## ", 1)[0].split("\n", 1)[1]
    schemes: dict[str, tuple[set[str], bool]] = {}
    for name, text in re.findall(r"`([a-z0-9-]+)`([^`·]*)", section):
        members = set(re.findall(r"[a-z][a-z-]+", text))
        schemes[name] = (members, bool(members) and "…" not in text)
    return schemes


DOCUMENTED = documented_schemes()


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_documented_scheme_is_in_the_register(name: str, register: Graph) -> None:
    members, complete = DOCUMENTED[name]
    found = {
        str(concept).removeprefix(f"{ID}{name}/")
        for concept in register.subjects(SKOS.inScheme, URIRef(f"{ID}scheme/{name}"))
    }
    assert found
    assert members == found if complete else members <= found


def test_what_the_register_leaves_to_others(register: Graph) -> None:
    """No blank nodes, no identity beyond schema:sameAs, and no claims that only a document can make."""
    assert not [term for triple in register for term in triple if isinstance(term, BNode)]
    forbidden = {OWL.sameAs, ORG.subOrganizationOf, TSC.isInProvince, TSC.isLocatedIn, TSC.evidence, TSC.asPrinted}
    assert forbidden & set(register.predicates()) == set()


def test_nothing_points_to_a_resource_that_is_not_there(register: Graph) -> None:
    subjects = set(register.subjects())
    missing = {o for o in register.objects() if isinstance(o, URIRef) and str(o).startswith(ID) and o not in subjects}
    assert missing == set()


def test_each_reference_is_cited(register: Graph) -> None:
    cited = set(register.objects(None, URIRef("http://purl.org/dc/terms/source")))
    assert set(register.subjects(RDF.type, TSC.Reference)) == cited
