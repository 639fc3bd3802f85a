"""The whole site as `kg serve` runs it: what it lists answers, and every address is right behind a proxy."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse
from tests.site.live import live

from kg.content import Content
from kg.derivation import PROV, SEARCH_KEY, SEARCH_KEYS
from kg.namespaces import BASE, GRAPH, ID
from kg.rules import built_in
from kg.server.problem import MEMBERS
from kg.server.service import VOID
from kg.site.site import texts

OUTSIDE = "https://example.org/kg"
DATASET = NamedNode(f"{ID}dataset/thai-smart-city")
PREFIXED = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": "example.org",
    "x-forwarded-prefix": "/kg",
}
PAGES = [
    "/",
    "/areas",
    "/provinces",
    "/map",
    "/quality",
    "/ontology",
    "/catalog",
    "/downloads",
    "/about",
    "/cite",
    "/query",
    "/queries",
    "/queries/pilot-provinces",
    "/search?q=depa",
    "/rules",
    "/problem",
    "/problem/malformed-query",
    "/sparql",
    "/id/division/TH-50",
    "/id/meeting/committee-1-2561",
    "/graph/search-keys",
    "/nothing/here",
]
SMALL = Path(__file__).resolve().parents[1] / "fixtures" / "content-small"


class Links(HTMLParser):
    """The addresses that a page leads to or loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the addresses of an element."""
        self.found |= {value for name, value in attrs if name in {"href", "src", "action"} and value is not None}


@pytest.fixture(scope="module")
def proxied(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server that believes its proxy, seen through one that cuts off a prefix."""
    log = tmp_path_factory.mktemp("proxied") / "log"
    with (
        live(content.root, log, "--trust-forwarded", "--no-access-log") as address,
        httpx.Client(base_url=address, headers=PREFIXED, timeout=120) as client,
    ):
        yield client
    assert "Traceback" not in log.read_text("utf-8")


