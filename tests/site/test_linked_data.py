"""Every IRI of the project answers at its path: formats, negotiation, header fields, and what the descriptions say."""

import asyncio
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest
import rdflib
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
)
from starlette.requests import Request
from starlette.responses import Response
from tests.site.conftest import Client

from kg.content import Content
from kg.errors import QueryError
from kg.media import negotiated
from kg.namespaces import BASE, RDFS
from kg.results import GRAPH_FORMATS, formats_of, serialise
from kg.site import Site, resources
from kg.site.addresses import path_of
from kg.site.linked_data import PAGE, Document, context_of, serialised, whole_graph
from kg.site.negotiation import SUFFIXES
from kg.store import GraphStore, evaluate, graph_files

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own

MEETING = "/id/meeting/committee-1-2561"
TURTLE = "text/turtle; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON_LD = "application/ld+json"
N_TRIPLES = "application/n-triples"
RDF_XML = "application/rdf+xml"
RDF_TYPES = {"ttl": TURTLE, "nt": N_TRIPLES, "rdf": RDF_XML, "jsonld": JSON_LD}


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Client]) -> Client:
    """A client of the resources."""
    return client_of(resources.routes)


@pytest.fixture(scope="module")
def iris(store: GraphStore) -> list[str]:
    """Every IRI of the project in the data, without those of terms and passages, which are fragments."""
    found = set(store.graphs) | {f"{BASE}shapes", f"{BASE}ontology/0.1.0"}
    for quad in store.store:
        for term in (quad.subject, quad.predicate, quad.object):
            if isinstance(term, NamedNode) and term.value.startswith(BASE) and len(term.value) > len(BASE):
                found.add(term.value.partition("#")[0])
    return sorted(found)


def triples(response: httpx.Response) -> set[Triple]:
    """The triples of a response, read by the engine."""
    kind = response.headers["content-type"].partition(";")[0]
    form = RdfFormat.from_media_type(kind)
    assert form is not None
    return {quad.triple for quad in parse(response.content, format=form)}


def graph_of(body: bytes, form: str) -> rdflib.Graph:
    """A graph, read by rdflib."""
    return rdflib.Graph().parse(data=body, format=form)


# --- Negotiation ---

ACCEPTED: list[tuple[str | None, str]] = [
    (None, HTML),
    ("", HTML),
    ("*/*", HTML),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", HTML),
    ("text/turtle", TURTLE),
    ("application/x-turtle", TURTLE),
    ("TEXT/Turtle", TURTLE),
    ("application/n-triples", N_TRIPLES),
    ("text/plain", N_TRIPLES),
    ("application/rdf+xml", RDF_XML),
    ("application/xml", RDF_XML),
    ("application/ld+json", JSON_LD),
    ("application/json", JSON_LD),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', JSON_LD),
    ("text/turtle;q=0.5, application/ld+json;q=0.6", JSON_LD),
    ("text/turtle;q=0.6, application/ld+json;q=0.5", TURTLE),
    ("text/html;q=0.2, text/turtle;q=0.9, application/rdf+xml;q=0.8", TURTLE),
    ("text/html;q=0.9, text/turtle;q=0.9", HTML),
    ("text/html;q=0, */*;q=0.1", TURTLE),
    ("application/*, text/html;q=0.3", N_TRIPLES),
    ("text/*;q=0.4, application/rdf+xml;q=0.5", RDF_XML),
    ("image/png, */*;q=0.1", HTML),
    ("application/xhtml+xml, application/rdf+xml;q=0.1", RDF_XML),
    ("text/turtle;q=0, text/*", HTML),
    ("text/html;q=0.000, text/turtle;q=0.001", TURTLE),
    ("text/turtle;q=1.5, application/n-triples", N_TRIPLES),
    ("application/rdf+xml, text/turtle", TURTLE),
]


