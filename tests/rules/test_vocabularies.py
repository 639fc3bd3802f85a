"""The lists of terms of published vocabularies, and the terms that are in none."""

from pathlib import Path

import pytest

from kg.checks.vocabularies import foreign_term_findings, unknown
from kg.finding import Severity
from kg.located import LocatedGraph
from kg.turtle import parse_turtle
from kg.vocabularies import vocabularies

ROOT = Path(__file__).resolve().parents[2]
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCTERMS = "http://purl.org/dc/terms/"
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.mark.parametrize(
    ("iri", "expected"),
    [
        (f"{SKOS}prefLabel", None),
        (f"{SKOS}prefLable", ("violation", f"{SKOS}prefLabel")),
        (f"{RDFS}subclassOf", ("violation", f"{RDFS}subClassOf")),
        (f"{RDF}_1", None),
        (f"{RDF}_12", None),
        (f"{RDF}_0", ("violation", "")),
        (f"{RDF}langString", None),
        (f"{XSD}dateTimeStamp", None),
        (f"{XSD}datetime", ("violation", f"{XSD}dateTime")),
        (f"{DCTERMS}licence", ("violation", f"{DCTERMS}license")),
        ("http://purl.org/dc/elements/1.1/title", None),
        ("http://purl.org/dc/elements/1.1/created", ("violation", "http://purl.org/dc/elements/1.1/creator")),
        ("http://www.w3.org/ns/shacl#targetClass", None),
        ("http://www.w3.org/ns/shacl#and", None),
        ("http://www.w3.org/ns/shacl#class", None),
        ("http://www.w3.org/ns/dcat#DatasetSeries", None),
        ("http://www.w3.org/ns/dcat#prev", None),
        ("http://www.w3.org/ns/dcat#DataSet", ("warning", "http://www.w3.org/ns/dcat#Dataset")),
        ("https://schema.org/GovernmentOrganization", None),
        ("http://schema.org/GovernmentOrganization", None),
        ("https://schema.org/3DModel", None),
        ("http://schema.org/Organisation", ("warning", "http://schema.org/Organization")),
        ("http://www.w3.org/2003/01/geo/wgs84_pos#lat", None),
        ("http://www.w3.org/2006/vcard/ns#country-name", None),
        ("http://www.w3.org/ns/sparql-service-description#UnionDefaultGraph", None),
        ("http://www.w3.org/2002/07/owl#", None),  # the vocabulary itself
        ("https://example.org/Anything", None),  # no list
    ],
)
def test_unknown(iri: str, expected: tuple[Severity, str] | None) -> None:
    assert unknown(iri) == expected


def test_places_of_terms(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(
        f"@prefix skos: <{SKOS}> .\n@prefix xsd: <{XSD}> .\n\n"
        "<urn:a> a skos:Koncept ;\n    skos:note 'x'^^xsd:strng , skos:Concpt ;\n  skos:prefLable 'x'@en .\n"
        "skos:brooder a <urn:p> .\n",
        encoding="utf-8",
    )
    findings = foreign_term_findings(LocatedGraph.of(parse_turtle(path, "urn:b")), prefixes={"skos": SKOS, "xsd": XSD})
    assert sorted((finding.line, finding.column, finding.remedy_en.split("?")[0]) for finding in findings) == [
        (4, 11, "Did you mean skos:Concept"),
        (5, 15, "Did you mean xsd:string"),
        (5, 32, "Did you mean skos:Concept"),
        (6, 3, "Did you mean skos:prefLabel"),
        (7, 1, "Did you mean skos:broader"),
    ]


def test_the_repository_uses_no_unknown_term() -> None:
    found = []
    for path in sorted(path for folder in ("ontology", "data", "shapes") for path in (ROOT / folder).rglob("*.ttl")):
        found += foreign_term_findings(LocatedGraph.of(parse_turtle(path, "urn:b")))
    assert found == []


@pytest.mark.parametrize(
    "vocabulary", {one.name: one for one in vocabularies().values()}.values(), ids=lambda one: one.name
)
def test_lists_are_of_local_names(vocabulary: object) -> None:
    from kg.vocabularies import FOLDER, Vocabulary  # noqa: PLC0415

    assert isinstance(vocabulary, Vocabulary)
    lines = [line for line in (FOLDER / f"{vocabulary.name}.txt").read_text("utf-8").splitlines() if line[:1] != "#"]
    terms = [line for line in lines if line]
    assert terms == sorted(set(terms))
    assert all(term and not set(term) & set(" /#:<>") for term in terms)
    assert all(namespace[-1] in "#/" for namespace in vocabulary.namespaces)
    assert "source:" in (FOLDER / f"{vocabulary.name}.txt").read_text("utf-8")