@pytest.fixture(scope="module")
def public(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server that is told its address."""
    log = tmp_path_factory.mktemp("public") / "log"
    with (
        live(content.root, log, "--public-url", f"{OUTSIDE}/", "--no-access-log") as address,
        httpx.Client(base_url=address, timeout=120) as client,
    ):
        yield client


@pytest.fixture(params=["proxied", "public"])
def client(request: pytest.FixtureRequest) -> httpx.Client:
    """A client of either server."""
    found: httpx.Client = request.getfixturevalue(request.param)
    return found


def triples(response: httpx.Response) -> set[tuple[object, str, object]]:
    """What a response in Turtle says."""
    assert response.status_code == 200
    return {(q.subject, q.predicate.value, q.object) for q in parse(response.content, format=RdfFormat.TURTLE)}


def objects(said: set[tuple[object, str, object]], subject: object, predicate: str) -> set[object]:
    """The objects of a subject and a predicate."""
    return {value for one, name, value in said if one == subject and name == predicate}


# --- Addresses ---


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_is_right_behind_a_prefix(client: httpx.Client, path: str) -> None:
    response = client.get(path, headers={"accept": "text/html", "accept-language": "en"})
    assert response.status_code == (404 if path == "/nothing/here" else 200)
    own = {urljoin(f"{OUTSIDE}{path}", link) for link in Links(response.text).found}
    own = {link.partition("#")[0] for link in own if urlsplit(link).netloc == "example.org"}
    assert {link for link in own if not f"{link}/".startswith(f"{OUTSIDE}/")} == set()
    for link in sorted(own)[:: max(1, len(own) // 25)]:
        if urlsplit(link).path != f"/kg{path}":
            answer = client.get(link.removeprefix(OUTSIDE) or "/", headers={"accept": "text/html, */*;q=0.5"})
            assert answer.status_code in {200, 303, 307}, link


@pytest.mark.parametrize("path", PAGES)
def test_the_language_that_a_visitor_chose_stays_chosen(client: httpx.Client, path: str) -> None:
    """What is kept for others never has the cookie."""
    chosen = f"{path}{'&' if '?' in path else '?'}lang=en"
    for _ in range(2):
        response = client.get(chosen, headers={"accept": "text/html"})
        assert response.headers["set-cookie"].startswith("lang=en;")
        assert response.headers["content-language"] == "en"
        client.cookies.clear()
        response = client.get(path, headers={"accept": "text/html", "accept-language": "en"})
        assert "set-cookie" not in response.headers
        response = client.get(path, headers={"accept": "text/html", "accept-language": "th", "cookie": "lang=en"})
        assert response.headers["content-language"] == "en"


def framed(page: str) -> tuple[str, str]:
    """The header and the footer of a page, without the address of the page itself."""
    parts = (re.search(f"<{name} .*?</{name}>", page, re.DOTALL) for name in ("header", "footer"))
    header, footer = (re.sub(r"\./[a-z]*\?lang=", "?lang=", part[0]) if part else "" for part in parts)
    return header.replace(' aria-current="page"', ""), footer


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
@pytest.mark.parametrize("language", ["th", "en"])
def test_the_page_of_the_endpoint_has_the_frame_of_the_site(client: httpx.Client, path: str, language: str) -> None:
    asked = {"params": {"lang": language}, "headers": {"accept": "text/html"}}
    page, other = client.get(path, **asked), client.get("/about", **asked)  # type: ignore[arg-type]
    assert page.headers["set-cookie"].startswith(f"lang={language};")
    header, footer = framed(page.text.replace('"../', '"./') if path.endswith("/") else page.text)
    assert (header, footer) == framed(other.text)
    assert page.text.count("<main") == page.text.count("<h1") == page.text.count("<title") == 1
    assert re.search(r'<link rel="alternate" type="text/turtle" href="[^"]*sparql\?format=ttl"', page.text)
    client.cookies.clear()


@pytest.mark.parametrize(
    "path", ["/sparql?format=ttl", "/.well-known/void?format=ttl", "/catalog.ttl", "/id/division/TH-50.ttl"]
)
def test_every_address_in_data_is_right_behind_a_prefix(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert "127.0.0.1" not in response.text
    ours = set(re.findall(r"https://example\.org[^>\s]*", response.text))
    assert ours
    assert {address for address in ours if not address.startswith(f"{OUTSIDE}/")} == set()
    assert "127.0.0.1" not in str(response.headers)


def test_the_service_is_what_void_and_dcat_say(client: httpx.Client) -> None:
    void = triples(client.get("/.well-known/void"))
    listed = triples(client.get("/catalog.ttl"))
    service = NamedNode(f"{OUTSIDE}/sparql")
    assert objects(void, DATASET, f"{VOID}sparqlEndpoint") == {service}
    assert objects(listed, service, "http://www.w3.org/ns/dcat#endpointURL") == {service}


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/areas/?lang=en", "/areas?lang=en"),
        ("/catalog/", "/catalog"),
        ("/dumps/latest/thai-smart-city.nq", "/dumps/0.1.0/thai-smart-city.nq"),
        ("/.well-known/void?format=html", "/sparql"),
    ],
)
def test_every_redirect_is_right_behind_a_prefix(client: httpx.Client, path: str, location: str) -> None:
    response = client.get(path)
    assert response.status_code in {303, 307, 308}
    assert response.headers["location"] == f"{OUTSIDE}{location}"


# --- Negotiation ---


@pytest.mark.parametrize("path", ["/id/division/TH-50", "/ontology", "/catalog", "/.well-known/void", "/nothing/here"])
def test_several_lines_of_a_list_are_one(proxied: httpx.Client, path: str) -> None:
    for lines, content_type in [
        (["image/png", "text/turtle"], "text/turtle"),
        (["text/turtle;q=0.1", "application/ld+json"], "application/ld+json"),
    ]:
        response = proxied.get(path, headers=[("accept", line) for line in lines])
        assert response.headers["content-type"].partition(";")[0] == content_type
    tag = proxied.get("/catalog").headers["etag"]
    known = [("if-none-match", line) for line in ('"another"', tag)]
    assert proxied.get("/catalog", headers=known).status_code == 304


@pytest.mark.parametrize("path", ["/", "/about", "/id/division/TH-50", "/nothing/here", "/sparql"])
@pytest.mark.parametrize(
    ("lines", "language"),
    [
        (["en"], "en"),
        (["fr"], "th"),
        (["*"], "th"),
        (["fr", "en"], "en"),
        (["th;q=0.1", "en"], "en"),
        (["th;q=0, *"], "en"),
        (["en;q=0, *"], "th"),
        (["th;q=0.3, *;q=0.8"], "en"),
        (["en;q=0.5, *;q=0.8"], "th"),
        (["th;q=0, en;q=0"], "th"),
        (["EN-gb, th;q=0.9"], "en"),
    ],
)
def test_the_language_that_is_wanted_most(proxied: httpx.Client, path: str, lines: list[str], language: str) -> None:
    headers = [("accept", "text/html"), *(("accept-language", line) for line in lines)]
    response = proxied.get(path, headers=headers)
    assert response.headers["content-language"] == language
    assert {"Accept-Language", "Cookie"} <= set(response.headers["vary"].split(", "))


@pytest.mark.parametrize("suffix", ["ttl", "nt", "rdf", "jsonld"])
def test_void_is_a_document_in_each_format(client: httpx.Client, suffix: str) -> None:
    response = client.get(f"/.well-known/void.{suffix}", headers={"accept": "image/png"})
    assert response.status_code == 200
    assert response.headers["content-location"] == f"{OUTSIDE}/.well-known/void.{suffix}"
    content_type = response.headers["content-type"]
    again = client.get("/.well-known/void", headers={"accept": content_type.partition(";")[0]})
    assert (again.content, again.headers["etag"]) == (response.content, response.headers["etag"])
    assert f'<{OUTSIDE}/.well-known/void.{suffix}>; rel="alternate"' in again.headers["link"]
    known = {"accept": content_type.partition(";")[0], "if-none-match": response.headers["etag"]}
    unmodified = client.get("/.well-known/void", headers=known)
    assert unmodified.status_code == 304
    assert unmodified.headers["content-location"] == response.headers["content-location"]


@pytest.mark.parametrize("path", ["/.well-known/void", "/sparql"])
def test_the_description_is_compressed_for_who_takes_it(proxied: httpx.Client, path: str) -> None:
    for accept in ("text/turtle", "text/html"):
        plain = proxied.get(path, headers={"accept": accept, "accept-encoding": "identity"})
        packed = proxied.get(path, headers={"accept": accept, "accept-encoding": "gzip"})
        assert packed.content == plain.content
        assert packed.headers.get("content-encoding") == ("gzip" if plain.status_code == 200 else None)


def test_who_prefers_rdf_is_led_from_the_home_page_to_the_catalogue(client: httpx.Client) -> None:
    response = client.get("/", headers={"accept": "text/turtle, text/html;q=0.5"})
    assert (response.status_code, response.headers["location"]) == (303, f"{OUTSIDE}/catalog")
    page = client.get("/", headers={"accept": "text/html, text/turtle;q=0.5"})
    assert page.status_code == 200
    assert all("Accept" in each.headers["vary"].split(", ") for each in (response, page))


@pytest.mark.parametrize("path", ["/.well-known/void", "/dumps/latest/thai-smart-city.nq", "/catalog", "/ontology"])
def test_scripts_of_other_sites_may_read(client: httpx.Client, path: str) -> None:
    asked = client.request("OPTIONS", path)
    assert (asked.status_code, asked.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    for response in (asked, client.get(path, headers={"accept": "text/turtle"})):
        assert response.headers["access-control-allow-origin"] == "*"


# --- What there is ---


def test_all_that_the_site_map_lists_answers(proxied: httpx.Client) -> None:
    tree = ET.fromstring(proxied.get("/sitemap.xml").content)
    listed = [str(node.text) for node in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    paths = [address.removeprefix(OUTSIDE) for address in listed]
    assert len(set(paths)) == len(paths)
    assert not {"/search", "/query"} & set(paths)  # robots.txt keeps crawlers from them
    assert {"/", "/areas", "/quality", "/ontology", "/rules", "/map", "/queries/pilot-provinces"} <= set(paths)
    things = [path for path in paths if path.startswith("/id/")]
    for path in [*(path for path in paths if not path.startswith("/id/")), *things[:: len(things) // 20]]:
        assert proxied.get(path, headers={"accept": "text/html"}).status_code == 200, path


def test_the_menu_leads_to_pages(proxied: httpx.Client) -> None:
    menu = [link for link in Links(proxied.get("/").text).found if re.fullmatch(r"\./[a-z]+", link)]
    assert len(menu) > 15
    assert {link: proxied.get(link[1:]).status_code for link in menu} == dict.fromkeys(menu, 200)


def test_a_small_tree_has_the_page_of_the_endpoint(tmp_path: Path) -> None:
    with live(SMALL, tmp_path / "log") as address, httpx.Client(base_url=address, timeout=120) as client:
        home = client.get("/", params={"lang": "en"})
        assert (home.status_code, "<textarea" in home.text) == (200, True)
        assert client.get("/map").status_code == 404
        assert "/map<" not in client.get("/sitemap.xml").text
        assert SEARCH_KEYS not in client.get("/.well-known/void").text
        assert client.get("/about").status_code == 200


# --- Problems and rules ---


def test_the_type_of_a_problem_leads_to_its_page(proxied: httpx.Client) -> None:
    told = proxied.get("/sparql", params={"query": "SELECT * {"}, headers={"accept": "application/json"}).json()
    path = told["type"].removeprefix(BASE)
    for language in ("th", "en"):
        page = proxied.get(f"/{path}", params={"lang": language})
        assert page.status_code == 200
        assert all(f"<code>{name}</code>" in page.text for name in set(told) - {"title", "status", "detail"})
    assert proxied.get("/problem/nothing").status_code == 404


def test_every_type_of_problem_is_explained_in_both_languages() -> None:
    for language, sections in texts().items():
        kinds = sections["problem"]["kinds"]
        assert len(kinds) == len(MEMBERS), language
        told = sorted(sorted(kind["members"]) for kind in kinds.values())
        assert told == sorted(sorted(members) for members in MEMBERS.values()), language


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_rule_is_at_its_fragment(proxied: httpx.Client, language: str) -> None:
    page = proxied.get("/rules", params={"lang": language}).text
    named = set(re.findall(r'<article id="([^"]+)"', page))
    assert named == set(built_in())
    shown = texts()[language]["rules"]
    assert {rule.family for rule in built_in().values()} == set(shown["family"])
    assert all(f">{shown['severities'][rule.severity]}<" in page for rule in built_in().values())
    assert not re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]", page)  # which HTML may not hold, but an example does
    assert "\\u0085" in page


# --- Search keys ---


def ask(client: httpx.Client, query: str) -> list[dict[str, str]]:
    """The solutions of a query, variable to text."""
    answer = client.post("/sparql", data={"query": query}, headers={"accept": "application/sparql-results+json"})
    assert answer.status_code == 200, answer.text
    rows = json.loads(answer.content)["results"]["bindings"]
    return [{name: value["value"] for name, value in row.items()} for row in rows]


def test_the_keys_are_at_the_endpoint_and_in_no_description(proxied: httpx.Client) -> None:
    key = proxied.get("/search-key", params={"q": "สามย่านสมาร์ทซิตี้"}).text.strip()
    found = ask(proxied, f'SELECT DISTINCT ?x {{ ?x <{SEARCH_KEY}> "{key}" }}')
    assert f"{ID}smart-city-area/samyan" in {row["x"] for row in found}
    for path in ("/id/smart-city-area/samyan", "/id/smart-city-area/samyan.ttl"):
        shown = proxied.get(path, headers={"accept": "text/html"}).text
        assert "searchKey" not in shown
        assert "search-keys" not in shown


def test_the_graph_of_the_keys_says_that_it_is_derived(proxied: httpx.Client) -> None:
    derived = f"{PROV}wasDerivedFrom"
    void = triples(proxied.get("/.well-known/void"))
    (entry,) = {s for s, name, value in void if name.endswith("#name") and value == NamedNode(SEARCH_KEYS)}
    (graph,) = objects(void, entry, "http://www.w3.org/ns/sparql-service-description#graph")
    assert objects(void, graph, derived) == {DATASET}
    listed = triples(proxied.get("/catalog.ttl"))
    assert objects(listed, NamedNode(SEARCH_KEYS), derived) == {DATASET}
    own = proxied.get(f"/{SEARCH_KEYS.removeprefix(BASE)}.ttl")
    assert DATASET in objects(triples(own), NamedNode(SEARCH_KEYS), derived)


def test_void_counts_what_the_dumps_hold(proxied: httpx.Client) -> None:
    void = triples(proxied.get("/.well-known/void"))
    dumps = {str(value.value) for value in objects(void, DATASET, f"{VOID}dataDump") if isinstance(value, NamedNode)}
    listed = triples(proxied.get("/catalog.ttl"))
    in_dcat = {
        value.value for _, name, value in listed if name.endswith("#downloadURL") and isinstance(value, NamedNode)
    }
    assert dumps <= in_dcat
    (address,) = (address for address in dumps if address.endswith(".nq.gz"))
    path = address.removeprefix(OUTSIDE).removesuffix(".gz")
    quads: set[Quad] = set(parse(proxied.get(path).content, format=RdfFormat.N_QUADS))
    union = {quad.triple for quad in quads}
    (stated,) = objects(void, DATASET, f"{VOID}triples")
    assert isinstance(stated, Literal)
    assert int(stated.value) == len(union) == proxied.get("/healthz").json()["triples"]
    number = ask(proxied, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0]["n"]
    assert int(number) == len(union)
    keys = {quad.triple for quad in quads if quad.graph_name == NamedNode(SEARCH_KEYS)}
    assert len(keys) > 1000
    alone = proxied.get(f"{path.rpartition('/')[0]}/graph-{SEARCH_KEYS.removeprefix(GRAPH)}.nt")
    assert {quad.triple for quad in parse(alone.content, format=RdfFormat.N_TRIPLES)} == keys
