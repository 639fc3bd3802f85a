"""`kg serve --reload` over HTTP: what is saved and holds is served, what is broken is told, and no request is lost."""

import itertools
import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from tests.serving.conftest import SMALL, Serve, Server
from tests.serving.exchange import ENDLESS_ROWS, alive, connected, metric, request, rows, until

PIERS = "data/register/piers.ttl"
NAMES = (
    "SELECT ?name { <http://example.org/pier/north> <http://www.w3.org/2000/01/rdf-schema#label> ?name "
    "FILTER(LANG(?name) = 'en') }"
)
PATIENCE = 20
"""Seconds in which a save must have shown its effect; no test fails for being slow before."""

CATALOGUE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
<https://w3id.org/thai-smart-city/dataset/ferries> a dcat:Dataset ; dcat:version "%s" .
"""


class Tree:
    """A copy of the small tree, and the server that watches it."""

    def __init__(self, root: Path, server: Server) -> None:
        self.root = root
        self.server = server

    def write(self, name: str, text: str) -> None:
        """Save a file as most editors do: another one is put in its place."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        hidden = path.with_name(f".{path.name}.new")
        hidden.write_text(text, "utf-8")
        hidden.replace(path)

    def rename_pier(self, name: str) -> None:
        """Give the north pier another English name."""
        text = (SMALL / PIERS).read_text("utf-8")
        assert "North pier" in text
        self.write(PIERS, text.replace("North pier", name))

    def ask(self, query: str = NAMES, **headers: str) -> httpx.Response:
        """Ask for CSV."""
        params = {"query": query, "format": "csv"}
        return httpx.get(self.server.url, params=params, headers=headers, timeout=PATIENCE)

    def answers(self, text: str, query: str = NAMES) -> bool:
        """Whether a text is in the answer before long."""
        return until(lambda: text in self.ask(query).text, PATIENCE)

    def said(self) -> str:
        """What the server wrote to standard error."""
        return self.server.log.read_text("utf-8")

    def says(self, text: str, times: int = 1) -> bool:
        """Whether the server writes a text so many times before long."""
        return until(lambda: self.said().count(text) >= times, PATIENCE)


SETTINGS = """[tool.kg]
ontology = ["ontology"]
data = ["data"]
graph = "https://w3id.org/thai-smart-city/graph/{stem}"
ignore = ["format", "undeclared-foreign-term"]
"""


def _copy(root: Path) -> None:
    """Copy the small tree, with settings under which nothing is wrong with it."""
    shutil.copytree(SMALL, root, dirs_exist_ok=True)
    (root / "pyproject.toml").write_text(SETTINGS, "utf-8")


@pytest.fixture
def tree(serve: Serve, tmp_path: Path) -> Iterator[Tree]:
    """A copy of the small tree that is served and watched; nothing that goes wrong in it may be a defect."""
    root = tmp_path / "tree"
    _copy(root)
    watched = Tree(root, serve("--reload", "--no-access-log", "--timeout", "20", "--workers", "4", root=root))
    yield watched
    assert "Traceback" not in watched.said()
    assert "defect" not in watched.said()


def test_a_label_that_is_changed_is_served(tree: Tree) -> None:
    before = tree.ask()
    assert tree.ask(**{"if-none-match": before.headers["etag"]}).status_code == 304
    assert "North pier" in httpx.get(f"{tree.server.address}/sparql", params={"query": NAMES}).text
    tree.rename_pier("Upper pier")
    assert tree.answers("Upper pier")
    after = tree.ask(**{"if-none-match": before.headers["etag"]})
    assert (after.status_code, after.text) == (200, "name\r\nUpper pier\r\n")
    assert after.headers["etag"] != before.headers["etag"]
    assert after.headers["x-dataset-digest"] != before.headers["x-dataset-digest"]
    assert tree.ask(**{"if-none-match": after.headers["etag"]}).status_code == 304
    assert tree.says("Serving the data of ")


