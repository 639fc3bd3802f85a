"""The description of the service and its page: what they say is compared with counts made without SPARQL."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from kg.content import Content, find_content
from kg.errors import QueryError
from kg.export import EXPORT_FORMATS
from kg.guard import MAXIMUM_LENGTH
from kg.media import named
from kg.namespaces import BASE, DCTERMS, OWL, RDF, RDFS, graph_iri
from kg.questions import stored_queries
from kg.results import GRAPH_FORMATS, Format, formats_of, serialise
from kg.server import pages, service
from kg.server.pages import LANGUAGES, Pages, displayed_date, texts
from kg.server.service import (
    DCAT,
    FOAF,
    SD,
    VOID,
    AskOnce,
    Description,
    description,
    serialised_description,
    stored_query,
    void_queries,
)
from kg.server.worker import Limits
from kg.store import GraphStore, evaluate, load_content

ADDRESS = "http://127.0.0.1:8000/sparql"
DATASET = f"{BASE}id/dataset/thai-smart-city"
TEMPLATES = Path(pages.__file__).parent / "templates"
LINKING = {f"{OWL}sameAs", "http://schema.org/sameAs", "https://schema.org/sameAs"} | {
    f"http://www.w3.org/2004/02/skos/core#{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related")
}

Term = NamedNode | BlankNode | Literal | Triple
Asking = Callable[[str, str], Awaitable[bytes]]


def asking(data: GraphStore) -> Asking:
    """What answers the queries in this process."""

    async def ask(query: str, media_type: str) -> bytes:
        result = evaluate(data, query)
        form = named(media_type, formats_of(result))
        assert form is not None
        return serialise(result, form, data.prefixes)

    return ask


@dataclass(frozen=True)
class Served:
    """A content tree, its store, the description, and the triples of the files as they stand there."""

    content: Content
    data: GraphStore
    described: Description
    graphs: dict[str, set[tuple[str, str, str]]]

    @property
    def union(self) -> set[tuple[str, str, str]]:
        """The distinct triples of all files, each term as in N-Triples."""
        return set().union(*self.graphs.values())

    @property
    def space(self) -> str:
        """What the IRIs of described things begin with, if the catalogue says so."""
        return next((value[1:-1] for _, predicate, value in self.union if predicate == f"<{VOID}uriSpace>"), "")


def read(path: Path) -> set[tuple[str, str, str]]:
    """Return the triples of a file, blank nodes told apart from those of other files."""

    def text(term: Term) -> str:
        return f"{term}-{path.stem}" if isinstance(term, BlankNode) else str(term)

    with path.open("rb") as file:
        quads = list(parse(file, format=RdfFormat.TURTLE))
    return {(text(quad.subject), text(quad.predicate), text(quad.object)) for quad in quads}


ODD = {
    "one": """
@prefix a: <http://a/> . @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix schema: <http://schema.org/> .
a:x a a:Thing , [ a owl:Restriction ] ; a:p "1" , 1 , "1"@en ; owl:sameAs <http://b/x> , a:y , "http://b/x" .
a:y a a:Thing ; schema:sameAs <https://b:8080/x?y/z> , <urn:b:x> .
[] a a:Thing ; owl:sameAs <http://b/blank> .
""",
    "two": """