@pytest.mark.parametrize(("accept", "content_type"), ACCEPTED)
def test_accept_decides(client: Client, accept: str | None, content_type: str) -> None:
    response = client.get(MEETING, headers={"accept": accept} if accept is not None else {"accept": ""})
    assert (response.status_code, response.headers["content-type"]) == (200, content_type)


@pytest.mark.parametrize("accept", ["image/png", "text/html;q=0", "*/*;q=0", "application/pdf, image/*;q=0.5"])
def test_nothing_acceptable_is_406_with_the_list(client: Client, accept: str) -> None:
    response = client.get(MEETING, headers={"accept": accept})
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"
    assert all(form.media_types[0] in response.json()["detail"] for form in GRAPH_FORMATS)
    assert 'rel="alternate"; type="text/turtle"' in response.headers["link"]
    assert "Accept" in response.headers["vary"].split(", ")


@pytest.mark.parametrize(("suffix", "content_type"), [("html", HTML), *RDF_TYPES.items()])
@pytest.mark.parametrize("accept", ["image/png", "text/turtle", "*/*"])
def test_a_suffix_comes_before_accept(client: Client, suffix: str, content_type: str, accept: str) -> None:
    response = client.get(f"{MEETING}.{suffix}", headers={"accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, content_type)


@pytest.mark.parametrize(
    "path",
    [f"{MEETING}.xyz", f"{MEETING}.TTL", f"{MEETING}.csv", "/graph/divisions.json", "/ontology.owl", "/shapes.pdf"],
)
def test_an_unknown_suffix_is_406(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 406
    assert ".jsonld" in response.json()["detail"]


@pytest.mark.parametrize("path", [MEETING, "/graph/divisions", "/ontology", "/ontology/0.1.0", "/shapes"])
def test_header_fields_of_all_representations(client: Client, path: str) -> None:
    for suffix in SUFFIXES:
        accept = {"html": "text/html"}.get(suffix) or RDF_TYPES[suffix].partition(";")[0]
        response = client.get(path, headers={"accept": accept})
        location = f"http://testserver{path}.{suffix}"
        link = response.headers["link"]
        assert response.headers["content-location"].partition("?")[0] == location
        assert [name in response.headers["vary"] for name in ("Accept,", "Accept-Language", "Cookie")] == [True] * 3
        assert f'<http://testserver{path}>; rel="canonical"' in link
        assert f'<http://testserver{path}.ttl>; rel="describedby"' in link
        assert all(f'<http://testserver{path}.{other}>; rel="alternate"; type=' in link for other in SUFFIXES)
        assert f'<{BASE}{path[1:]}>; rel="about"' in link
        assert response.headers.get("access-control-allow-origin") == (None if suffix == "html" else "*")
        assert client.get(location).content == client.get(location).content != b""


def test_content_location_gives_the_same_bytes(client: Client) -> None:
    for accept in ("text/html", "text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples"):
        for path in (MEETING, "/graph/divisions", "/id/basis/inferred?page=1"):
            response = client.get(path, headers={"accept": accept, "accept-language": "en"})
            again = client.get(response.headers["content-location"])
            assert again.headers.get("content-language") == ("en" if accept == "text/html" else None)
            assert (again.content, again.headers["etag"]) == (response.content, response.headers["etag"])


def test_a_tag_that_is_known_is_304_without_a_body(client: Client) -> None:
    for accept in ("text/html", "text/turtle", "application/ld+json"):
        first = client.get(MEETING, headers={"accept": accept})
        second = client.get(MEETING, headers={"accept": accept, "if-none-match": first.headers["etag"]})
        assert (second.status_code, second.content) == (304, b"")
        assert all(second.headers[name] == first.headers[name] for name in ("etag", "vary", "content-location"))
        assert client.get(MEETING, headers={"accept": accept, "if-none-match": '"another"'}).status_code == 200


def test_representations_have_tags_of_their_own(client: Client) -> None:
    tags = [client.get(f"{MEETING}.{suffix}").headers["etag"] for suffix in SUFFIXES]
    tags += [client.get(f"{MEETING}?lang={language}").headers["etag"] for language in ("th", "en")]
    assert len(set(tags)) >= len(tags) - 1  # the page without a language is the Thai one


def test_head_is_get_without_the_body(client: Client) -> None:
    for path in (MEETING, f"{MEETING}.ttl", "/graph/people.nt"):
        got, head = client.get(path), client.request("HEAD", path)
        names = ("content-type", "content-length", "etag", "link", "vary", "content-location")
        assert [head.headers[name] for name in names] == [got.headers[name] for name in names]


def test_options_lets_scripts_of_other_sites_ask(client: Client) -> None:
    response = client.request("OPTIONS", MEETING)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    assert "GET" in response.headers["access-control-allow-methods"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed(client: Client, method: str) -> None:
    assert client.request(method, MEETING).status_code == 405


# --- What is not there ---

MISSING = [
    "/id/meeting/nothing-of-this-name",
    "/id/meeting/",
    "/id/",
    "/id/nonsense/x",
    "/graph/nothing",
    "/ontology/9.9.9",
    "/ontologyx",
    "/shapes/x",
    "/id/meeting/%3Cscript%3E",
    "/id/meeting/a%20b",
    "/id/meeting/committee-1-2561/",
    "/id/meeting/..%2Fcommittee-1-2561",
    f"{MEETING}?page=2",
    f"{MEETING}?page=0",
    f"{MEETING}?page=x",
    "/id/basis/inferred?page=999999999999999999999",
]


@pytest.mark.parametrize("path", MISSING)
def test_404_comes_in_the_format_that_was_asked_for(client: Client, path: str) -> None:
    page = client.get(path, headers={"accept": "text/html", "accept-language": "en"})
    assert page.status_code == 404
    assert page.headers["content-type"] == HTML
    assert "There is nothing at this address." in page.text
    assert 'action="' in page.text
    assert "<script>" not in page.text
    for kind in RDF_TYPES.values():
        response = client.get(path, headers={"accept": kind.partition(";")[0]})
        assert (response.status_code, response.headers["content-type"]) == (404, kind)
        said = graph_of(response.content, {JSON_LD: "json-ld", RDF_XML: "xml", N_TRIPLES: "nt"}.get(kind, "turtle"))
        codes = list(said.objects(None, rdflib.URIRef("http://www.w3.org/2011/http#statusCodeValue")))
        assert codes == [rdflib.Literal(404)]
    assert client.get(path, headers={"accept": "image/png"}).headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/id/%zz",
        "/id/a%25zz",
        "/id/%ff%fe",
        "/id/a%20b",
        "/id/%00",
        "/id/a%5Cb%22",
        "/id/%3Cscript%3E",
        "/id/%E0%B9%80%E0%B8%8A",
        "/ontology%23Meeting",
        "/ontology%3Fa",
    ],
)
def test_a_path_that_is_no_iri_names_nothing(client: Client, path: str) -> None:
    assert client.get(path, headers={"accept": "text/html"}).status_code == 404
    response = client.get(path, headers={"accept": "text/turtle"})
    assert response.status_code == 404
    (said,) = {str(triple.subject) for triple in triples(response)}
    if path not in {"/id/%zz", "/id/%ff%fe"}:  # which are not UTF-8 that was encoded
        assert said == f"<http://testserver{path}>"


def test_404_by_suffix(client: Client) -> None:
    response = client.get("/id/meeting/nothing.ttl", headers={"accept": "text/html"})
    assert (response.status_code, response.headers["content-type"]) == (404, TURTLE)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("/id/meeting/committee-1-2562", "meeting/committee-1-2561"),
        ("/id/smart-city-area/pukhet", "smart-city-area/phuket"),
        ("/id/division/TH-5", "division/TH-5"),
        ("/graph/division", "graph/divisions"),
    ],
)
def test_404_names_what_is_near(client: Client, asked: str, found: str) -> None:
    assert found in client.get(asked, headers={"accept": "text/html"}).text.partition("<main")[2]
    assert any(found in str(triple.object) for triple in triples(client.get(asked, headers={"accept": "text/turtle"})))