def test_everything_that_is_made_of_the_data_goes_with_them(tree: Tree) -> None:
    """Version, description, VoID, home page, health, warnings: each of the new data, from the first new answer on."""
    client = httpx.Client(base_url=tree.server.address, timeout=PATIENCE)
    unknown = "ASK { <https://w3id.org/thai-smart-city/dataset/ferries> ?p ?o }"
    places = {
        "description": ("/sparql", {"format": "nt"}, {}),
        "void": ("/.well-known/void", {"format": "nt"}, {}),
        "service page": ("/sparql", {}, {"accept": "text/html", "accept-language": "en"}),
        "home": ("/", {"lang": "en"}, {}),
        "health": ("/healthz", {}, {}),
    }

    def look() -> dict[str, tuple[str, str | None]]:
        responses = {name: client.get(path, params=params, headers=headers) for name, (path, params, headers) in
                     places.items()}  # fmt: skip
        assert {response.status_code for response in responses.values()} == {200}
        return {name: (response.text, response.headers.get("etag")) for name, response in responses.items()}

    with client:
        assert "warning" in tree.ask(unknown).headers
        assert tree.ask(unknown).headers["x-dataset-version"] == "unknown"
        before = look()
        tree.write("data/catalog.ttl", CATALOGUE % "7.1")
        assert until(lambda: tree.ask(unknown).headers["x-dataset-version"] == "7.1", PATIENCE)
        assert "warning" not in tree.ask(unknown).headers
        after = look()
        for name in places:
            assert before[name][0] != after[name][0], name
        for name in ("description", "void"):
            assert before[name][1] != after[name][1], name
        assert client.get("/.well-known/void").headers["x-dataset-version"] == "7.1"
        assert "/graph/catalog>" in after["void"][0]
        assert "7.1" in after["service page"][0]
        assert '"version":"7.1"' in after["health"][0]
        tree.write("data/catalog.ttl", CATALOGUE % "7.2")
        assert until(lambda: tree.ask("ASK {}").headers["x-dataset-version"] == "7.2", PATIENCE)
        assert "7.2" in look()["service page"][0]


def test_clients_are_told_to_ask_each_time(tree: Tree) -> None:
    """A browser would show the old data for a minute."""
    assert tree.ask().headers["cache-control"] == "public, max-age=0"
    described = httpx.get(tree.server.url, params={"format": "nt"}, timeout=PATIENCE)
    assert described.headers["cache-control"] in ("public, max-age=0", "no-store")
    page = httpx.get(tree.server.url, headers={"accept": "text/html"}, timeout=PATIENCE)
    assert page.headers["cache-control"] == "public, max-age=0"


def test_files_that_come_and_go(tree: Tree) -> None:
    query = "SELECT ?g { GRAPH ?g { <http://example.org/pier/east> ?p ?o } }"
    graphs = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
    before = tree.ask(graphs).text
    text = '<http://example.org/pier/east> <http://example.org/name> "east" .\n'
    tree.write("data/sources/east.ttl", text)
    assert tree.answers("graph/east", query)
    (tree.root / "data/sources/east.ttl").unlink()
    assert until(lambda: tree.ask(graphs).text == before, PATIENCE)
    tree.write("data/sources/new/folder/west.ttl", text)
    assert tree.answers("graph/west", query)
    shutil.rmtree(tree.root / "data/sources/new")
    assert until(lambda: tree.ask(graphs).text == before, PATIENCE)
    assert tree.ask(query).text == "g\r\n"


def test_stored_queries_are_exchanged_alone(tree: Tree) -> None:
    """The home page shows the new one; nothing is loaded anew, and answers that are known stay known."""
    first = tree.ask()
    zygote = tree.server.processes()[0]
    text = (SMALL / "queries/names.rq").read_text("utf-8")
    tree.write("queries/names.rq", text.replace("Names of piers", "What the piers are called"))
    home = f"{tree.server.address}/?lang=en"
    assert until(lambda: "What the piers are called" in httpx.get(home).text, PATIENCE)
    assert alive(zygote)
    assert tree.ask().headers["etag"] == first.headers["etag"]
    tree.write("queries/names.rq", text.replace("# title (en)", "# heading (en)"))
    assert tree.says("still serving the data of ")
    assert "queries/names.rq:1:1: unknown header" in tree.said()
    assert "What the piers are called" in httpx.get(home).text


