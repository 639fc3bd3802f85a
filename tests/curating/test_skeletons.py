"""Templates: what they make has findings where its gaps are and nowhere else, and none when the gaps are filled."""

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pyoxigraph
import pytest
from tests.curating.trees import CASES, FILLED, REPOSITORY, copy_content, filled, skeleton

from kg.content import Content, find_content
from kg.errors import InputError
from kg.formatting import check_format
from kg.skeletons import GAP, appended, gaps, read_template, render, templates

Program = Callable[..., "subprocess.CompletedProcess[str]"]

NEW_FILES = sorted({case["output"] for case in CASES})


@pytest.fixture(scope="module")
def content() -> Content:
    return find_content(REPOSITORY)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_content(tmp_path)


def findings(root: Path, kg: Program) -> dict[str, set[int]]:
    """Return the lines of violations by file, and in the new files those of warnings."""
    run = kg("validate", "--root", ".", "--format", "json", cwd=root)
    assert run.returncode in {0, 1}, run.stderr
    found = defaultdict(set)
    for line in run.stdout.splitlines():
        finding = json.loads(line)
        if finding["severity"] == "violation" or (finding["severity"] == "warning" and finding["path"] in NEW_FILES):
            found[finding["path"]].add(finding["line"])
    return dict(found)


def test_every_template_and_every_argument_has_a_case(content: Content) -> None:
    arguments = {(name, one.name) for name, template in templates(content).items() for one in template.arguments}
    assert {(case["template"], name) for case in CASES for name in case["arguments"]} == arguments
    assert {case["template"] for case in FILLED} == set(templates(content))


def test_the_findings_are_at_the_gaps_and_nowhere_else(begun: Path, kg: Program) -> None:
    expected = {name: set(gaps((begun / name).read_text("utf-8"))) for name in NEW_FILES}
    assert all(expected.values())
    told = findings(begun, kg)
    assert told.keys() == expected.keys()
    for name, lines in told.items():  # a gap may be told only when another of the same thing is filled
        assert lines <= expected[name], name
        assert len(lines) >= len(expected[name]) / 2, name


def test_there_are_no_findings_when_the_gaps_are_filled(finished: Path, kg: Program) -> None:
    assert findings(finished, kg) == {}


@pytest.mark.parametrize("case", FILLED, ids=lambda case: case["template"])
def test_only_the_gaps_were_filled(case: dict[str, str], begun: Path) -> None:
    text = (begun / case["output"]).read_text("utf-8")
    body = [line for line in filled(case).splitlines() if line and not line.startswith(("@prefix", "@base"))]
    start = text.splitlines().index(body[0])
    made = [line for line in text.splitlines()[start:] if line][: len(body)]
    different = [line for line, other in zip(made, body, strict=True) if line != other]
    assert different == [line for line in made if GAP.search(line)]
    assert different


@pytest.mark.parametrize("name", NEW_FILES)
def test_what_is_made_is_formatted(name: str, begun: Path) -> None:
    path = begun / name
    assert check_format(path, path.read_bytes()) is None


def test_no_prefix_is_declared_that_is_not_used(content: Content) -> None:
    for case in FILLED:
        if "source" not in case["arguments"]:
            text = skeleton(case, content)
            declared = re.findall(r"^@prefix ([\w-]+):", text, re.MULTILINE)
            body = re.sub(r"^@prefix .*\n", "", text, flags=re.MULTILINE)
            assert [prefix for prefix in declared if f"{prefix}:" not in body] == []