@prefix a: <http://a/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
a:x a a:Thing ; a:p 1 ; a:q [] ; owl:sameAs <http://a> .
<urn:a:z> a <urn:c:Other> ; owl:sameAs <http://a> , <http://c> .
""",
}
"""Two files that share triples, with blank nodes as thing and as class, links that are none, and no catalogue."""


def serve(tree: Content) -> Served:
    """Read and describe a content tree."""
    data = load_content(tree)
    described = asyncio.run(description(data.summary, asking(data), ADDRESS))
    files = [*tree.ontology_files(), *tree.data_files()]
    return Served(tree, data, described, {graph_iri(path): read(path) for path in files})


@pytest.fixture(scope="module")
def real(content: Content) -> Served:
    """The content of the repository."""
    return serve(content)


@pytest.fixture(scope="module", params=["real", "small", "odd"])
def served(
    request: pytest.FixtureRequest, real: Served, small: Content, tmp_path_factory: pytest.TempPathFactory
) -> Served:
    """The content of the repository, and two trees without a catalogue: the small one and an odd one."""
    if request.param == "real":
        return real
    if request.param == "small":
        return serve(small)
    root = tmp_path_factory.mktemp("odd")
    (root / "ontology").mkdir()
    (root / "data").mkdir()
    for name, text in ODD.items():
        (root / "data" / f"{name}.ttl").write_text(text)
    return serve(find_content(root))


def objects(described: Description, subject: str, predicate: str) -> list[str]:
    """Return the values of a property, as text without quotes or brackets."""
    return [
        triple.object.value
        for triple in described.triples
        if triple.subject == NamedNode(subject)
        and triple.predicate.value == predicate
        and isinstance(triple.object, NamedNode | Literal)
    ]


def one(described: Description, subject: str, predicate: str) -> str:
    """Return the one value of a property."""
    (value,) = objects(described, subject, predicate)
    return value


def is_iri(term: str) -> bool:
    """Whether a term, as in N-Triples, is an IRI."""
    return term.startswith("<")


# --- Statistics ---


def expected_counts(served: Served) -> dict[str, int]:
    """Count with sets what VoID defines in section 4.6."""
    union, space = served.union, served.space
    subjects = {subject for subject, _, _ in union}
    return {
        "triples": len(union),
        "entities": sum(subject.startswith(f"<{space}") for subject in subjects if is_iri(subject)),
        "classes": len({value for _, predicate, value in union if predicate == f"<{RDF}type>" and is_iri(value)}),
        "properties": len({predicate for _, predicate, _ in union}),
        "distinctSubjects": len(subjects),
        "distinctObjects": len({value for _, _, value in union}),
    }


def test_counts(served: Served) -> None:
    found = {name: int(one(served.described, served.described.dataset, f"{VOID}{name}")) for name in pages.TOTALS}
    assert found == expected_counts(served)
    assert served.described.complete


def test_class_partitions(served: Served) -> None:
    expected: Counter[str] = Counter()
    for subject, predicate, value in served.union:
        if predicate == f"<{RDF}type>" and is_iri(value):
            expected[value[1:-1]] += is_iri(subject)
    nodes = objects(served.described, served.described.dataset, f"{VOID}classPartition")
    found = {
        one(served.described, node, f"{VOID}class"): int(one(served.described, node, f"{VOID}entities"))
        for node in nodes
    }
    assert found == expected
    assert len(nodes) == len(expected)


def test_property_partitions(served: Served) -> None:
    expected = Counter(predicate[1:-1] for _, predicate, _ in served.union)
    nodes = objects(served.described, served.described.dataset, f"{VOID}propertyPartition")
    found = {
        one(served.described, node, f"{VOID}property"): int(one(served.described, node, f"{VOID}triples"))
        for node in nodes
    }
    assert found == expected
    assert sum(found.values()) == len(served.union)


def test_vocabularies(served: Served) -> None:
    terms = {predicate for _, predicate, _ in served.union} | {
        value for _, predicate, value in served.union if predicate == f"<{RDF}type>" and is_iri(value)
    }
    expected = {term[1 : (max(term.rfind("#"), term.rfind("/")) + 1) or (term.rfind(":") + 1)] for term in terms}
    assert set(objects(served.described, served.described.dataset, f"{VOID}vocabulary")) == expected


def test_linksets(served: Served) -> None:
    def host(iri: str) -> str:
        parts = urlsplit(iri[1:-1])
        return f"{parts.scheme}://{parts.netloc}/"

    expected = Counter(
        (predicate[1:-1], host(value))
        for subject, predicate, value in served.union
        if predicate[1:-1] in LINKING
        and is_iri(subject)
        and is_iri(value)
        and subject.startswith(f"<{served.space}")
        and urlsplit(value[1:-1]).netloc
        and host(subject) != host(value)
    )
    found = {}
    for node in objects(served.described, served.described.dataset, f"{VOID}subset"):
        if f"{VOID}Linkset" in objects(served.described, node, f"{RDF}type"):
            assert one(served.described, node, f"{VOID}subjectsTarget") == served.described.dataset
            target = one(served.described, node, f"{VOID}objectsTarget")
            assert one(served.described, target, f"{RDF}type") == f"{VOID}Dataset"
            link = one(served.described, node, f"{VOID}linkPredicate"), one(served.described, target, f"{VOID}uriSpace")
            found[link] = int(one(served.described, node, f"{VOID}triples"))
    assert found == expected


def test_the_real_data_have_links(real: Served) -> None:
    spaces = {value for triple in real.described.triples if (value := str(triple.object)).startswith('"http')}
    assert {'"http://www.wikidata.org/"', '"https://sws.geonames.org/"'} <= spaces


def test_graphs(served: Served) -> None:
    dataset = one(served.described, ADDRESS, f"{SD}defaultDataset")
    assert one(served.described, dataset, f"{SD}defaultGraph") == served.described.dataset
    found = {}
    for entry in objects(served.described, dataset, f"{SD}namedGraph"):
        graph = one(served.described, entry, f"{SD}graph")
        found[one(served.described, entry, f"{SD}name")] = int(one(served.described, graph, f"{VOID}triples"))
        assert graph in objects(served.described, served.described.dataset, f"{VOID}subset")
    assert found == {name: len(triples) for name, triples in served.graphs.items()}


# --- What is stated, and what is not ---


def test_the_service_says_what_it_can_do(served: Served) -> None:
    assert one(served.described, ADDRESS, f"{SD}endpoint") == ADDRESS
    assert objects(served.described, ADDRESS, f"{SD}feature") == [f"{SD}UnionDefaultGraph"]
    assert one(served.described, ADDRESS, f"{SD}supportedLanguage") == f"{SD}SPARQL11Query"
    assert len(objects(served.described, ADDRESS, f"{SD}resultFormat")) == 8
    assert one(served.described, served.described.dataset, f"{VOID}sparqlEndpoint") == ADDRESS
    document = "http://127.0.0.1:8000/.well-known/void"
    assert one(served.described, document, f"{RDF}type") == f"{VOID}DatasetDescription"
    assert one(served.described, document, f"{FOAF}primaryTopic") == served.described.dataset


def test_nothing_is_claimed_that_is_not_so(served: Served) -> None:
    used = {triple.predicate.value for triple in served.described.triples}
    assert f"{VOID}dataDump" not in used
    assert f"{VOID}uriLookupEndpoint" not in used
    subjects = {subject for subject, _, _ in served.union}
    examples = objects(served.described, served.described.dataset, f"{VOID}exampleResource")
    assert {f"<{example}>" for example in examples} <= subjects
    assert bool(examples) == (served.space != "")
    # No node of a stored query is left under the name that it has there.
    assert not any(f"<{BASE}#" in str(triple) for triple in served.described.triples)
    assert not any(isinstance(triple.subject, BlankNode) for triple in served.described.triples)


def test_the_catalogue_is_repeated_as_it_stands(real: Served) -> None:
    catalogue = read(real.content.root / "data" / "catalog.ttl")
    said = {(str(t.subject), str(t.predicate), str(t.object)) for t in real.described.triples}
    assert real.described.dataset == DATASET
    names = ("title", "description", "license", "publisher", "creator", "issued", "modified", "conformsTo")
    predicates = {f"<{DCTERMS}{name}>" for name in names} | {f"<{VOID}uriSpace>", f"<{VOID}vocabulary>"}
    stated = {triple for triple in catalogue if triple[1] in predicates | {f"<{DCAT}version>"}}
    assert len({predicate for _, predicate, _ in stated}) == len(predicates) + 1
    assert stated <= said
    assert {triple for triple in said if triple[1] in predicates - {f"<{VOID}vocabulary>"}} <= catalogue | {
        triple for triple in said if triple[0] != f"<{DATASET}>"
    }
    assert {value for _, predicate, value in catalogue if predicate == f"<{DCAT}landingPage>"} == {
        f"<{value}>" for value in objects(real.described, DATASET, f"{FOAF}homepage")
    }
    publisher = one(real.described, DATASET, f"{DCTERMS}publisher")
    assert len(objects(real.described, publisher, f"{RDFS}label")) == 2


@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_all_formats_say_the_same(served: Served, form: Format) -> None:
    assert isinstance(form.engine, RdfFormat)
    body = serialised_description(served.described, form)
    assert {quad.triple for quad in parse(body, format=form.engine)} == set(served.described.triples)
    assert len(served.described.triples) == len(set(served.described.triples))


# --- The stored queries ---


@pytest.mark.parametrize("name", sorted(void_queries()))
def test_each_query_contributes_and_is_not_missed_when_it_fails(real: Served, name: str) -> None:
    mine = void_queries()[name].replace("<#dataset>", f"<{DATASET}>")
    ask = asking(real.data)

    async def failing(query: str, media_type: str) -> bytes:
        if query == mine:
            raise QueryError("The query took too long.")
        return await ask(query, media_type)

    without = asyncio.run(description(real.data.summary, failing, ADDRESS))
    assert not without.complete
    assert set(without.triples) < set(real.described.triples)


def test_a_new_file_adds_to_the_description(small_data: GraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    query = f"BASE <{BASE}> CONSTRUCT {{ <#dataset> <http://a/p> <#local> }} WHERE {{}}"
    monkeypatch.setattr(service, "void_queries", lambda: {"one": query})
    described = asyncio.run(description(small_data.summary, asking(small_data), ADDRESS))
    assert one(described, f"{ADDRESS}#default-graph", "http://a/p") == f"{ADDRESS}#local"


def test_without_any_answer_the_service_is_still_described(real: Served) -> None:
    async def failing(query: str, media_type: str) -> bytes:
        raise QueryError("All workers are busy.")

    without = asyncio.run(description(real.data.summary, failing, ADDRESS))
    assert not without.complete
    assert one(without, without.dataset, f"{VOID}triples") == str(len(real.union))
    assert len(objects(without, f"{ADDRESS}#dataset", f"{SD}namedGraph")) == len(real.graphs)


def test_a_slow_answer_is_not_waited_for_but_found_later(
    small_data: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PATIENCE", 0.05)
    ask = asking(small_data)
    released = asyncio.Event()
    asked: Counter[str] = Counter()

    async def slow(query: str, media_type: str) -> bytes:
        asked[query] += 1
        if "void:distinctObjects" in query:
            await released.wait()
        return await ask(query, media_type)

    async def scenario() -> None:
        once = AskOnce(slow)
        first = await description(small_data.summary, once, ADDRESS)
        assert not first.complete
        released.set()
        monkeypatch.setattr(service, "PATIENCE", 30)
        second = await description(small_data.summary, once, ADDRESS)
        assert second.complete
        assert objects(second, second.dataset, f"{VOID}distinctObjects") == ["13"]

    asyncio.run(scenario())
    assert set(asked.values()) == {1}


# --- Asking once ---


def test_many_ask_once_and_one_at_a_time() -> None:
    running = 0
    asked: Counter[str] = Counter()

    async def ask(query: str, media_type: str) -> bytes:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0.001)
        running -= 1
        asked[query] += 1
        return query.encode()

    async def scenario() -> None:
        once = AskOnce(ask)
        answers = await asyncio.gather(*(once(f"q{number % 3}", service.RESULTS) for number in range(30)))
        assert answers == [f"q{number % 3}".encode() for number in range(30)]

    asyncio.run(scenario())
    assert asked == {"q0": 1, "q1": 1, "q2": 1}


@pytest.mark.parametrize("error", [QueryError("no worker"), ValueError("a defect")])
def test_a_failure_is_kept_for_a_while_only(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service, "RETRY_AFTER", 0.05)
    asked = 0

    async def ask(query: str, media_type: str) -> bytes:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise error
        return b"answer"

    async def scenario() -> None:
        once = AskOnce(ask)
        for _ in range(2):
            with pytest.raises(QueryError):
                await once("q", service.RESULTS)
        assert asked == 1
        await asyncio.sleep(0.1)
        assert await once("q", service.RESULTS) == b"answer"

    asyncio.run(scenario())
    assert len(caplog.records) == 1


# --- The page ---


class Page(HTMLParser):
    """Collects what matters of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.language: str | None = None
        self.forbidden: list[str] = []
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.cells: dict[str, str] = {}
        self.headings: list[str] = []
        self._open: list[str] = []
        self._row: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._open.append(tag)
        if tag == "html":
            self.language = values["lang"]
        if tag in ("script", "style", "base", "iframe") or any(
            key == "style" or key.startswith("on") for key in values
        ):
            self.forbidden.append(tag)
        if tag == "link" and values.get("rel") != "alternate":
            self.loaded.append(values["href"] or "")
        elif target := values.get("href") or values.get("action"):
            self.links.append(target)
        if tag == "tr":
            self._row = []
        if tag in ("th", "td"):
            self._row.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and len(self._row) == 2:
            self.cells[self._row[0]] = self._row[1]
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._row and {"th", "td"} & set(self._open):
            self._row[-1] += data
        if self._open and self._open[-1] == "h1":
            self.headings.append(data)


