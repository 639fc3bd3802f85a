"""Formatting: the one form, every comment and every triple kept, or a sentence and the file as it was."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import CanonicalizationAlgorithm, RdfFormat

from kg import formatting
from kg.content import Content
from kg.errors import KnowledgeGraphError
from kg.formatting import FormattingError, check_format, format_turtle
from kg.turtle import TurtleSyntaxError

Program = Callable[..., "subprocess.CompletedProcess[str]"]

PREFIX = "@prefix e: <http://e.org/> .\n"
HERE = Path("x.ttl")

FORMATTED = {
    "statements": (f"{PREFIX}e:a   e:b e:c;e:d e:e,e:f.", f"{PREFIX}\ne:a e:b e:c ;\n    e:d e:e , e:f .\n"),
    "line ends of Windows": (f"{PREFIX}\ne:a a e:b .\n".replace("\n", "\r\n"), f"{PREFIX}\ne:a a e:b .\n"),
    "a comment at the head": (f"# head\n{PREFIX}\ne:a a e:b .\n", f"# head\n{PREFIX}\ne:a a e:b .\n"),
    "a rule of signs": (f"###\n### Head ###\n{PREFIX}\n####\ne:a a e:b .\n",) * 2,
    "a sign without a space": (f"{PREFIX}\n#x\ne:a a e:b . #y\n", f"{PREFIX}\n# x\ne:a a e:b . # y\n"),
    "comments at line ends": (f"{PREFIX}\ne:a a e:b ; # one\n    e:c 1 . # two\n\n# three\n",) * 2,
    "the same comment twice": (f"{PREFIX}\n# x\ne:a a e:b . # x\n\n# x\ne:b a e:b .\n",) * 2,
    "what only looks like a comment": (
        f'{PREFIX}\ne:a e:b "# no" , """# no\n# no""" , \'# no\' , <http://e.org/#no> , e:x\\#no . # yes\n',
        f'{PREFIX}\ne:a e:b "# no" , """# no\n# no""" , "# no" , <http://e.org/#no> , e:x\\#no . # yes\n',
    ),
    "SPARQL's way to declare": (
        "PREFIX e: <http://e.org/>\nBASE <http://b/>\n<x> a e:b .\n",
        f"{PREFIX}@base <http://b/> .\n\n<x> a e:b .\n",
    ),
    "Thai": (f'{PREFIX}e:a e:b "ก\u0e33"@th.#กำ\n', f'{PREFIX}\ne:a e:b "ก\u0e33"@th . # กำ\n'),
    "only a comment": ("# x\n", "# x\n"),
}


@pytest.mark.parametrize("what", FORMATTED)
def test_formatting(what: str) -> None:
    text, expected = FORMATTED[what]
    assert format_turtle(HERE, text.encode()).decode() == expected
    assert format_turtle(HERE, expected.encode()).decode() == expected
    finding = check_format(HERE, text.encode())
    assert (finding is None) is (text == expected)
    assert check_format(HERE, expected.encode()) is None


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (f"{PREFIX}\ne:a a e:b .", 3, 11),
        (f"{PREFIX}\ne:a a  e:b .\n", 3, 7),
        (f"{PREFIX}\ne:a a e:b .\n\n\n", 4, 1),
        (f"{PREFIX}\ne:a a e:b ; e:c 1 .\n", 3, 12),
    ],
)
def test_the_finding_is_where_the_first_difference_is(text: str, line: int, column: int) -> None:
    finding = check_format(HERE, text.encode())
    assert finding
    assert (finding.line, finding.column, finding.rule, finding.severity) == (line, column, "format", "violation")