# --- What the descriptions say ---


class Asked:
    """A request of which only the address counts."""

    def __init__(self, path: str) -> None:
        self.scope = {
            "type": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "http",
            "headers": [(b"host", b"testserver")],
        }


def documents(site: Site, iris: list[str]) -> dict[str, Document]:
    """The first page of what is said of each IRI."""
    made = resources.Resources(site)

    async def all_of_them() -> dict[str, Document]:
        found = {}
        for iri in iris:
            document = await made.document(Asked(f"/{path_of(iri)}"), iri, 1)  # type: ignore[arg-type]
            assert document is not None, iri
            found[iri] = document
        return found

    return asyncio.run(all_of_them())


def canonical(said: Iterable[Triple]) -> set[str]:
    """Triples as text, with the names that RDF Dataset Canonicalization gives to their blank nodes."""
    dataset = Dataset(Quad(triple.subject, triple.predicate, triple.object) for triple in said)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def test_every_iri_has_a_description_that_is_one_in_all_formats(site: Site, iris: list[str]) -> None:
    """JSON-LD is read by rdflib, the others by the engine, and all are compared with what was to be said."""
    context = context_of(site)
    made = documents(site, iris)
    assert len(made) > 1100
    wrong = []
    for iri, document in made.items():
        bodies = {form.name: serialised(document, form, context) for form in GRAPH_FORMATS}
        read = {
            name: [quad.triple for quad in parse(bodies[name], format=form)]
            for name, form in (("ttl", RdfFormat.TURTLE), ("nt", RdfFormat.N_TRIPLES), ("rdfxml", RdfFormat.RDF_XML))
        }
        as_n_triples = graph_of(bodies["jsonld"], "json-ld").serialize(format="nt", encoding="utf-8")
        read["jsonld"] = [quad.triple for quad in parse(as_n_triples, format=RdfFormat.N_TRIPLES)]
        nodes = {type(node) for triple in document.triples for node in (triple.subject, triple.object)}
        if BlankNode in nodes:
            expected = canonical(document.triples)
            wrong += [(iri, name) for name, said in read.items() if canonical(said) != expected]
        else:
            wrong += [(iri, name) for name, said in read.items() if set(said) != set(document.triples)]
    assert wrong == []


