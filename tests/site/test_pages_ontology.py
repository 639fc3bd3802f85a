"""The page of the ontology: each term at the fragment of its IRI, with meaning, use and shapes; RDF beside it."""

import html
from collections.abc import Callable

import pytest
from pyoxigraph import Literal, NamedNode
from tests.site.asked import rows, text_in
from tests.site.conftest import Client
from tests.site.well_formed import Page

from kg.content import Content
from kg.namespaces import BASE, ONTOLOGY, XSD
from kg.site import ontology_page, resources
from kg.site.ontology_page import Version, in_columns, read_versions, shapes_by_term, trees
from kg.site.site import Row
from kg.store import GraphStore

TERMS = f"""
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?term ?label ?definition {{
  VALUES ?kind {{ owl:Class owl:ObjectProperty owl:DatatypeProperty }}
  ?term a ?kind ; rdfs:label ?label ; skos:definition ?definition .
  FILTER(STRSTARTS(STR(?term), "{ONTOLOGY}") && LANG(?label) = LANG(?definition))
}}
"""


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Client]) -> Client:
    """A client of the resources with the page of the ontology."""
    return client_of(lambda site: resources.routes(site, ontology_page.pages(site)))


@pytest.mark.parametrize("language", ["th", "en"])
def test_each_term_is_there_in_both_languages(client: Client, store: GraphStore, language: str) -> None:
    response = client.get("/ontology", params={"lang": language}, headers={"accept": "text/html"})
    assert response.status_code == 200
    assert "Accept" in response.headers["vary"]
    page = Page(response.text)
    assert page.faults == []
    found = rows(store, TERMS)
    assert len({text_in(row, "term") for row in found}) > 150
    for row in found:
        assert text_in(row, "term").removeprefix(ONTOLOGY) in page.identifiers
        assert text_in(row, "label") in page.text
        assert " ".join(text_in(row, "definition").split()) in page.text


def test_terms_tell_their_use(client: Client, store: GraphStore) -> None:
    page = Page(client.get("/ontology?lang=en", headers={"accept": "text/html"}).text)
    query = f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ ?x a <{ONTOLOGY}Meeting> }}"
    number = text_in(rows(store, query)[0], "n")
    after = page.text[
        page.text.index("tsc:Meeting A") if "tsc:Meeting A" in page.text else page.text.index("tsc:Meeting") :
    ]
    assert f"Used{number} · for example" in after.replace("Used ", "Used")
    assert "../shapes#Meeting" in page.links or "./shapes#Meeting" in page.links
    assert "#Meeting" in page.links


@pytest.mark.parametrize(
    ("path", "accept", "content_type"),
    [
        ("/ontology", "text/turtle", "text/turtle; charset=utf-8"),
        ("/ontology.ttl", "text/html", "text/turtle; charset=utf-8"),
        ("/ontology.html", "text/turtle", "text/html; charset=utf-8"),
        ("/ontology", "text/html", "text/html; charset=utf-8"),
    ],
)
def test_the_other_representations_stay(client: Client, path: str, accept: str, content_type: str) -> None:
    response = client.get(path, headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == content_type


def test_shapes_by_term(content: Content) -> None:
    found = shapes_by_term(content)
    assert f"{BASE}shapes#Meeting" in found[f"{ONTOLOGY}Meeting"]
    assert f"{BASE}shapes#Meeting-isHeldBy" in found[f"{ONTOLOGY}isHeldBy"]
    assert all(shapes == sorted(set(shapes)) for shapes in found.values())


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ({}, []),
        ({"a": []}, [[("a", 0, None)]]),
        ({"b": ["a"], "c": ["b"]}, [[("a", 0, None), ("b", 1, 0), ("c", 2, 1)]]),
        ({"c": ["a", "b"]}, [[("a", 0, None), ("c", 1, 0)], [("b", 0, None), ("c", 1, 0)]]),
        ({"a": [], "b": ["a"], "c": ["b", "a"]}, [[("a", 0, None), ("b", 1, 0), ("c", 2, 1), ("c", 1, 0)]]),
    ],
)
def test_trees(above: dict[str, list[str]], expected: list[list[tuple[str, int, int | None]]]) -> None:
    found = trees(above)
    assert [[(line.iri, line.depth, line.parent) for line in lines] for lines in found] == expected
    placed = in_columns(found, 2)
    assert sorted(block[0].iri for column in placed for block in column) == [lines[0].iri for lines in found]


A, B = (NamedNode(f"{ONTOLOGY.rstrip('#')}/{version}") for version in ("0.2.0", "0.1.0"))
DAY = Literal("2026-11-21", datatype=NamedNode(f"{XSD}date"))
THAI, ENGLISH = Literal("ใหม่", language="th"), Literal("New", language="en")


@pytest.mark.parametrize(
    ("found", "language", "expected"),
    [
        ([], "th", []),
        ([{"day": DAY, "note": THAI}, {"day": DAY, "note": ENGLISH}], "en", [Version("", DAY, [ENGLISH])]),
        ([{"version": A, "day": DAY, "note": THAI}], "en", [Version("0.2.0", DAY, [THAI])]),
        (
            [
                {"note": THAI},
                {"version": A, "note": THAI},
                {"version": A, "note": THAI},
                {"version": B, "note": ENGLISH},
            ],
            "th",
            [Version("", None, [THAI]), Version("0.2.0", None, [THAI]), Version("0.1.0", None, [ENGLISH])],
        ),
    ],
)
def test_versions_are_read(found: list[Row], language: str, expected: list[Version]) -> None:
    assert read_versions(found, language) == expected


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_page_tells_what_each_version_changed(client: Client, store: GraphStore, language: str) -> None:
    page = client.get("/ontology", params={"lang": language}, headers={"accept": "text/html"}).text
    changes = page.partition('<h2 id="changes">')[2].partition("</section>")[0]
    query = f"""PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
      SELECT ?note {{ ?version skos:changeNote ?note FILTER(STRSTARTS(STR(?version), "{ONTOLOGY.rstrip("#")}"))
        FILTER(LANG(?note) = "{language}") }}"""
    notes = {text_in(row, "note") for row in rows(store, query)}
    assert len(notes) > 1
    assert all(html.escape(note, quote=False) in changes for note in notes)
    versions = rows(store, f"SELECT ?v {{ <{ONTOLOGY.rstrip('#')}> <http://www.w3.org/2002/07/owl#versionInfo> ?v }}")
    assert f"{text_in(versions[0], 'v')}<br>" in changes
    assert '<time datetime="' in changes