def _two_stems(tree: Tree) -> None:
    shutil.copy(tree.root / PIERS, tree.root / "data/sources/piers.ttl")


def _unreadable(tree: Tree) -> None:
    (tree.root / PIERS).unlink()
    (tree.root / PIERS).symlink_to(tree.root / "data")
    tree.write("data/sources/other.ttl", "<http://a/a> <http://a/b> <http://a/c> , .\n")


def _no_folder(tree: Tree) -> None:
    (tree.root / "data").rename(tree.root / "elsewhere")


def _mended(tree: Tree) -> None:
    """Make the tree what it was, but for the name of a pier."""
    shutil.rmtree(tree.root / "elsewhere", ignore_errors=True)
    for name in ("data/sources/piers.ttl", "data/sources/other.ttl", PIERS):
        (tree.root / name).unlink(missing_ok=True)
    _copy(tree.root)
    tree.rename_pier("Mended pier")


# What is done to the tree, and what is said of it.
BROKEN: dict[str, tuple[Callable[[Tree], object], str]] = {
    "not Turtle": (
        lambda tree: tree.write(PIERS, "@prefix a: <http://a/> .\na:b a:c ;;\n a:d 1 .\n"),
        f"{PIERS}:2:9: violation syntax: ",
    ),
    "not UTF-8": (
        lambda tree: (tree.root / PIERS).write_bytes(b'<http://a/a> <http://a/b> "\xff" .'), f"{PIERS}:1:"
    ),
    "cut in the middle": (
        lambda tree: tree.write(PIERS, (SMALL / PIERS).read_text("utf-8")[:-20]), f"{PIERS}:"
    ),
    "two files with one stem": (_two_stems, "same-graph: The graph "),
    "a file that is a folder, and one that is not Turtle": (_unreadable, "data/sources/other.ttl:1:"),
    "no folder": (_no_folder, "no folder data/ here"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_save_is_told_and_not_served(tree: Tree, name: str) -> None:
    damage, line = BROKEN[name]
    before = tree.ask()
    damage(tree)
    assert tree.says("; still serving the data of ")
    assert any(line in one for one in tree.said().splitlines()), tree.said()
    for _ in range(5):
        again = tree.ask()
        assert (again.status_code, again.text) == (200, before.text)
        assert again.headers["etag"] == before.headers["etag"]
    assert tree.ask(f"{NAMES} # not in the cache").text == before.text
    _mended(tree)
    assert tree.answers("Mended pier")
    assert until(lambda: tree.ask().headers["etag"] != before.headers["etag"], PATIENCE)


def test_a_save_that_is_undone_says_so(tree: Tree) -> None:
    text = (SMALL / PIERS).read_text("utf-8")
    tree.ask()
    zygote = tree.server.processes()[0]
    tree.write(PIERS, f"{text} .")
    assert tree.says("still serving the data of ")
    tree.write(PIERS, text)
    assert tree.says("The files are again as they were; still serving the data of ")
    assert alive(zygote)


def test_files_that_vanish_while_they_are_read(tree: Tree) -> None:
    """Files come and go all the time; what is served is always one state of the tree, and the last one in the end."""
    path = tree.root / "data/sources/here.ttl"
    stop = threading.Event()

    def shake() -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            tree.write("data/sources/here.ttl", f'<http://a/a> <http://a/b> "{number}" .\n')
            time.sleep(0.05)
            path.unlink()

    with ThreadPoolExecutor(1) as threads:
        shaking = threads.submit(shake)
        try:
            for _ in range(60):
                assert tree.ask().text == "name\r\nNorth pier\r\n"
                time.sleep(0.1)
        finally:
            stop.set()
        shaking.result()
    tree.rename_pier("Last pier")
    assert tree.answers("Last pier")


def test_a_question_that_runs_ends_with_the_old_data(tree: Tree) -> None:
    """It has the entity tag of what it was asked of, and is not kept for those who ask of the new data.

    The worker is stopped, so that the question takes as long as it must.
    """
    assert until(lambda: len(tree.server.processes()) == 5)
    before = tree.ask()
    assert until(lambda: metric(tree.server.address, "kg_workers_busy") == 0)  # the site has asked
    workers = tree.server.processes()[1:]
    query = f"{NAMES} # slow"
    with ThreadPoolExecutor(1) as threads:
        for worker in workers:
            worker.suspend()
        running = threads.submit(tree.ask, query)
        assert until(lambda: metric(tree.server.address, "kg_workers_busy") == 1)
        time.sleep(2)
        tree.rename_pier("Upper pier")
        assert tree.answers("Upper pier")
        assert not running.done()
        (worker,) = [worker for worker in workers if alive(worker)]
        worker.resume()
        old = running.result()
    assert (old.status_code, old.text) == (200, before.text)
    assert old.headers["x-dataset-digest"] == before.headers["x-dataset-digest"]
    new = tree.ask(query)
    assert new.text == "name\r\nUpper pier\r\n"
    assert new.headers["etag"] != old.headers["etag"]
    assert tree.ask(query, **{"if-none-match": old.headers["etag"]}).status_code == 200
    assert until(lambda: not alive(worker))


def test_an_answer_that_is_being_sent_goes_on(tree: Tree) -> None:
    with connected(tree.server.address, timeout=PATIENCE) as connection:
        connection.send(request(rows(1000000, 60)))
        assert connection.socket.recv(4096).startswith(b"HTTP/1.1 200 OK")
        tree.rename_pier("Upper pier")
        assert tree.answers("Upper pier")
        received = 0
        connection.socket.shutdown(1)
        while piece := connection.socket.recv(1 << 20):
            received += len(piece)
            last = piece
    assert received > 62_000_000
    assert last.endswith(b"0\r\n\r\n")


def test_no_request_is_lost_or_refused(tree: Tree) -> None:
    """Eight clients ask all the time, of the cache and of workers, while the data are exchanged four times."""
    stop = threading.Event()
    names = [f"Pier {number}" for number in range(1, 5)]

    def ask(number: int) -> Counter[str]:
        seen: Counter[str] = Counter()
        with httpx.Client(timeout=PATIENCE) as client:
            for turn in itertools.count():
                if stop.is_set():
                    return seen
                query = NAMES if number % 2 else f"{NAMES} # {number} {turn}"
                response = client.get(tree.server.url, params={"query": query, "format": "csv"})
                assert response.status_code == 200, response.text
                tag = response.headers["etag"] if number % 2 else ""
                seen[f"{response.text.split(chr(13))[1].strip()} {response.headers['x-dataset-digest']} {tag}"] += 1
        return seen

    with ThreadPoolExecutor(8) as threads:
        asking = [threads.submit(ask, number) for number in range(8)]
        try:
            for name in names:
                tree.rename_pier(name)
                assert tree.answers(name)
        finally:
            stop.set()
        seen = sum((future.result() for future in asking), Counter())
    assert {text.partition(" sha-256")[0] for text in seen} == {"North pier", *names}
    digests = {text.split(" ")[-2] for text in seen}
    tags = {text.split(" ")[-1] for text in seen if text.split(" ")[-1]}
    assert len(digests) == len(tags) == 5, "an answer is of one state of the data, with one name"


def test_no_process_is_left(tree: Tree) -> None:
    front = psutil.Process(tree.server.process.pid)
    assert until(lambda: len(tree.server.processes()) == 5)
    everybody: dict[int, psutil.Process] = {}
    with connected(tree.server.address) as connection:
        connection.send(request(f"{ENDLESS_ROWS} # nobody reads"))
        assert connection.socket.recv(100)
        for number in range(4):
            everybody |= {process.pid: process for process in tree.server.processes()}
            tree.rename_pier(f"Pier {number}" if number != 2 else 'broken" pier')
            assert tree.answers(f"Pier {number}") if number != 2 else tree.says("still serving")
        assert until(lambda: len(tree.server.processes()) == 5 + 2, PATIENCE), "the old zygote of a reader, its worker"
    assert until(lambda: len([one for one in tree.server.processes() if alive(one)]) == 5, PATIENCE)
    now = {process.pid for process in tree.server.processes()}
    assert until(lambda: not [one for pid, one in everybody.items() if pid not in now and alive(one)])
    descriptors = front.num_fds()
    for number in range(4, 7):
        tree.rename_pier(f"Pier {number}")
        assert tree.answers(f"Pier {number}")
    assert until(lambda: front.num_fds() <= descriptors + 2, PATIENCE)
    processes = tree.server.processes()
    tree.server.process.terminate()
    tree.server.process.wait(15)
    assert until(lambda: not any(alive(process) for process in processes))


@pytest.mark.parametrize("gone", [0, 1], ids=["zygote", "worker"])
def test_a_process_that_is_killed_after_an_exchange(tree: Tree, gone: int) -> None:
    """What takes its place has the new data."""
    tree.ask()
    tree.rename_pier("Upper pier")
    assert tree.answers("Upper pier")
    assert until(lambda: len([one for one in tree.server.processes() if alive(one)]) == 5, PATIENCE)
    tree.server.processes()[gone].kill()
    assert until(lambda: tree.ask(f"{NAMES} # {time.monotonic_ns()}").text == "name\r\nUpper pier\r\n", PATIENCE)
    assert until(lambda: len([one for one in tree.server.processes() if alive(one)]) == 5, PATIENCE)


def test_a_killed_zygote_and_broken_files(serve: Serve, tmp_path: Path) -> None:
    """Nobody has the old data any more then. When the files are mended they are served, without a new start."""
    root = tmp_path / "tree"
    _copy(root)
    tree = Tree(root, serve("--workers", "4", "--timeout", "2", root=root))
    assert until(lambda: len(tree.server.processes()) == 5)
    before = tree.ask()
    tree.write(PIERS, "broken")
    tree.server.processes()[0].kill()
    assert tree.says("The data cannot be loaded again: ", 2)
    assert tree.ask().text == before.text, "from the cache"
    tree.rename_pier("Upper pier")
    assert until(lambda: tree.ask(f"{NAMES} # {time.monotonic_ns()}").text == "name\r\nUpper pier\r\n", PATIENCE)
    assert tree.ask().text == "name\r\nUpper pier\r\n"
    assert tree.ask().headers["etag"] != before.headers["etag"]


def test_another_tree_in_its_place(serve: Serve, tmp_path: Path) -> None:
    """`--root` may be a link that is set from one release to the next."""
    first, second, link = tmp_path / "first", tmp_path / "second", tmp_path / "current"
    for root in (first, second):
        _copy(root)
    piers = second / PIERS
    piers.write_text(piers.read_text("utf-8").replace("North pier", "Second pier"), "utf-8")
    link.symlink_to(first)
    tree = Tree(link, serve("--reload", root=link))
    assert tree.answers("North pier")
    (tmp_path / "next").symlink_to(second)
    os.replace(tmp_path / "next", link)  # noqa: PTH105  # as `ln -sfn` and `mv -T` do
    assert tree.answers("Second pier")
    text = piers.read_text("utf-8")
    piers.write_text(text.replace("Second pier", "Third pier"), "utf-8")
    assert tree.answers("Third pier")


def test_without_reload_nothing_is_watched(serve: Serve, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    _copy(root)
    tree = Tree(root, serve(root=root))
    assert tree.answers("North pier")
    tree.rename_pier("Upper pier")
    time.sleep(2)
    assert tree.ask(f"{NAMES} # again").text == "name\r\nNorth pier\r\n"
    descriptors = Path(f"/proc/{tree.server.process.pid}/fd")
    assert not [one for one in descriptors.iterdir() if "inotify" in str(one.readlink())]