def test_a_description_holds_what_the_data_say(site: Site, store: GraphStore, iris: list[str]) -> None:
    things = [iri for iri in iris if iri.startswith(f"{BASE}id/")]
    union = {(quad.subject, quad.predicate, quad.object) for quad in store.store if quad.graph_name != DefaultGraph()}
    by_subject: dict[Any, set[Any]] = {}
    by_object: dict[Any, set[Any]] = {}
    for subject, predicate, value in union:
        by_subject.setdefault(subject, set()).add((subject, predicate, value))
        by_object.setdefault(value, set()).add((subject, predicate, value))
    for iri, document in documents(site, things).items():
        said = {(triple.subject, triple.predicate, triple.object) for triple in document.triples}
        node = NamedNode(iri)
        assert by_subject.get(node, set()) <= said, iri
        pointing = by_object.get(node, set())
        assert len(pointing & said) == min(len(pointing), PAGE), iri
        totals = [str(v.value) for _, p, v in said if isinstance(v, Literal) and p.value.endswith("#totalItems")]
        assert totals == ([str(len(pointing))] if pointing else []), iri
        here = f"http://testserver/{path_of(iri)}"
        labels = {subject for subject, predicate, _ in said if predicate.value.endswith("rdf-schema#label")}
        for subject, _, value in said & union:
            for neighbour in (subject, value):
                if isinstance(neighbour, NamedNode) and any(
                    p.value.endswith("#label") for _, p, _ in by_subject.get(neighbour, set())
                ):
                    assert neighbour in labels, (iri, neighbour)
        graphs = {
            value
            for subject, predicate, value in said
            if predicate.value.endswith("#wasDerivedFrom") and str(subject).startswith(f"<{here}")
        }
        assert graphs == {
            quad.graph_name
            for quad in store.store.quads_for_pattern(node, None, None, None)
            if quad.graph_name != DefaultGraph()
        }


