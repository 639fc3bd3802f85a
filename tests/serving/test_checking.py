"""The check before a reload: in a process of its own, whatever becomes of it, and whatever it is."""

import asyncio
import os
import shutil
import time
from pathlib import Path

import httpx
import psutil
import pytest
from tests.serving.conftest import SMALL, served
from tests.serving.exchange import alive, until

from kg.content import Content, find_content
from kg.errors import InputError
from kg.finding import Finding
from kg.server.checking import Check, CheckFailedError, findings_of
from kg.server.reloading import check_content

PIERS = Path("data/register/piers.ttl")
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


def by_words(content: Content) -> list[Finding]:
    """A check that goes by single words in a file."""
    print("this is no finding")
    text = (content.root / PIERS).read_text("utf-8")
    if "Crash" in text:
        raise ZeroDivisionError
    if "Gone" in text:
        raise InputError("A file is gone.")
    if "Ended" in text:
        os._exit(3)
    found = []
    for word, severity in {"Bad": "violation", "Odd": "warning", "New": "info"}.items():
        if word in text:
            message = f"คำว่า “{word}”", f'The word "{word}"'
            found.append(Finding(content.root / PIERS, 1, 2, severity, "words", *message, "", "Mend it."))  # type: ignore[arg-type]
    return found


def endless(content: Content) -> list[Finding]:
    """A check that does not end."""
    time.sleep(1000)
    return []


@pytest.fixture
def tree(tmp_path: Path) -> Content:
    """A copy of the small tree."""
    shutil.copytree(SMALL, tmp_path / "tree")
    return find_content(tmp_path / "tree")


def write(tree: Content, name: str) -> None:
    """Give the north pier another English name."""
    path = tree.root / PIERS
    path.write_text((SMALL / PIERS).read_text("utf-8").replace("North pier", name), "utf-8")


def test_findings_come_as_they_are(tree: Content, capfd: pytest.CaptureFixture[str]) -> None:
    assert asyncio.run(findings_of(by_words, tree)) == []
    write(tree, "Bad Odd New")
    assert asyncio.run(findings_of(by_words, tree)) == by_words(tree)
    assert [finding.severity for finding in by_words(tree)] == ["violation", "warning", "info"]


@pytest.mark.parametrize(
    ("word", "error", "message"),
    [("Crash", CheckFailedError, "by_words ended with exit code 1"), ("Gone", InputError, "A file is gone."),
     ("Ended", CheckFailedError, "by_words ended with exit code 3")],
)  # fmt: skip
def test_a_check_that_comes_to_no_end(tree: Content, word: str, error: type[Exception], message: str) -> None:
    write(tree, word)
    with pytest.raises(error, match=message):
        asyncio.run(findings_of(by_words, tree))


def test_a_check_that_is_given_up_is_ended(tree: Content) -> None:
    async def give_up() -> list[psutil.Process]:
        others = set(psutil.Process().children())
        checking = asyncio.ensure_future(findings_of(endless, tree))
        while not (children := [child for child in psutil.Process().children() if child not in others]):
            await asyncio.sleep(0.01)
        checking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await checking
        found: list[psutil.Process] = children
        return found

    (process,) = asyncio.run(give_up())
    assert not alive(process)


SYNTAX: dict[str, tuple[str | None, list[int], str]] = {
    "sound": ("<http://a/a> <http://a/b> <http://a/c> .\n", [], ""),
    "not Turtle": ("<http://a/a> <http://a/b> .\n", [1], ""),
    "a stem twice": (None, [], "already that of"),
}


@pytest.mark.parametrize("name", SYNTAX)
@pytest.mark.parametrize("elsewhere", [False, True])
def test_syntax(tree: Content, name: str, elsewhere: bool) -> None:
    """Here, and in another process, it is the same."""
    text, lines, message = SYNTAX[name]
    path = tree.root / "data/sources" / ("piers.ttl" if text is None else "more.ttl")
    path.write_text(text or "", "utf-8")

    def found() -> list[Finding]:
        return asyncio.run(findings_of(check_content, tree)) if elsewhere else check_content(tree)

    if message:
        with pytest.raises(InputError, match=message):
            found()
    else:
        assert [(finding.path, finding.line, finding.rule) for finding in found()] == [
            (path, line, "syntax") for line in lines
        ]


_SERVE_CHECKED = """
import socket, sys
from pathlib import Path
from kg.content import find_content
from kg.server.running import Settings, run, start_pool
from kg.derivation import source_of
from tests.serving.test_checking import by_words
content = find_content(Path(sys.argv[1]))
listener = socket.create_server(("127.0.0.1", 0))
ready = lambda: print(f"Serving on http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
settings = Settings()
run(start_pool(source_of(content), settings), listener, content, settings, ready, by_words)
"""

# A name of the pier, whether it is served, and what is said.
SAVED: list[tuple[str, bool, list[str]]] = [
    ("Odd", True, [f'{PIERS}:1:2: warning words: The word "Odd" Remedy: Mend it.', "Serving the data of "]),
    (
        "Bad",
        False,
        [f'{PIERS}:1:2: violation words: The word "Bad"', "1 violation, 0 warnings, 0 notes; still serving"],
    ),
    ("Crash", False, ["ZeroDivisionError", "kg: The check tests.serving.test_checking:by_words ended", "Not served; "]),
    ("Gone", False, ["kg: A file is gone.\nNot served; still serving the data of "]),
    ("New", True, [f"{PIERS}:1:2: info words", "Serving the data of "]),
]


def test_what_is_served_is_what_the_check_lets_pass(tree: Content, tmp_path: Path) -> None:
    log = tmp_path / "log"
    check: Check = by_words
    assert check(tree) == []
    with served(log, "-c", _SERVE_CHECKED, str(tree.root)) as server:
        query = f"SELECT ?n {{ <http://example.org/pier/north> <{LABEL}> ?n FILTER(LANG(?n) = 'en') }}"
        name = "North pier"

        def answer() -> str:
            text: str = httpx.get(server.url, params={"query": query, "format": "csv"}, timeout=20).text
            return text.splitlines()[1]

        assert answer() == name
        for word, passes, said in SAVED:
            before = len(log.read_text("utf-8"))
            write(tree, word)

            def told(before: int = before, said: list[str] = said) -> bool:
                text = log.read_text("utf-8")[before:]
                return all(one in text for one in said)

            assert until(told, 20), log.read_text("utf-8")[before:]
            name = word if passes else name
            assert answer() == name
