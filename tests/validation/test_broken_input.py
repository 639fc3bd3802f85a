"""Input of any kind ends with a finding or a sentence and the right exit code, and never with a traceback.

The program runs in a process of its own with its memory bounded; a run that does not end fails by its time limit.
"""

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.cli.errors import ExitCode
from kg.project import project_of
from kg.validation import validate

PREFIX = "@prefix ex: <https://example.org/> .\n"
MEMORY = 4 << 30
SECONDS = 120

FILES: dict[str, tuple[bytes, ExitCode, str]] = {
    "binary": (bytes(range(256)) * 4, ExitCode.INPUT, "x.ttl:2:118: violation syntax: The file is not UTF-8."),
    "UTF-16": (
        'ex:a ex:b "ก" .'.encode("utf-16"),
        ExitCode.INPUT,
        "x.ttl:1:1: violation syntax: The file is not UTF-8.",
    ),
    "a byte order mark": (
        b"\xef\xbb\xbf" + PREFIX.encode(),
        ExitCode.INPUT,
        "x.ttl:1:1: violation syntax: The file begins",
    ),
    "nothing": (b"", ExitCode.CLEAN, ""),
    "only comments": ("# หมายเหตุ\n".encode(), ExitCode.CLEAN, ""),
    "NUL in a text": (
        (PREFIX + 'ex:a ex:b "a\x00b" .\n').encode(),
        ExitCode.FINDINGS,
        "x.ttl:2:13: violation character-control",
    ),
    "NUL between names": ((PREFIX + "ex:a \x00 ex:b 1 .\n").encode(), ExitCode.INPUT, "x.ttl:2:6: violation syntax"),
    "a text of 50 MB": (
        f'{PREFIX}ex:a ex:b "{"a" * 50_000_000}" .\n'.encode(),
        ExitCode.INPUT,
        "x.ttl:2:1: violation syntax",
    ),
    "garbage of 50 MB": (b"a" * 50_000_000, ExitCode.INPUT, "x.ttl:1:1: violation syntax"),
    "brackets 10,000 deep": (
        f"{PREFIX}ex:a ex:b {'[ ex:b ' * 10_000}1{' ]' * 10_000} .\n".encode(),
        ExitCode.INPUT,
        "x.ttl:2:1: violation syntax",
    ),
    "brackets that stay open": (
        f"{PREFIX}ex:a ex:b {'[' * 10_000}".encode(),
        ExitCode.INPUT,
        "x.ttl:2:12: violation syntax",
    ),
    "blank nodes that look alike": (
        (PREFIX + "".join(f"_:a{i} ex:p _:a{j} .\n" for i in range(14) for j in range(14) if i != j)).encode(),
        ExitCode.CLEAN,
        "",
    ),
    "a long chain of blank nodes": (
        (PREFIX + "".join(f"_:a{i} ex:p _:a{i + 1} .\n" for i in range(2000))).encode(),
        ExitCode.CLEAN,
        "",
    ),
    "an IRI of 5 MB": (f"{PREFIX}ex:a ex:b <https://example.org/{'a' * 5_000_000}> .\n".encode(), ExitCode.CLEAN, ""),
    "an IRI that is none": (
        f"{PREFIX}ex:a ex:b <http://[::zz]/> .\n".encode(),
        ExitCode.INPUT,
        "x.ttl:2:11: violation syntax",
    ),
    "a language tag that is none": (
        f'{PREFIX}ex:a ex:b "x"@9 .\n'.encode(),
        ExitCode.INPUT,
        "x.ttl:2:15: violation syntax",
    ),
    "RDF-star": (f"{PREFIX}<< ex:a ex:b ex:c >> ex:d ex:e .\n".encode(), ExitCode.INPUT, "x.ttl:2:"),
    "a triple term": (f"{PREFIX}ex:a ex:b <<( ex:a ex:b ex:c )>> .\n".encode(), ExitCode.INPUT, "x.ttl:2:"),
    "an N3 formula": (
        f"{PREFIX}{{ ex:a ex:b ?x }} => {{ }} .\n".encode(),
        ExitCode.INPUT,
        "x.ttl:2:1: violation syntax",
    ),
    "TriG": (f"{PREFIX}ex:g {{ ex:a ex:b ex:c }}\n".encode(), ExitCode.INPUT, "x.ttl:2:6: violation syntax"),
    "JSON": (b'{"@id": "x"}\n', ExitCode.INPUT, "x.ttl:1:1: violation syntax"),
    "HTML": (b"<!DOCTYPE html><html></html>", ExitCode.INPUT, "x.ttl:1:1: violation syntax"),
    "a conflict of git": (f"{PREFIX}<<<<<<< HEAD\nex:a ex:b 1 .\n=======\n".encode(), ExitCode.INPUT, "x.ttl:2:"),
    "a relative base": (b"@base <foo/> .\n@prefix : <bar#> .\n\n:a :b <c> .\n", ExitCode.CLEAN, ""),
    "line ends of an old Mac": (
        b'@prefix ex: <https://example.org/> .\rex:a ex:b "x"^^<http://www.w3.org/2001/XMLSchema#date> .\r',
        ExitCode.FINDINGS,
        "x.ttl:2:11: violation lexical-form",
    ),
    "a year of 100,000 digits": (
        f'{PREFIX}ex:a ex:b "{"9" * 100_000}"^^<http://www.w3.org/2001/XMLSchema#gYear> .\n'.encode(),
        ExitCode.CLEAN,
        "",
    ),
    "shapes that refer to themselves": (
        f"@prefix sh: <http://www.w3.org/ns/shacl#> .\n{PREFIX}ex:T a sh:NodeShape ; sh:node ex:T .\n".encode(),
        ExitCode.FINDINGS,
        "x.ttl:3:1: violation recursive-shape",
    ),
    "a list that contains itself": (
        f"{PREFIX}@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:or ex:l .\nex:l rdf:first ex:l ; rdf:rest ex:l .\n".encode(),
        ExitCode.FINDINGS,
        "x.ttl:4:",
    ),
}

