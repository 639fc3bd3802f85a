"""The catalogue, the dumps and the site map: what they list is there, and says what it is said to."""

import asyncio
import gzip
import hashlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, parse
from rdflib.compare import isomorphic
from tests.site.conftest import Client

from kg.content import Content
from kg.derivation import source_of
from kg.errors import QueryError
from kg.namespaces import BASE, ID
from kg.server.service import Description, description
from kg.site import Site, catalogue, resources, site_map
from kg.site.dcat import distributions
from kg.site.dumps import Dumps, NotWritableError
from kg.store import Summary, graph_files, load_content

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own

DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
DCTERMS = rdflib.Namespace("http://purl.org/dc/terms/")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
VOID = "http://rdfs.org/ns/void#"
DATASET = rdflib.URIRef(f"{ID}dataset/thai-smart-city")
DUMPS = "/dumps/0.1.0"
SMALL = Path(__file__).resolve().parents[1] / "fixtures" / "content-small"
FORMATS = {
    "nq": RdfFormat.N_QUADS,
    "nt": RdfFormat.N_TRIPLES,
    "ttl": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "jsonld": RdfFormat.JSON_LD,
    "rdf": RdfFormat.RDF_XML,
}


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Client]) -> Client:
    """A client of the catalogue, the site map and the resources; the dumps are made once."""
    return client_of(resources.routes, catalogue.routes, site_map.routes)


@pytest.fixture(scope="module")
def listed(client: Client) -> rdflib.Graph:
    """The catalogue."""
    return rdflib.Graph().parse(data=client.get("/catalog.ttl").content, format="turtle")


def quads(response: httpx.Response, form: str) -> set[Quad]:
    """What a dump says."""
    return set(parse(response.content, format=FORMATS[form]))


def shape(said: set[Quad], *, with_graphs: bool) -> set[tuple[str, ...]]:
    """Quads without the names of their blank nodes, to be compared with those of another document."""

    def name(term: object) -> str:
        return "_:" if isinstance(term, BlankNode) else str(term)

    ends = (lambda quad: (name(quad.graph_name),)) if with_graphs else (lambda quad: ())
    return {(name(quad.subject), str(quad.predicate), name(quad.object), *ends(quad)) for quad in said}


@pytest.fixture(scope="module")
def n_quads(client: Client) -> set[Quad]:
    """The data, as the dump with the named graphs has them."""
    return quads(client.get(f"{DUMPS}/thai-smart-city.nq"), "nq")


@pytest.mark.parametrize("form", FORMATS)
def test_a_dump_says_what_the_files_say(client: Client, content: Content, n_quads: set[Quad], form: str) -> None:
    written: set[Quad] = set()
    for graph, path in graph_files(content).items():
        for quad in parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True):
            written.add(Quad(quad.subject, quad.predicate, quad.object, NamedNode(graph)))
    assert len(n_quads) == len(written)
    with_graphs = FORMATS[form].supports_datasets
    said = quads(client.get(f"{DUMPS}/thai-smart-city.{form}"), form)
    assert shape(said, with_graphs=with_graphs) == shape(written, with_graphs=with_graphs)


def test_a_dump_of_a_graph_says_what_its_file_says(client: Client, content: Content) -> None:
    for graph, path in graph_files(content).items():
        written = {quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE)}
        for form in ("nt", "ttl", "rdf", "jsonld"):
            said = {quad.triple for quad in quads(client.get(f"{DUMPS}/graph-{path.stem}.{form}"), form)}
            assert len(said) == len(written), (graph, form)