REFUSED = {
    "a slug with capitals": ("place", "New-Place", {}, "a slug has lower-case letters"),
    "a slug with two hyphens": ("place", "new--place", {}, "a slug has lower-case letters"),
    "a slug that would leave its folder": ("source", "../x", {"title": "ก"}, "a slug has lower-case letters"),
    "a slug in use": ("place", "room-301", {}, "id/place/room-301 is described already"),
    "a resource that is not there": (
        "place",
        "new",
        {"kind": "rom"},
        "no place-kind of this name is described. Did you",
    ),
    "a resource of another kind": ("place", "new", {"kind": "place:room-301"}, "no place-kind of this name"),
    "a choice of few": ("area", "new", {"list-kind": "x"}, "There are: complete, open."),
    "an empty text": ("place", "new", {"name": " "}, "the text must not be empty"),
    "a space at the end": ("place", "new", {"name": "ก "}, "nor begin or end with a space"),
    "no date": ("source", "new", {"issued": "5 January 2025"}, "this is no date; write it as 2018-01-31"),
    "a day that was not": ("source", "new", {"issued": "2025-02-30"}, "this is no date"),
    "no number": ("meeting", "new", {"number": "1/2018"}, "such as 1/2567"),
    "an address that would end the IRI": ("reference", "new", {"page": "https://e.org/> ; a <x"}, "--page"),
    "an argument left out": ("place", "new", {"name": None}, "kg new place needs --name"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_used_is_refused(what: str, content: Content) -> None:
    name, slug, arguments, sentence = REFUSED[what]
    plain = next(case["arguments"] for case in CASES if case["template"] == name)
    if "source" in plain:
        plain = plain | {"source": "thaigov-2018-01-31-committee-1-2561"}
    values = {key: value for key, value in (plain | arguments).items() if value is not None}
    with pytest.raises(InputError, match=re.escape(sentence)):
        render(templates(content)[name], slug, values, content)


@pytest.mark.parametrize(
    "text",
    ['a "b" c', "back\\slash", "two\nlines", "# no comment", "<iri> . ; ,", "{{ slug }}", "ก'ข", '"""', "\\u0041"],
)
def test_a_text_is_a_literal_whatever_it_holds(text: str, content: Content) -> None:
    made = render(templates(content)["place"], "new", {"name": "ก", "name-en": text, "kind": "room"}, content)
    graph = list(pyoxigraph.parse(made, format=pyoxigraph.RdfFormat.TURTLE))
    assert pyoxigraph.Literal(text, language="en") in {quad.object for quad in graph}
    assert len(graph) == 4


HEADER = (
    '{{#\ndescribes = "{kind}"\n[purpose]\nth = "ก"\nen = "x"\n[argument.name]\nth = "ก"\nen = "x"\n{more}#}}\n{body}'
)
FAULTS = {
    "no header": ("@prefix a: <http://a/> .\n", "must begin with its header"),
    "no TOML": ("{# a b #}\n", "Expected '='"),
    "no purpose": ('{#\ndescribes = "x"\n#}\n', "the header lacks purpose.th"),
    "an unknown member": ('{#\ndescribe = "x"\n#}\n', "the header has no describe"),
    "no kind of argument": (HEADER.format(kind="x", more="", body=""), "argument.name.kind must be one of text, code"),
    "a code without a pattern": (
        HEADER.format(kind="x", more='kind = "code"\n', body=""),
        "lacks argument.name.pattern",
    ),
    "a reference to nothing": (HEADER.format(kind="x", more='kind = "reference"\n', body=""), "lacks argument.name.of"),
    "a misspelt member": (HEADER.format(kind="x", more='kind = "text"\nrequird = true\n', body=""), "has no requird"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_header_that_cannot_be_used_is_told(what: str, tmp_path: Path) -> None:
    text, sentence = FAULTS[what]
    path = tmp_path / "x.ttl.jinja"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=re.escape(sentence)):
        read_template(path)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('<http://x/> a "{{ name }}" .\n', "is written without a filter"),
        ("<http://x/> a {{ nam | literal }} .\n", "'nam' is undefined"),
        ("<http://x/> a {{ name | literal }}\n", "x.ttl.jinja:2:1: Triples should be followed by a dot"),
    ],
)
def test_a_template_that_does_not_make_turtle_is_told(
    body: str, sentence: str, tmp_path: Path, content: Content
) -> None:
    path = tmp_path / "x.ttl.jinja"
    path.write_text(HEADER.format(kind="thing", more='kind = "text"\n', body=body), "utf-8")
    with pytest.raises(InputError, match=re.escape(sentence)):
        render(read_template(path), "new", {"name": 'b" , "c'}, content)


ADDITION = "@base <http://b/> .\n@prefix b: <http://b.org/> .\n@prefix d: <http://d.org/> .\n\nb:x d:y <#z> .\n"
APPENDED = {
    "prefixes are sorted in": (
        "@base <http://b/> .\n@prefix a: <http://a.org/> .\n@prefix c: <http://c.org/> .\n\na:a c:c a:a .\n",
        "@base <http://b/> .\n@prefix a: <http://a.org/> .\n@prefix b: <http://b.org/> .\n"
        "@prefix c: <http://c.org/> .\n@prefix d: <http://d.org/> .\n\na:a c:c a:a .\n\nb:x d:y <#z> .\n",
    ),
    "a last line without its end": (
        "@base <http://b/> .\n@prefix b: <http://b.org/> .\n@prefix d: <http://d.org/> .\n\nb:a d:b b:c . # end",
        "@base <http://b/> .\n@prefix b: <http://b.org/> .\n@prefix d: <http://d.org/> .\n\n"
        "b:a d:b b:c . # end\n\nb:x d:y <#z> .\n",
    ),
    "another base": ("@base <http://other/> .\n", "the file has not the base <http://b/>"),
    "no base": ("@prefix a: <http://a/> .\n", "the file has not the base <http://b/>"),
    "a prefix for something else": (
        "@base <http://b/> .\n@prefix d: <http://e.org/> .\n",
        "stands for <http://e.org/>",
    ),
    "no Turtle": ("@base <http://b/> .\nx\n", "x.ttl:2:1:"),
}


@pytest.mark.parametrize("what", APPENDED)
def test_appending(what: str) -> None:
    existing, expected = APPENDED[what]
    if expected.startswith("@base"):
        assert appended(Path("x.ttl"), existing, ADDITION) == expected
    else:
        with pytest.raises(InputError, match=re.escape(expected)):
            appended(Path("x.ttl"), existing, ADDITION)


def test_a_template_is_a_file_and_no_code(root: Path, kg: Program) -> None:
    text = HEADER.format(kind="topic", more='kind = "text"\nrequired = true\n', body='<http://x/> <http://y/> "" .\n')
    (root / "data" / "templates" / "topic.ttl.jinja").write_text(text, "utf-8")
    assert "topic" in kg("new", "--root", root, "--help").stdout
    assert "--name" in kg("new", "--root", root, "topic", "--help").stdout
    run = kg("new", "--root", root, "topic", "new", "--name", "x")
    assert (run.returncode, run.stdout) == (0, '<http://x/> <http://y/> "" .\n')


def test_the_command_writes_once(root: Path, kg: Program) -> None:
    arguments = ["new", "source", "invented-2025-01-05-news", "--title", "ข่าว", "--publisher", "depa", "--root", "."]
    run = kg(*arguments, cwd=root)
    path = root / "data" / "sources" / "invented-2025-01-05-news.ttl"
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
    assert run.stderr.startswith(f"data/sources/{path.name}: 8 gaps")
    before = path.read_bytes()
    assert len(gaps(before.decode())) == 8
    again = kg(*arguments, cwd=root)
    assert (again.returncode, again.stdout) == (3, "")
    assert "is described already" in again.stderr
    other = kg(*arguments[:2], "another-news", *arguments[3:], "--output", path, cwd=root)
    assert other.returncode == 3
    assert "not overwritten" in other.stderr
    assert path.read_bytes() == before
    assert sorted(one.name for one in path.parent.iterdir() if "invented" in one.name) == [path.name]


def test_the_command_appends(root: Path, kg: Program) -> None:
    path = root / "data" / "register" / "places.ttl"
    before = path.read_text("utf-8")
    path.chmod(0o640)
    run = kg("new", "place", "invented", "--name", "ห้อง", "--kind", "room", "--output", path, "--root", root)
    assert run.returncode == 0, run.stderr
    assert path.read_text("utf-8").startswith(before)
    assert "place:invented a tsc:Place ;" in path.read_text("utf-8").removeprefix(before)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_of_a_name_that_is_taken_is_not_made_in_the_tree(root: Path, tmp_path: Path, kg: Program) -> None:
    arguments = ["new", "place", "invented", "--name", "ห้อง", "--kind", "room", "--root", root, "--output"]
    inside = kg(*arguments, root / "data" / "register" / "catalog.ttl")
    assert (inside.returncode, "there is a file of this name already" in inside.stderr) == (3, True)
    assert kg(*arguments, tmp_path.parent / "people.ttl").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["new", "planet", "x"], 2, "No such command"),
        (["new", "place", "x"], 2, "Missing option"),
        (["new", "place", "x", "--name", "ก", "--kind", "room", "--colour", "red"], 2, "No such option"),
        (["new", "place", "X", "--name", "ก", "--kind", "room"], 3, "a slug has lower-case letters"),
        (["new", "place", "x", "--name", "ก", "--kind", "moon"], 3, "no place-kind of this name"),
        (["new", "place", "x", "--name", "ก", "--kind", "room", "--output", "no/such/folder.ttl"], 3, "No such file"),
    ],
)
def test_exit_codes(arguments: list[str], code: int, sentence: str, kg: Program) -> None:
    run = kg(*arguments)
    assert (run.returncode, sentence in run.stderr, "Traceback" in run.stderr) == (code, True, False), run.stderr