SETTINGS: dict[str, tuple[bytes, str]] = {
    "no TOML": (b"[tool.kg\n", "Expected ']'"),
    "not UTF-8": (b"\xff\xfe", "can't decode"),
    "a text for a list": (b'[tool.kg]\ndata = "x"\n', "data must be a list of text"),
    "a number in a list": (b"[tool.kg]\ndata = [1]\n", "data must be a list of text"),
    "an unknown name": (b"[tool.kg]\nnonsense = 1\n", "has no nonsense"),
    "a folder that is not there": (b'[tool.kg]\ndata = ["nowhere"]\n', "nowhere, which is not there"),
    "a number for a scope": (b"[tool.kg]\nscope = 3\n", "scope must be a list of tables"),
    "numbers for scopes": (b"[tool.kg]\nscope = [1]\n", "scope must be a list of tables"),
    "a number for severities": (b"[tool.kg]\nseverity = 3\n", "severity must be a table"),
    "an unknown severity": (b'[tool.kg.severity]\nformat = "bad"\n', 'severity.format is "bad"'),
    "a number for a text": (b"[tool.kg]\ngraph = 3\n", "graph must be a text"),
    "a number for the table": (b"[tool]\nkg = 3\n", "must be a table"),
    "exceptions that are not there": (b'[tool.kg]\nexceptions = "none.toml"\n', "none.toml"),
    "a rule that is none": (b'[tool.kg]\nrules = ["x.ttl"]\n', "x.ttl"),
}

NAMES = ("a b", "กรุงเทพ", "a#b", "a%20b", "a\nb", "-x", "a?b", "[x]", "<x>", '"x"', "{stem}")

WRONG = '@prefix ex: <https://example.org/> .\n\nex:a ex:b "31"^^<http://www.w3.org/2001/XMLSchema#date> , <#x> .\n'


