"""The service as a whole: the page, its languages, the description, load, start and stop."""

import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import httpx
import pytest
from pyoxigraph import RdfFormat, parse

from kg.content import Content

LANGUAGES = [
    ("/", {}, "th"),
    ("/", {"accept-language": "en-GB,en;q=0.8"}, "en"),
    ("/", {"accept-language": "de, th;q=0.2, en;q=0.1"}, "th"),
    ("/", {"accept-language": "de"}, "th"),
    ("/", {"accept-language": "en", "cookie": "lang=th"}, "th"),
    ("/?lang=en", {"cookie": "lang=th"}, "en"),
    ("/?lang=xx", {"accept-language": "en"}, "en"),
]


@pytest.mark.parametrize(("path", "headers", "language"), LANGUAGES)
def test_page_is_in_the_language(address: str, path: str, headers: dict[str, str], language: str) -> None:
    response = httpx.get(f"{address}{path}", headers=headers)
    assert response.status_code == 200
    assert response.headers["content-language"] == language
    assert f'<html lang="{language}">' in response.text
    assert ("set-cookie" in response.headers) == (path == "/?lang=en")


class Links(HTMLParser):
    """Collects what a page loads, and the addresses of its links and forms."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.scripts = 0
        self.styles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.scripts += tag == "script" or any(name.startswith("on") for name in values)
        self.styles += tag == "style" or "style" in values
        target = values.get("src") or values.get("href") or values.get("action")
        if target:
            loads = tag in ("img", "script") or (tag == "link" and values.get("rel") != "alternate")
            (self.loaded if loads else self.linked).append(target)


@pytest.mark.parametrize("language", ["th", "en"])
def test_page_is_complete_and_asks_nothing_outside(client: httpx.Client, address: str, language: str) -> None:
    response = client.get(f"/?lang={language}")
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in policy
    links = Links()
    links.feed(response.text)
    assert (links.scripts, links.styles) == (0, 0)
    assert links.loaded
    for target in [*links.loaded, *links.linked]:
        assert not re.match(r"https?:|//", target)
        if not target.startswith("#"):
            status = client.get(f"/{target}" if target != "sparql" else "/sparql").status_code
            assert status == 200, target
    assert f"{address}/sparql" in response.text
    assert "question=fares#ask" in response.text
    assert {"th": "ค่าโดยสาร", "en": "Fares"}[language] in response.text
    assert '<td class="number">14</td>' in response.text


def test_page_fills_in_the_chosen_query(client: httpx.Client) -> None:
    assert "CONSTRUCT { ?pier rdfs:label ?name }" in client.get("/?question=names").text
    assert "ORDER BY DESC(?fare)" in client.get("/?question=none").text


def test_page_does_not_echo_a_hostile_host(client: httpx.Client) -> None:
    assert "<script>" not in client.get("/", headers={"host": "<script>"}).text


def test_description_counts_what_the_store_holds(client: httpx.Client, address: str) -> None:
    triples = list(parse(client.get("/sparql").content, format=RdfFormat.TURTLE))
    sd, void = "http://www.w3.org/ns/sparql-service-description#", "http://rdfs.org/ns/void#"
    named = {q.object.value for q in triples if q.predicate.value == f"{sd}name"}
    listed = client.get("/sparql", params={"query": "SELECT DISTINCT ?g { GRAPH ?g {} }", "format": "json"}).json()
    assert named == {row["g"]["value"] for row in listed["results"]["bindings"]}
    graphs = {q.object.value for q in triples if q.predicate.value in (f"{sd}graph", f"{sd}defaultGraph")}
    counts = [q for q in triples if q.predicate.value == f"{void}triples" and q.subject.value in graphs]
    sizes = sorted(int(q.object.value) for q in counts)
    assert sizes == [3, 6, 6, 14]
    endpoint = next(q.object.value for q in triples if q.predicate.value == f"{sd}endpoint")
    assert endpoint == f"{address}/sparql"


def test_many_clients_get_right_answers(address: str) -> None:
    def ask(number: int) -> str:
        query = f"SELECT ({number} AS ?n) (COUNT(*) AS ?c) {{ ?s ?p ?o }}"
        return httpx.post(f"{address}/sparql", data={"query": query, "format": "csv"}, timeout=30).text

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(64)))
    assert answers == [f"n,c\r\n{number},14\r\n" for number in range(64)]


def serve(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", "from kg.cli import main; main()", "serve", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_port_in_use(small: Content) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = serve("--port", port, "--root", str(small.root))
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (3, "")
    assert f"port {port}" in err
    assert "--port" in err
    assert len(err.splitlines()) == 1


def test_interrupt_stops_it_in_time_even_with_an_endless_query(small: Content) -> None:
    with serve("--port", "0", "--root", str(small.root)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.fullmatch(r"Serving on (http://127\.0\.0\.1:\d+/)  \(SPARQL: \1sparql\)\n", line)
        cross = " ".join(f"?s{number} ?p{number} ?o{number} ." for number in range(12))
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(
                f"{line.split()[2]}sparql", params={"query": f"SELECT (COUNT(*) AS ?n) {{ {cross} }}"}, timeout=0.5
            )
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        finally:
            process.kill()
        assert time.monotonic() - begin < 10


PROGRAMS = [
    "import kg.server.zygote, kg.server.worker, kg.server.engine",
    "import kg.cli, kg.server.running, kg.server.application, kg.server.http_protocol, kg.cli.serve",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_server_imports_no_rdflib(program: str) -> None:
    told = "import sys; print(sorted({'rdflib', 'pyshacl', 'SPARQLWrapper'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", f"{program}\n{told}"], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_workers_import_no_web_server() -> None:
    """What stands between the front and the engine is small, so that a worker is."""
    program = (
        "import kg.server.zygote, sys; print(sorted({'fastapi', 'uvicorn', 'asyncio', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
