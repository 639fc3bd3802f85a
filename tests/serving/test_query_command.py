"""`kg query`: stored queries, files and standard input, here and at the running server, in all formats."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from kg.content import Content

if TYPE_CHECKING:
    import subprocess

KgBytes = Callable[..., "subprocess.CompletedProcess[bytes]"]

FARES_CSV = "pier,name,fare\r\nhttp://example.org/pier/south,ท่าใต้,12\r\nhttp://example.org/pier/north,ท่าเหนือ,2.5\r\n"
FORMATS = [
    ("fares", None, FARES_CSV),
    ("fares", "csv", FARES_CSV),
    ("fares", "tsv", '?pier\t?name\t?fare\n<http://example.org/pier/south>\t"ท่าใต้"@th\t12\n'),
    ("fares", "json", '{"head":{"vars":["pier","name","fare"]}'),
    ("fares", "xml", '<?xml version="1.0"?><sparql'),
    ("fares", "table", "ท่าเหนือ"),
    ("names", None, "pier:north rdfs:label"),
    ("names", "table", "pier:north rdfs:label"),
    ("names", "ttl", "@prefix pier: <http://example.org/pier/> ."),
    ("names", "nt", '<http://example.org/pier/north> <http://www.w3.org/2000/01/rdf-schema#label> "ท่าเหนือ"@th .'),
    ("names", "rdfxml", "<rdfs:label xml:lang"),
    ("names", "jsonld", '"@value":"ท่าเหนือ"'),
]


@pytest.mark.parametrize("there", [False, True], ids=["here", "there"])
@pytest.mark.parametrize(("name", "form", "part"), FORMATS)
def test_format(
    kg_bytes: KgBytes, small: Content, address: str, name: str, form: str | None, part: str, there: bool
) -> None:
    arguments = ["query", name, "--root", str(small.root)]
    arguments += ["--format", form] if form else []
    arguments += ["--endpoint", f"{address}/sparql"] if there else []
    done = kg_bytes(*arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    assert part in done.stdout.decode("utf-8")
    if form in (None, "csv") and name == "fares":
        assert done.stdout.decode("utf-8") == part


def test_standard_input_and_file(kg_bytes: KgBytes, small: Content, tmp_path: Path) -> None:
    root = str(small.root)
    assert kg_bytes("query", "-", "--root", root, stdin="ASK { ?s ?p 'ท่าใต้'@th }".encode()).stdout == b"true\n"
    path = tmp_path / "mine.rq"
    path.write_text("ASK { ?s ?p 'none' }")
    assert kg_bytes("query", str(path), "--root", root, "--format", "table").stdout == b"false\n"


def test_list(kg_bytes: KgBytes, small: Content) -> None:
    done = kg_bytes("query", "--list", "--root", str(small.root))
    assert done.stdout.decode("utf-8") == "fares\tFares\tค่าโดยสาร\nnames\tNames of piers\tชื่อท่าเรือ\n"


# Arguments, exit code, and what stderr says.
ERRORS = [
    (["fare"], 3, "fare: no stored query of this name and no file. Did you mean fares?"),
    (["missing.rq"], 3, "missing.rq: No such file"),
    (["./"], 3, "Is a directory"),
    ([], 2, "name a stored query"),
    (["fares", "--format", "pdf"], 2, "choose one of table, csv"),
    (["fares", "--format", "ttl"], 4, "cannot be had as ttl"),
    (["names", "--format", "csv"], 4, "cannot be had as csv"),
    (["fares", "--endpoint", "file:///etc/passwd"], 4, "begins with http:// or https://"),
    (
        ["fares", "--endpoint", "http://127.0.0.1:9/sparql"],
        4,
        "cannot be reached: Connection refused; is it the address",
    ),
]


@pytest.mark.parametrize(("arguments", "code", "message"), ERRORS, ids=[" ".join(row[0]) or "none" for row in ERRORS])
def test_error(kg_bytes: KgBytes, small: Content, arguments: list[str], code: int, message: str) -> None:
    done = kg_bytes("query", *arguments, "--root", str(small.root))
    assert (done.returncode, done.stdout) == (code, b"")
    assert message in " ".join(done.stderr.decode("utf-8").replace("│", " ").split())
    assert b"Traceback" not in done.stderr


def test_standard_input_that_is_not_utf_8(kg_bytes: KgBytes, small: Content) -> None:
    done = kg_bytes("query", "-", "--root", str(small.root), stdin=b"ASK { ?s ?p '\xa1' }")
    assert (done.returncode, done.stderr) == (3, b"kg: Standard input: byte 14 is not UTF-8.\n")


@pytest.mark.parametrize("there", [False, True], ids=["here", "there"])
def test_bad_query_says_where(kg_bytes: KgBytes, small: Content, address: str, there: bool) -> None:
    arguments = ["query", "-", "--root", str(small.root), *(["--endpoint", f"{address}/sparql"] if there else [])]
    done = kg_bytes(*arguments, stdin=b"SELECT * { ?s ferry:fare ?o }")
    assert (done.returncode, done.stdout) == (4, b"")
    assert "Line 1, column 15: The prefix ferry: is not declared." in done.stderr.decode()
    assert "PREFIX ferry: <http://example.org/ferry#>\n" in done.stderr.decode()


def test_refusal_of_the_endpoint_is_told(kg_bytes: KgBytes, small: Content, address: str) -> None:
    assert httpx.get(f"{address}/nothing").status_code == 404
    done = kg_bytes("query", "fares", "--root", str(small.root), "--endpoint", f"{address}/nothing")
    assert done.returncode == 4
    assert b"There is nothing at this address." in done.stderr


def test_remote_timeout_is_told(kg_bytes: KgBytes, small: Content) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        done = kg_bytes("query", "fares", "--root", str(small.root), "--endpoint", url, "--timeout", "1")
    assert done.returncode == 4
    assert b"no answer within 1 seconds" in done.stderr


def test_search_keys_are_there_as_at_the_endpoint(kg_bytes: KgBytes) -> None:
    query = 'SELECT ?x { ?x <https://w3id.org/thai-smart-city/ontology#searchKey> "th50" }'
    done = kg_bytes("query", "-", "--format", "csv", stdin=query.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"x\r\nhttps://w3id.org/thai-smart-city/id/division/TH-50\r\n"