def kg(
    *arguments: str, cwd: Path, environment: dict[str, str] | None = None, **options: object
) -> "subprocess.CompletedProcess[bytes]":
    """Run the program with its memory bounded."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    command = [sys.executable, "-c", "from kg.cli import main; main()", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KG_")} | (
        environment or {}
    )
    run: Callable[..., subprocess.CompletedProcess[bytes]] = subprocess.run
    streams: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return run(command, cwd=cwd, env=environment, timeout=SECONDS, check=False, preexec_fn=bound, **streams)


def ends_with(run: "subprocess.CompletedProcess[bytes]", code: ExitCode, told: str) -> None:
    """Assert exit code, what is told on either stream, and that there is no traceback."""
    output = run.stdout.decode(errors="replace") + run.stderr.decode(errors="replace")
    assert run.returncode == code, output[:2000]
    assert told in output
    assert "Traceback" not in output


@pytest.mark.parametrize("case", FILES)
def test_a_file_of_any_content(case: str, tmp_path: Path) -> None:
    content, code, told = FILES[case]
    (tmp_path / "x.ttl").write_bytes(content)
    run = kg("validate", "x.ttl", cwd=tmp_path)
    ends_with(run, code, told)
    if code is ExitCode.CLEAN:
        assert run.stdout == b""


@pytest.mark.parametrize("case", SETTINGS)
def test_settings_of_any_content(case: str, tmp_path: Path) -> None:
    content, told = SETTINGS[case]
    (tmp_path / "pyproject.toml").write_bytes(content)
    (tmp_path / "x.ttl").write_text(PREFIX, "utf-8")
    ends_with(kg("validate", "--project", ".", cwd=tmp_path), ExitCode.INPUT, told)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / f"{name}.ttl").write_text(WRONG, "utf-8")
    for arguments in (["--project", "."], [f"data/{name}.ttl"]):
        run = kg("validate", *arguments, cwd=tmp_path)
        ends_with(run, ExitCode.FINDINGS, ".ttl:3:11: violation lexical-form")
        assert len(run.stdout.decode().splitlines()) == 1


def fifo(path: Path) -> None:
    os.mkfifo(path)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def folder(path: Path) -> None:
    path.mkdir()


def unreadable(path: Path) -> None:
    path.symlink_to("/proc/self/mem")


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (fifo, "it is no regular file"),
        (endless, "it is no regular file"),
        (unreadable, "violation unreadable"),
        (dangling, "no such file"),
        (loop, "no such file"),
        (folder, "no Turtle file"),
    ],
)
def test_what_is_no_file(make: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    make(tmp_path / "x.ttl")
    ends_with(kg("validate", "x.ttl", cwd=tmp_path), ExitCode.INPUT, told)
    if make is not unreadable:
        ends_with(kg("validate", "--project", ".", cwd=tmp_path), ExitCode.CLEAN, "0 files")


def test_a_file_that_vanishes(tmp_path: Path) -> None:
    outcome = validate(project_of([tmp_path / "x.ttl"], [], tmp_path), cached=False)
    assert [one.rule for one in outcome.findings] == ["unreadable"]
    assert outcome.broken


def test_imports_are_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    ontology = (
        "<https://example.org/{0}> a owl:Ontology ; owl:imports <https://example.org/{1}> , <http://192.0.2.1/x> .\n"
    )
    paths = []
    for one, other in (("a", "b"), ("b", "a")):
        paths.append(tmp_path / f"{one}.ttl")
        paths[-1].write_text(
            "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n\n" + ontology.format(one, other), "utf-8"
        )
    outcome = validate(project_of(paths, [], tmp_path), cached=False)
    assert not [one for one in outcome.findings if one.severity == "violation"]


def test_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"rmdir {gone}; exec {sys.executable} -c 'from kg.cli import main; main()' validate"
    run = subprocess.run(["/bin/sh", "-c", command], cwd=gone, capture_output=True, timeout=SECONDS, check=False)
    ends_with(run, ExitCode.INPUT, "kg: ")


def test_streams_that_are_closed(tmp_path: Path) -> None:
    (tmp_path / "x.ttl").write_text(WRONG, "utf-8")
    program = f"{sys.executable} -c 'from kg.cli import main; main()' validate x.ttl"
    for command in (f"{program} >&-", f"{program} 2>&-"):
        run = subprocess.run(
            ["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, timeout=SECONDS, check=False
        )
        assert (run.returncode, b"Traceback" in run.stderr) == (ExitCode.FINDINGS, False)


def test_nowhere_to_write(tmp_path: Path) -> None:
    (tmp_path / "x.ttl").write_text(WRONG, "utf-8")
    (tmp_path / ".kg_cache").write_text("in the way")
    run = kg("validate", "x.ttl", cwd=tmp_path, environment={"TMPDIR": str(tmp_path / "nowhere")})
    ends_with(run, ExitCode.FINDINGS, "violation lexical-form")


INTERRUPTED = """
import os, signal, sys

awaited, of, *sys.argv[1:] = sys.argv[1:]

def wait(event, arguments):
    if event == awaited and str(arguments[0]).endswith(of):
        os.write(1, b"waits\\n")
        signal.pause()

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.addaudithook(wait)
from kg.cli import main
main()
"""
"""The program, which waits at an event for a signal. It heeds an interrupt even as a shell's job in the background."""


@pytest.mark.parametrize(
    ("event", "of"),
    [
        pytest.param("open", "x.ttl", id="a file is read"),
        pytest.param("import", "kg.checks.hygiene", id="files are looked at together"),
    ],
)
def test_an_interrupt(tmp_path: Path, event: str, of: str) -> None:
    (tmp_path / "x.ttl").write_text(f"{PREFIX}ex:a ex:b ex:c .\n", "utf-8")
    command = [sys.executable, "-c", INTERRUPTED, event, of, "validate", "--no-cache", "x.ttl"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waits\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert b"Traceback" not in errors