@pytest.mark.parametrize("form", FORMATS)
def test_a_compressed_dump_is_the_dump(client: Client, form: str) -> None:
    address = f"{DUMPS}/thai-smart-city.{form}"
    plain = client.get(address, headers={"accept-encoding": "identity"})
    packed = client.get(f"{address}.gz", headers={"accept-encoding": "identity"})
    coded = client.get(address, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-type"] == "application/gzip"
    assert "content-encoding" not in packed.headers
    assert gzip.decompress(packed.content) == plain.content == coded.content
    assert coded.headers["content-encoding"] == "gzip"
    for rather_not in ("gzip;q=0.5, identity;q=1", "gzip;q=0, *"):
        unpacked = client.get(address, headers={"accept-encoding": rather_not})
        assert ("content-encoding" in unpacked.headers, unpacked.content) == (False, plain.content)
    assert "content-encoding" not in plain.headers
    assert plain.headers["content-type"].partition(";")[0] == FORMATS[form].media_type


def test_the_list_of_digests_is_right_and_complete(client: Client, listed: rdflib.Graph) -> None:
    lines = client.get(f"{DUMPS}/SHA256SUMS").text.splitlines()
    digests = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    names = {urlsplit(str(address)).path.rpartition("/")[2] for address in listed.objects(None, DCAT.downloadURL)}
    assert names <= set(digests)
    assert {name for name in digests if not name.startswith("graph-") or not name.endswith(".gz")} <= names
    for name, digest in digests.items():
        body = client.get(f"{DUMPS}/{name}", headers={"accept-encoding": "identity"}).content
        assert hashlib.sha256(body).hexdigest() == digest, name


def test_a_tag_of_a_dump_that_is_known_is_304(client: Client) -> None:
    for name in ("graph-people.ttl", "graph-people.ttl.gz", "SHA256SUMS"):
        first = client.get(f"{DUMPS}/{name}")
        again = client.get(f"{DUMPS}/{name}", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/dumps/9.9/thai-smart-city.nq", f"{DUMPS}/nothing.nq", f"{DUMPS}/thai-smart-city.csv"]
)
def test_a_dump_that_is_not_there(client: Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


def test_the_latest_dump_leads_to_that_of_the_version(client: Client) -> None:
    response = client.get("/dumps/latest/thai-smart-city.nq.gz")
    assert (response.status_code, response.headers["location"]) == (
        307,
        f"http://testserver{DUMPS}/thai-smart-city.nq.gz",
    )


# --- Counts ---


@pytest.fixture(scope="module")
def statistics(site: Site) -> Description:
    """What the service says of the data set in VoID."""
    return asyncio.run(description(site.summary, site.ask, "http://testserver/sparql"))


def test_counts_of_void_are_those_of_the_dump(statistics: Description, site: Site, n_quads: set[Quad]) -> None:
    union = {quad.triple for quad in n_quads}
    typed = [t for t in union if t.predicate.value.endswith("#type") and isinstance(t.object, NamedNode)]
    subjects = {triple.subject for triple in union}
    counted = {
        "triples": len(union),
        "distinctSubjects": len(subjects),
        "distinctObjects": len({triple.object for triple in union}),
        "properties": len({triple.predicate for triple in union}),
        "classes": len({triple.object for triple in typed}),
        "entities": len({s for s in subjects if isinstance(s, NamedNode) and s.value.startswith(ID)}),
    }
    stated = {
        triple.predicate.value.removeprefix(VOID): int(triple.object.value)
        for triple in statistics.triples
        if triple.subject == NamedNode(str(DATASET))
        and isinstance(triple.object, Literal)
        and triple.predicate.value.removeprefix(VOID) in counted
    }
    assert stated == counted
    by_graph: dict[str, int] = {}
    for quad in n_quads:
        assert isinstance(quad.graph_name, NamedNode)
        by_graph[quad.graph_name.value] = by_graph.get(quad.graph_name.value, 0) + 1
    assert by_graph == site.summary.graphs


def test_partitions_of_void_are_those_of_the_dump(statistics: Description, n_quads: set[Quad]) -> None:
    store = Store()
    store.extend(statistics_quads(statistics))
    union = {quad.triple for quad in n_quads}
    query = (
        "PREFIX void: <http://rdfs.org/ns/void#> SELECT ?term ?number { ?partition void:%s ?term ; void:%s ?number }"
    )
    properties = {row[0]: int(row[1].value) for row in store.query(query % ("property", "triples"))}  # type: ignore[union-attr]
    classes = {row[0]: int(row[1].value) for row in store.query(query % ("class", "entities"))}  # type: ignore[union-attr]
    counted: dict[object, int] = {}
    instances: dict[object, int] = {}
    for triple in union:
        counted[triple.predicate] = counted.get(triple.predicate, 0) + 1
        if triple.predicate.value.endswith("#type") and isinstance(triple.object, NamedNode):
            instances[triple.object] = instances.get(triple.object, 0) + isinstance(triple.subject, NamedNode)
    assert properties == counted
    assert classes == instances


def statistics_quads(statistics: Description) -> list[Quad]:
    """The triples of a description as quads."""
    return [Quad(triple.subject, triple.predicate, triple.object) for triple in statistics.triples]


# --- DCAT ---


@pytest.mark.parametrize(("suffix", "form"), [("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld")])
def test_the_catalogue_is_one_in_all_formats(client: Client, listed: rdflib.Graph, suffix: str, form: str) -> None:
    assert isomorphic(rdflib.Graph().parse(data=client.get(f"/catalog.{suffix}").content, format=form), listed)


def test_the_catalogue_lists_the_data_set_the_service_and_the_graphs(listed: rdflib.Graph, site: Site) -> None:
    home = rdflib.URIRef("http://testserver/catalog")
    service = rdflib.URIRef("http://testserver/sparql")
    assert set(listed.objects(home, DCAT.dataset)) == {DATASET}
    assert set(listed.objects(home, DCAT.service)) == {service}
    assert (service, DCAT.servesDataset, DATASET) in listed
    assert set(map(str, listed.objects(DATASET, DCTERMS.hasPart))) == set(site.summary.graphs)
    assert [str(version) for version in listed.objects(DATASET, DCAT.version)] == [site.summary.version]
    titles = list(listed.objects(DATASET, DCTERMS.title))
    assert {title.language for title in titles if isinstance(title, rdflib.Literal)} == {"th", "en"}
    for graph in site.summary.graphs:
        assert list(listed.objects(rdflib.URIRef(graph), DCTERMS.title)), graph
    for one in listed.subjects(rdflib.RDF.type, DCAT.Distribution):
        assert list(listed.objects(one, DCTERMS.license))
        assert list(listed.objects(one, DCAT.accessURL))


def test_a_distribution_is_there_with_its_type_its_length_and_its_digest(client: Client, listed: rdflib.Graph) -> None:
    seen = 0
    for one, address in listed.subject_objects(DCAT.downloadURL):
        path = urlsplit(str(address)).path
        response = client.get(path, headers={"accept-encoding": "identity"})
        assert response.status_code == 200, address
        media_type = str(listed.value(one, DCAT.mediaType)).partition("media-types/")[2]
        packing = listed.value(one, DCAT.compressFormat)
        expected = media_type if packing is None else str(packing).partition("media-types/")[2]
        assert response.headers["content-type"].partition(";")[0] == expected
        assert str(listed.value(one, DCAT.byteSize)) == str(len(response.content))
        digest = hashlib.sha256(response.content).hexdigest()
        assert str(listed.value(listed.value(one, SPDX.checksum), SPDX.checksumValue)).lower() == digest
        seen += path.endswith(".gz") or "/graph-" not in path
    assert seen == 2 * len(FORMATS)


def test_periods_and_places_are_those_of_the_documents(listed: rdflib.Graph, site: Site) -> None:
    period = listed.value(DATASET, DCTERMS.temporal)
    assert str(listed.value(period, DCAT.startDate)) < str(listed.value(period, DCAT.endDate))
    graph = rdflib.URIRef(f"{BASE}graph/thaigov-2018-01-31-committee-1-2561")
    places = {str(place) for place in listed.objects(graph, DCTERMS.spatial)}
    assert f"{ID}division/TH-83" in places
    assert all(place.startswith(f"{ID}division/") for place in places)
    register = rdflib.URIRef(f"{BASE}graph/divisions")
    assert listed.value(register, DCTERMS.temporal) is None


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/html", "text/html; charset=utf-8"),
        ("text/turtle;q=0.9, text/html;q=0.5", "text/turtle; charset=utf-8"),
        ("application/ld+json", "application/ld+json"),
    ],
)
def test_the_catalogue_is_negotiated(client: Client, accept: str, content_type: str) -> None:
    response = client.get("/catalog", headers={"accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, content_type)
    assert "Accept" in response.headers["vary"]
    assert client.get("/catalog", headers={"accept": "image/png"}).status_code == 406
    assert client.get("/catalog.xyz").status_code == 406


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_page_of_the_catalogue_lists_every_file(client: Client, listed: rdflib.Graph, language: str) -> None:
    page = client.get(f"/catalog?lang={language}", headers={"accept": "text/html"}).text
    for address in listed.objects(None, DCAT.downloadURL):
        assert f'"./{urlsplit(str(address)).path[1:]}"' in page


# --- Site map ---

SITE_MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"


def test_every_page_is_in_the_site_map_once_with_its_languages(client: Client, site: Site) -> None:
    tree = ET.fromstring(client.get("/sitemap.xml").text)
    places = [str(entry.findtext(f"{SITE_MAP}loc")) for entry in tree]
    assert len(places) == len(set(places)) > 1000
    assert {f"http://testserver/{graph.removeprefix(BASE)}" for graph in site.summary.graphs} <= set(places)
    for entry in tree:
        place = str(entry.findtext(f"{SITE_MAP}loc"))
        assert {link.get("hreflang"): link.get("href") for link in entry.findall(LINK)} == {
            language: f"{place}?lang={language}" for language in ("th", "en")
        }
    days = [str(entry.findtext(f"{SITE_MAP}lastmod")) for entry in tree if entry.find(f"{SITE_MAP}lastmod") is not None]
    assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) for day in days)
    assert days
    for place in places[:: len(places) // 40]:
        path = urlsplit(place).path
        assert path == "/" or client.get(path, headers={"accept": "text/html"}).status_code == 200, place


def test_a_long_site_map_has_an_index(
    make_site: Callable[..., Site], client_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_map, "SITE_MAP_LENGTH", 500)
    client = client_of(site_map.routes, of=make_site())
    parts = [str(entry.findtext(f"{SITE_MAP}loc")) for entry in ET.fromstring(client.get("/sitemap.xml").text)]
    assert [urlsplit(part).path for part in parts] == [f"/sitemap-{n}.xml" for n in range(1, len(parts) + 1)]
    places = [
        entry.findtext(f"{SITE_MAP}loc")
        for part in parts
        for entry in ET.fromstring(client.get(urlsplit(part).path).text)
    ]
    assert len(places) == len(set(places)) > 1000
    assert client.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404


def test_robots_are_told_where_the_site_map_is(client: Client) -> None:
    lines = client.get("/robots.txt").text.splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /sparql" in lines
    assert lines[-1] == "Sitemap: http://testserver/sitemap.xml"


def test_files_that_have_changed_are_not_sent(content: Content, site: Site, client_of: Callable[..., Client]) -> None:
    other = Summary(site.summary.graphs, site.summary.triples, site.summary.prefixes, "0" * 64, site.summary.version)
    client = client_of(resources.routes, catalogue.routes, of=Site(content, other, {}, site.ask))
    for path in (f"{DUMPS}/thai-smart-city.nq", "/graph/people.ttl", "/catalog.ttl"):
        assert client.get(path).status_code == 503


# --- How dumps are made ---


def written(root: Path, wanted: str = "", *more: str) -> "subprocess.CompletedProcess[bytes]":
    """What the process that makes dumps writes for a tree; the digest is the right one unless another is wanted."""
    digest = wanted or source_of(Content(root)).digest()
    command = [sys.executable, "-m", "kg.site.dumps", str(root), digest, *more]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


def test_a_dump_that_a_format_cannot_hold_hinders_no_other() -> None:
    """The small tree has a character that XML cannot hold."""
    content = Content(SMALL)

    async def nobody(_query: str, _media_type: str, /) -> bytes:
        raise QueryError("Nobody is asked here.")

    dumps = Dumps(Site(content, load_content(content).summary, {}, nobody))

    async def failures() -> set[str]:
        found = set()
        for name in dumps.dumps:
            try:
                await dumps.get(name)
            except NotWritableError:
                found.add(name)
        return found

    assert asyncio.run(failures()) == {"thai-smart-city.rdf", "graph-timetable-2560.rdf"}
    assert [one.name for one in asyncio.run(distributions(dumps, ""))].count("thai-smart-city.rdf") == 0
    assert "thai-smart-city.rdf" not in asyncio.run(dumps.checksums())


def test_files_that_are_others_now_give_no_dump() -> None:
    done = written(SMALL, "0" * 64)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"have changed" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_broken_file_gives_no_dump(tmp_path: Path) -> None:
    (tmp_path / "ontology").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.ttl").write_text("not Turtle", "utf-8")
    done = written(tmp_path)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"Traceback" not in done.stderr