def site_of(content: Content, quads: list[Quad]) -> Site:
    """A site over some quads, with no file behind them."""
    store = Store()
    store.extend(quads)
    graphs = {str(quad.graph_name.value): 0 for quad in quads if isinstance(quad.graph_name, NamedNode)}
    loaded = GraphStore(store, graphs, {}, (), True)

    async def ask(query: str, media_type: str) -> bytes:
        result = evaluate(loaded, query)
        form = negotiated(media_type, formats_of(result))
        assert form is not None
        return serialise(result, form, {})

    return Site(content, loaded.summary, {}, ask)


@pytest.mark.parametrize("number", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, 3 * PAGE + 50])
def test_pages_hold_everything_that_points_here(
    content: Content, client_of: Callable[..., Client], number: int
) -> None:
    thing, graph, label = NamedNode(f"{BASE}id/basis/x"), NamedNode(f"{BASE}graph/x"), NamedNode(f"{RDFS}label")
    own = Quad(thing, label, Literal("x", language="en"), graph)
    pointing = [
        Quad(NamedNode(f"{BASE}id/reading/{n}"), NamedNode(f"{BASE}ontology#p{n % 3}"), thing, graph)
        for n in range(number)
    ]
    client = client_of(resources.routes, of=site_of(content, [own, *pointing]))
    every = {quad.triple for quad in pointing}
    seen: list[Triple] = []
    address: str | None = "/id/basis/x"
    visited = []
    while address is not None:
        response = client.get(address, headers={"accept": "text/turtle"})
        assert response.status_code == 200
        assert own.triple in triples(response)
        page = client.get(address, headers={"accept": "text/html"})
        shown = set(re.findall(r"id/reading/([0-9]+)\"", page.text))
        part = triples(response) & every
        assert shown == {str(triple.subject).rpartition("/")[2].rstrip(">") for triple in part}
        seen += part
        following = re.search(r'<([^>]*)>; rel="next"', response.headers["link"])
        assert ('rel="next"' in page.text) == (following is not None)
        address = following[1] if following else None
        visited.append(len(part))
    assert len(seen) == number
    assert set(seen) == every
    assert len(visited) == max(1, -(-number // PAGE))
    for page_number in range(1, len(visited) + 1):  # each is the canonical one of its own, not the first of all
        own_query = f"?page={page_number}" if page_number > 1 else ""
        canonical = f"http://testserver/id/basis/x{own_query}"
        for accept in ("text/html", "text/turtle"):
            response = client.get(f"/id/basis/x?page={page_number}", headers={"accept": accept})
            assert f'<{canonical}>; rel="canonical"' in response.headers["link"]
            assert f'<http://testserver/id/basis/x.nt{own_query}>; rel="alternate"' in response.headers["link"]
        assert f'rel="canonical" href="{canonical}"' in client.get(canonical).text
    assert client.get(f"/id/basis/x?page={len(visited) + 1}").status_code == 404


def test_a_thing_with_a_thai_iri_answers(content: Content, client_of: Callable[..., Client]) -> None:
    thing = NamedNode(f"{BASE}id/place/เชียงใหม่")
    own = Quad(thing, NamedNode(f"{RDFS}label"), Literal("เชียงใหม่", language="th"), NamedNode(f"{BASE}graph/x"))
    client = client_of(resources.routes, of=site_of(content, [own]))
    path = httpx.URL("http://testserver/id/place/เชียงใหม่").raw_path.decode()
    for suffix, content_type in [("html", HTML), *RDF_TYPES.items()]:
        response = client.get(f"{path}.{suffix}")
        assert (response.status_code, response.headers["content-type"]) == (200, content_type)
        assert response.headers["content-location"].partition("?")[0] == f"http://testserver{path}.{suffix}"
        assert f'<{BASE.rstrip("/")}{path}>; rel="about"' in response.headers["link"]
        assert suffix == "html" or own.triple in triples(response)


def test_graphs_are_as_the_files_have_them(site: Site) -> None:
    for iri, path in graph_files(site.content).items():
        document = asyncio.run(whole_graph(site, iri))
        assert document is not None
        written = [quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE)]
        assert len(set(document.triples)) == len(set(written))
        ground = {t for t in written if not isinstance(t.subject, BlankNode) and not isinstance(t.object, BlankNode)}
        assert ground <= set(document.triples)


def test_the_rdf_of_a_graph_has_no_pages_though_its_page_has(client: Client) -> None:
    response = client.get("/graph/divisions?page=2", headers={"accept": "text/html"})
    targets = dict(re.findall(r'<([^>]*)>; rel="([a-z]*)"', response.headers["link"]))
    assert targets["http://testserver/graph/divisions.html?page=2"] == "alternate"
    assert targets["http://testserver/graph/divisions?page=2"] in {"canonical", "last"}
    for address in targets:
        if address.startswith("http://testserver"):
            assert client.get(address).status_code == 200, address


def test_the_ontology_holds_every_term_that_leads_to_it(client: Client, store: GraphStore) -> None:
    space = NamedNode(f"{BASE}ontology")
    terms = {
        quad.subject
        for quad in store.store.quads_for_pattern(
            None, NamedNode("http://www.w3.org/2000/01/rdf-schema#isDefinedBy"), space, None
        )
    }
    subjects = {triple.subject for triple in triples(client.get("/ontology.ttl"))}
    assert len(terms) > 150
    assert terms <= subjects
    page = client.get("/ontology", headers={"accept": "text/html"}).text
    assert all(f'id="{str(term.value).partition("#")[2]}"' in page for term in terms if isinstance(term, NamedNode))


def test_the_version_of_the_ontology_is_the_ontology(client: Client) -> None:
    assert client.get("/ontology/0.1.0.nt").content == client.get("/ontology.nt").content


def test_the_shapes_are_all_there(client: Client, site: Site) -> None:
    paths = [path for path in site.content.turtle_files() if "shapes" in path.relative_to(site.content.root).parts]
    total = sum(len({quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE)}) for path in paths)
    assert len(triples(client.get("/shapes.nt"))) == total