def service_page(served: Served, language: str, endpoint: str = ADDRESS) -> str:
    """Return the HTML of the page of the service."""
    made = Pages(served.data.summary, stored_queries(served.content), asking(served.data))
    return asyncio.run(made.service(language, endpoint, Limits(timeout=7.5, memory=256 * 1024 * 1024)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_shows_the_numbers_of_the_description(served: Served, language: str) -> None:
    page = Page(service_page(served, language))
    text = texts()[language]
    assert (page.language, page.headings) == (language, [text["service_title"]])
    for name, number in expected_counts(served).items():
        assert page.cells[text[f"total_{name}"]] == f"{number:,}"
    for name, triples in served.graphs.items():
        assert page.cells[name] == f"{len(triples):,}"
    assert page.cells[text["dataset"]] == served.described.dataset
    assert page.cells[text["limit_time"]] == f"7.5 {text['seconds']}"
    assert page.cells[text["limit_memory"]] == "256 MiB"
    assert page.cells[text["limit_length"]] == f"{MAXIMUM_LENGTH:,} {text['characters']}"
    partitions = objects(served.described, served.described.dataset, f"{VOID}classPartition")
    partitions += objects(served.described, served.described.dataset, f"{VOID}propertyPartition")
    assert len(partitions) + len(served.graphs) < len(page.cells)


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_is_whole_and_asks_nothing_outside(served: Served, language: str) -> None:
    html = service_page(served, language)
    page = Page(html)
    assert page.forbidden == []
    assert page.loaded == ["/static/site.css", "/static/icon.svg"]
    outside = [link for link in page.links if not link.startswith(("/", "#", "?"))]
    assert outside == objects(served.described, served.described.dataset, f"{DCTERMS}license")
    assert {f"/sparql?format={form.name}" for form in GRAPH_FORMATS} <= set(page.links)
    for name, question in stored_queries(served.content).items():
        if f"question={name}#ask" in html:
            assert question.questions["th"] in html
            assert question.questions["en"] in html


def test_links_keep_the_path_in_front_of_the_endpoint(served: Served) -> None:
    page = Page(service_page(served, "en", "http://127.0.0.1:8000/kg/sparql"))
    paths = {urlsplit(link).path for link in [*page.loaded, *page.links] if link.startswith("/")}
    assert {"/kg/static/site.css", "/kg/sparql", "/kg/.well-known/void.ttl", "/kg/", "/kg/healthz"} <= paths
    assert all(path.startswith("/kg/") for path in paths)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_given_without_what_cannot_be_asked(served: Served, language: str) -> None:
    async def failing(query: str, media_type: str) -> bytes:
        raise QueryError("All workers are busy.")

    made = Pages(served.data.summary, stored_queries(served.content), failing)

    async def scenario() -> tuple[str, str]:
        return await made.home(language, ADDRESS, None), await made.service(language, ADDRESS, Limits())

    home, page = asyncio.run(scenario())
    assert f"<h1>{texts()[language]['title']}</h1>" in home
    cells = Page(page).cells
    assert cells[texts()[language]["total_triples"]] == f"{len(served.union):,}"
    assert texts()[language]["total_classes"] not in cells


def test_pages_ask_each_query_once(real: Served) -> None:
    asked: Counter[str] = Counter()
    ask = asking(real.data)

    async def counting(query: str, media_type: str) -> bytes:
        asked[query] += 1
        return await ask(query, media_type)

    async def scenario() -> None:
        made = Pages(real.data.summary, {}, counting)
        for _ in range(2):
            await asyncio.gather(
                *(made.home(language, ADDRESS, None) for language in LANGUAGES),
                *(made.service(language, ADDRESS, Limits()) for language in LANGUAGES),
            )

    asyncio.run(scenario())
    assert set(asked.values()) == {1}
    assert len(asked) == len(void_queries()) + 4
    assert stored_query("labels") in asked


def test_a_page_escapes_what_it_shows(small_data: GraphStore, tmp_path: Path) -> None:
    for folder in ("ontology", "data", "queries"):
        (tmp_path / folder).mkdir()
    header = "".join(f"# {key} ({lang}): <b>&\n" for key in ("title", "question") for lang in LANGUAGES)
    (tmp_path / "queries" / "a.rq").write_text(f'{header}ASK {{ ?s ?p "</textarea><script>" }}\n', "utf-8")
    made = Pages(small_data.summary, stored_queries(find_content(tmp_path)), asking(small_data))
    html = asyncio.run(made.service("en", ADDRESS, Limits()))
    assert "<b>" not in html
    assert "<script" not in html
    assert "&lt;/textarea&gt;&lt;script&gt;" in html


DATES = [
    ("2026-11-21", "th", "21 พฤศจิกายน 2569"),
    ("2026-01-05", "en", "5 January 2026"),
    ("2026", "th", "2026"),
    ("soon", "en", "soon"),
]


@pytest.mark.parametrize(("value", "language", "shown"), DATES)
def test_date(value: str, language: str, shown: str) -> None:
    assert displayed_date(value, language) == shown


def test_each_text_is_there_in_each_language_and_used() -> None:
    keys = {language: set(texts()[language]) for language in LANGUAGES}
    assert keys["th"] == keys["en"]
    templates = "".join(path.read_text("utf-8") for path in TEMPLATES.glob("*.html"))
    used = set(re.findall(r"\btext\.([a-z_]+)", templates)) | {f"total_{name}" for name in pages.TOTALS} | {"months"}
    assert used == keys["en"]


# --- Over HTTP ---

PLACES = ["/sparql", "/sparql/", "/.well-known/void"]


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_the_server_gives_the_description(
    client: httpx.Client, address: str, small_data: GraphStore, path: str, form: Format
) -> None:
    assert isinstance(form.engine, RdfFormat)
    names = [f"dumps/{small_data.summary.digest[:16]}/thai-smart-city.{suffix}.gz" for suffix in EXPORT_FORMATS]
    expected = asyncio.run(description(small_data.summary, asking(small_data), f"{address}/sparql", names))
    for response in (
        client.get(path, params={"format": form.name}),
        client.get(path, headers={"accept": form.media_types[0]}),
    ):
        assert response.status_code == 200
        assert response.headers["content-type"] == form.content_type
        assert {quad.triple for quad in parse(response.content, format=form.engine)} == set(expected.triples)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
def test_a_browser_gets_the_page_and_all_its_links_lead_somewhere(
    client: httpx.Client, path: str, language: str
) -> None:
    headers = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
    response = client.get(path, params={"lang": language}, headers=headers)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "style-src 'self'" in response.headers["content-security-policy"]
    page = Page(response.text)
    assert page.language == language
    for link in [*page.loaded, *page.links]:
        if not link.startswith("#"):
            assert client.get(urljoin(path, link), headers=headers).status_code == 200, link