REFUSED = {
    "a comment inside a statement": (f"{PREFIX}\ne:a a e:b ;\n    # about c\n    e:c 1 .\n", (4, 5)),
    "comments that would be joined": (f"{PREFIX}\ne:a a e:b , # one\n    e:c . # two\n", (3, 13)),
    "a comment in a blank node": (f"{PREFIX}\ne:a e:b [\n    # inside\n    e:c 1 ] .\n", (4, 5)),
    "a comment in a list": (f"{PREFIX}\ne:a e:b ( 1\n # inside\n 2 ) .\n", (4, 2)),
    "RDF 1.2": ("<http://a> <http://b> <<( <http://a> <http://b> <http://c> )>> .\n", (1, 1)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_be_harmed_is_refused(what: str) -> None:
    text, place = REFUSED[what]
    with pytest.raises(FormattingError, match="the file is left as it is"):
        format_turtle(HERE, text.encode())
    finding = check_format(HERE, text.encode())
    assert finding
    assert (finding.line, finding.column) == place
    assert "จึงไม่ได้แก้ไฟล์" in finding.message_th


@pytest.mark.parametrize(
    "text", ["x", "@prefix e: <http://e.org/>\n", "<a> <b> .", '<http://a> <http://b> "x', "\ufeff<http://a> a <b:c> ."]
)
def test_what_is_no_turtle_is_an_error_of_syntax(text: str) -> None:
    with pytest.raises(TurtleSyntaxError):
        format_turtle(HERE, text.encode())
    with pytest.raises(TurtleSyntaxError):
        check_format(HERE, text.encode("utf-16"))


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda text: text.replace("e:c 1", "e:c 2"), "would change the triples"),
        (lambda text: text.replace("e:a a e:b ;", "e:a"), "would change the triples"),
        (lambda text: text + "x", "would change the triples"),
        (lambda text: text.replace("# two", ""), "part this comment"),
        (lambda text: text.replace("# two", "# tow"), "part this comment"),
    ],
)
def test_a_formatter_that_errs_is_noticed(
    made: Callable[[str], str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{PREFIX}\ne:a a e:b ; # one\n    e:c 1 . # two\n"
    monkeypatch.setattr(formatting, "_run", lambda path, given: made(given))
    with pytest.raises(FormattingError, match=sentence):
        format_turtle(HERE, text.encode())


def test_a_missing_formatter_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    formatting._program.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    with pytest.raises(KnowledgeGraphError, match="install the package turtlefmt"):
        format_turtle(HERE, b"<http://a> <http://b> <http://c> .")
    formatting._program.cache_clear()


def canonical(content: bytes) -> set[str]:
    """Return the triples of Turtle, blank nodes by their canonical labels."""
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(content, format=RdfFormat.TURTLE, base_iri="http://b/"))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(map(str, dataset))


def test_the_content_is_formatted(content: Content) -> None:
    files = content.turtle_files()
    assert [path.name for path in files if check_format(path, path.read_bytes())] == []
    assert len(files) > 20


def test_the_content_survives_being_torn_up(content: Content) -> None:
    for path in content.shape_files("file"):
        formatted = path.read_bytes()
        torn = formatted.replace(b" ;\n    ", b";\n\n  ").replace(b" , ", b",\n\t")
        assert torn != formatted
        again = format_turtle(path, torn)
        assert again == formatted
        assert canonical(again) == canonical(torn)


WORDS = st.text(st.sampled_from("#ก \"'\\<>a.;,"), max_size=6)


@given(st.lists(st.tuples(WORDS, WORDS, st.booleans()), min_size=1, max_size=4))
def test_no_comment_and_no_triple_is_lost(parts: list[tuple[str, str, bool]]) -> None:
    lines = [PREFIX, "e:s e:p 0 "]
    for text, comment, alone in parts:
        literal = pyoxigraph.Literal(text)
        lines.append(f"\n#{comment}\n; e:p {literal}" if alone else f"; e:p {literal} #{comment}\n")
    content = f"{''.join(lines)}\n.\n".encode()
    try:
        formatted = format_turtle(HERE, content)
    except FormattingError:
        return
    assert canonical(formatted) == canonical(content)
    assert format_turtle(HERE, formatted) == formatted
    for _, comment, _ in parts:
        assert comment.strip() in formatted.decode()


def test_the_command(tmp_path: Path, kg: Program) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / ".hidden").mkdir()
    messy, tidy = f"{PREFIX}e:a   a e:b.", f"{PREFIX}\ne:a a e:b .\n"
    files = {name: tmp_path / name for name in ("messy.ttl", "below/messy.ttl", "tidy.ttl", ".hidden/messy.ttl")}
    for name, path in files.items():
        path.write_text(tidy if "tidy" in name else messy)
    files["messy.ttl"].chmod(0o640)
    check = kg("fmt", ".", "--check", cwd=tmp_path)
    assert check.returncode == 1
    assert [line.split(": ")[0] for line in check.stdout.splitlines()] == ["below/messy.ttl:2:1", "messy.ttl:2:1"]
    diff = kg("fmt", "messy.ttl", "--diff", cwd=tmp_path)
    assert (diff.returncode, "+e:a a e:b ." in diff.stdout, "-e:a   a e:b." in diff.stdout) == (0, True, True)
    assert files["messy.ttl"].read_text() == messy
    assert kg("fmt", "messy.ttl", "--diff", "--check", cwd=tmp_path).returncode == 1
    before = files["tidy.ttl"].stat()
    done = kg("fmt", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "3 files, 2 formatted, 0 refused.\n")
    assert {name: path.read_text() for name, path in files.items()} == {
        name: messy if "hidden" in name else tidy for name in files
    }
    assert files["messy.ttl"].stat().st_mode & 0o777 == 0o640
    assert files["tidy.ttl"].stat() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "below", "messy.ttl", "tidy.ttl"]
    assert kg("fmt", ".", "--check", cwd=tmp_path).returncode == 0


def test_a_symbolic_link_stays_one(tmp_path: Path, kg: Program) -> None:
    target, link = tmp_path / "a.ttl", tmp_path / "link.ttl"
    target.write_text(f"{PREFIX}e:a   a e:b.")
    link.symlink_to(target)
    assert kg("fmt", link).returncode == 0
    assert link.is_symlink()
    assert target.read_text() == f"{PREFIX}\ne:a a e:b .\n"


@pytest.mark.parametrize(
    ("name", "text", "code", "line"),
    [
        ("a.ttl", "x\n", 3, "a.ttl:1:1: violation syntax: "),
        ("a.ttl", REFUSED["a comment inside a statement"][0], 1, "a.ttl:4:5: violation format: "),
        ("a.ttl", f"{PREFIX}\ne:a a e:b .\n", 0, ""),
        ("b.ttl", "", 3, ""),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_exit_codes(name: str, text: str, code: int, line: str, check: bool, tmp_path: Path, kg: Program) -> None:
    path = tmp_path / name
    if text:
        path.write_text(text)
    run = kg("fmt", name, *(["--check"] if check else []), cwd=tmp_path)
    assert (run.returncode, run.stdout[: len(line)]) == (code, line), run.stderr
    assert bool(run.stdout) is bool(line)
    assert not text or path.read_text() == text


def test_without_paths_the_whole_tree_is_meant(tree: Path, kg: Program) -> None:
    path = tree / "shapes" / "union" / "meetings.ttl"
    path.write_bytes(path.read_bytes() + b"\n\n")
    run = kg("fmt", "--check", "--root", ".", cwd=tree)
    assert "shapes/union/meetings.ttl:" in run.stdout
    assert run.returncode == 1