def test_the_context_is_published(client: Client, site: Site) -> None:
    response = client.get("/ontology/context.jsonld")
    assert response.json() == json.loads((site.content.root / "ontology" / "context.jsonld").read_text("utf-8"))
    assert response.headers["access-control-allow-origin"] == "*"


def test_a_json_ld_document_reads_without_fetching_its_context(client: Client) -> None:
    document = client.get(f"{MEETING}.jsonld").json()
    assert isinstance(document["@context"], dict)
    meeting = document["@graph"][0]
    assert meeting["id"] == f"{BASE}id/meeting/committee-1-2561"
    assert meeting["type"] == "Meeting"
    assert meeting["heldOn"] == "2018-01-31"
    assert set(meeting["label"]) == {"th", "en"}


# --- Pages ---


@pytest.mark.parametrize(("language", "day"), [("th", "31 มกราคม 2561"), ("en", "31 January 2018")])
def test_a_page_shows_dates_of_its_era_and_a_source_beside_each_fact(client: Client, language: str, day: str) -> None:
    response = client.get(MEETING, headers={"accept": "text/html", "accept-language": language})
    main = response.text.partition("<main")[2].partition("</main>")[0]
    assert response.headers["content-language"] == language
    assert f'<time datetime="2018-01-31">{day}</time>' in main
    for fact in main.partition('id="statements"')[2].partition("</section>")[0].split("<dd>")[1:]:
        assert 'class="source"' in fact
    marks = set(re.findall(r'class="source" href="#([^"]*)"', main))
    assert {mark.partition("-")[0] for mark in marks} == {"source", "passage"}
    assert all(f'id="{mark}"' in main for mark in marks)


def test_every_page_can_be_made_in_both_languages(client: Client, iris: list[str]) -> None:
    kinds: dict[str, str] = {}
    for iri in iris:
        kinds.setdefault("/".join(iri.removeprefix(BASE).split("/")[:2]), iri)
    for iri in kinds.values():
        for language in ("th", "en"):
            response = client.get(f"/{path_of(iri)}?lang={language}", headers={"accept": "text/html"})
            assert response.status_code == 200, iri
            assert f'<html lang="{language}">' in response.text
            assert " style=" not in response.text
            assert "<script>" not in response.text


def test_a_literal_of_the_other_language_says_so(client: Client) -> None:
    page = client.get(f"{MEETING}?lang=en", headers={"accept": "text/html"}).text
    assert '<span lang="th">31 มกราคม 2561</span>' in page


def test_a_literal_cannot_become_markup(content: Content, client_of: Callable[..., Client]) -> None:
    hostile = "<script>alert(1)</script>"
    thing, graph = NamedNode(f"{BASE}id/meeting/x"), NamedNode(f"{BASE}graph/x")
    quads = [
        Quad(thing, NamedNode(predicate), Literal(hostile, language=language), graph)
        for predicate in (f"{RDFS}label", "http://example.org/'&x")
        for language in ("th", "en")
    ]
    page = client_of(resources.routes, of=site_of(content, quads)).get("/id/meeting/x", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


def test_data_that_cannot_be_asked_are_503(content: Content, site: Site, client_of: Callable[..., Client]) -> None:
    async def ask(query: str, media_type: str) -> bytes:
        raise QueryError("The workers are busy.")

    response = client_of(resources.routes, of=Site(content, site.summary, {}, ask)).get(MEETING)
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert response.headers["content-type"] == "application/problem+json"


def test_a_page_that_is_made_elsewhere_gets_the_header_fields(site: Site, client_of: Callable[..., Client]) -> None:
    async def made_elsewhere(request: Request) -> Response:
        return site.page(request, "not-found.html", "resource", asked="x", search_words="", nearest=[])

    client = client_of(lambda of: resources.routes(of, {"ontology": made_elsewhere}))
    for _ in range(2):
        page = client.get("/ontology", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert 'rel="alternate"; type="text/turtle"' in page.headers["link"]
        assert page.headers["vary"].split(", ").count("Accept") == 1
    assert client.get("/ontology.ttl").headers["content-type"] == TURTLE
    assert client.get("/ontology", headers={"accept": JSON_LD}).headers["content-type"] == JSON_LD


def test_what_is_sent_again_is_what_was_sent(client_of: Callable[..., Client]) -> None:
    """Responses are kept by address, language and what the client accepts."""
    client = client_of(resources.routes)
    asked = [
        {"accept": accept, "accept-language": language, "accept-encoding": coding}
        for accept in ("text/html", "text/turtle", "*/*")
        for language in ("th", "en")
        for coding in ("identity", "gzip")
    ]
    first = [client.get(MEETING, headers=headers) for headers in asked]
    again = [client.get(MEETING, headers=headers) for headers in asked]
    assert [response.content for response in first] == [response.content for response in again]
    assert [response.headers for response in first] == [response.headers for response in again]
    for headers, response in zip(asked, first, strict=True):
        assert response.headers.get("content-encoding", "identity") == headers["accept-encoding"]
    known = {**asked[0], "if-none-match": first[0].headers["etag"]}
    assert client.get(MEETING, headers=known).status_code == 304
    assert client.get(f"{MEETING}?lang=en", headers=asked[0]).headers["set-cookie"].startswith("lang=en")
    assert "set-cookie" not in client.get(MEETING, headers=asked[0]).headers
