"""What differs between two versions, in words; and that nothing differs between two that only look different."""

import html
import json
import os
import random
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, NamedNode, Quad, RdfFormat
from tests.curating.trees import REPOSITORY, copy_content

from kg.content import Content
from kg.differences import Names, Teller, as_json, as_markdown, as_rows, as_text, compare, forms, read_version
from kg.differences.forms import markdown_escape
from kg.differences.statements import Triple, statements_of
from kg.differences.telling import shortened
from kg.errors import InputError
from kg.finding import Language
from kg.namespaces import graph_iri

Program = Callable[..., "subprocess.CompletedProcess[str]"]

PREFIXES = "\n".join(
    f"@prefix {name}: <{space}> ."
    for name, space in {
        "": "http://e.org/",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }.items()
)
VOCABULARY = """
:heldOn rdfs:label "จัดวันที่"@th , "held on"@en .
:alias skos:prefLabel "alias"@en .
:room rdfs:label "ห้อง"@th , "room"@en . :hall rdfs:label "ห้องโถง"@th , "hall"@en .
:meeting rdfs:label "การประชุม 1/2561"@th , "Meeting 1/2561"@en .
"""


def told(before: Path, after: Path, language: Language = "en") -> list[str]:
    """Return what differs as text."""
    old, new = read_version(str(before)), read_version(str(after))
    names = Names([new.triples(), old.triples()], old.prefixes | new.prefixes)
    return as_text(compare(old, new), Teller(names, language))


def written(path: Path, text: str) -> Path:
    """Write Turtle with the prefixes and the vocabulary of these tests, and return where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{PREFIXES}\n{VOCABULARY}\n{text}\n", "utf-8")
    return path


CASES = {
    "nothing": (':a :p "x" , "y" .', ':a :p "y" . :a :p "x" .', []),
    "a changed date and more": (
        ':meeting :heldOn "2018-01-31"^^xsd:date .',
        ':meeting :heldOn "2018-02-01"^^xsd:date ; :alias "a" ; :place :room .',
        ["Meeting 1/2561: held on changed from 2018-01-31 to 2018-02-01; 2 statements added (alias, :place)"],
    ),
    "one value added": (":a :p 1 .", ':a :p 1 , "x"@en .', [':a: :p "x" added']),
    "one value removed": (":a :p 1 ; :place :room .", ":a :p 1 .", [":a: :place room removed"]),
    "a resource added": ("", ":a :p 1 , 2 .", [":a: added, with 2 statements"]),
    "a resource removed": (":a :p 1 .", "", [":a: removed, with 1 statement"]),
    "a link changed": (":a :place :room .", ":a :place :hall .", [":a: :place changed from room to hall"]),
    "a text in one of two languages": (
        ':a :p "ก"@th , "old"@en .',
        ':a :p "ก"@th , "new"@en .',
        [':a: :p changed from "old" to "new"'],
    ),
    "another tag": (':a :p "x"@en .', ':a :p "x"@th .', [':a: :p changed from "x"@en to "x"@th']),
    "another data type": (":a :p 1 .", ":a :p 1.0 .", [":a: :p changed from 1 to 1.0"]),
    "the same text of another data type": (
        ':a :p "1" .',
        ':a :p "1"^^xsd:token .',
        [':a: :p changed from "1" to 1'],
    ),
    "the same words of another data type": (
        ":a :p 1 .",
        ':a :p "1"^^xsd:token .',
        [':a: :p changed from 1 to "1"^^xsd:token'],
    ),
    "a text that becomes a link": (
        ':a :place "room" .',
        ":a :place :room .",
        [':a: :place changed from "room" to room'],
    ),
    "those that are alike of several": (
        ':a :p "first thing" , "second matter" .',
        ':a :p "second matters" , "first things" .',
        [':a: :p changed from "first thing" to "first things"; :p changed from "second matter" to "second matters"'],
    ),
    "none alike of several": (
        ':a :p "one" , "two" .',
        ':a :p "xyz" , "quite" , "else" .',
        [":a: 3 statements added (:p); 2 statements removed (:p)"],
    ),
    "a new IRI": (
        ':a :p 1 , 2 ; :q "only here" . :b :to :a .',
        ':c :p 1 , 2 ; :q "only here" . :b :to :c .',
        [":c: renamed from :a"],
    ),
    "a new IRI and more": (
        ':a :p 1 , 2 ; :q "only here" .',
        ':c :p 1 , 2 , 3 ; :q "only here" .',
        [":c: renamed from :a; :p 3 added"],
    ),
    "new IRIs that hang together": (
        ':a :p 1 ; :q "only here" . :b :to :a ; :of :a , :room .',
        ':c :p 1 ; :q "only here" . :d :to :c ; :of :c , :room .',
        [":c: renamed from :a", ":d: renamed from :b"],
    ),
    "members of one list are not one": (
        ':a :in :list ; :role :member ; :n "A" . :x :in :list ; :role :member .',
        ':b :in :list ; :role :member ; :n "B" . :x :in :list ; :role :member .',
        [":a: removed, with 3 statements", ":b: added, with 3 statements"],
    ),
    "fragments of what has a new IRI": (
        ':a :p 1 ; :q "only here" ; :self <http://e.org/a#x> .',
        ':c :p 1 ; :q "only here" ; :self <http://e.org/c#x> .',
        [":c: renamed from :a"],
    ),
    "blank nodes in another order": (
        ":a :p [ :q 1 ] , [ :q 2 ; :r ( 1 2 ) ] .",
        "_:x :q 2 ; :r ( 1 2 ) . :a :p _:x , _:y . _:y :q 1 .",
        [],
    ),
    "a blank node changed": (
        ":a :p [ :q 1 ; :r 5 ] ; :s [ :q 1 ] .",
        ":a :p [ :q 2 ; :r 5 ] ; :s [ :q 1 ] .",
        [":a: :p changed from [ :q 1 ; :r 5 ] to [ :q 2 ; :r 5 ]"],
    ),
    "a list changed": (":a :p ( 1 2 ) .", ":a :p ( 1 2 3 ) .", [":a: :p changed from ( 1 2 ) to ( 1 2 3 )"]),
    "the same blank node twice": (":a :p [ :q 1 ] .", ":a :p [ :q 1 ] , [ :q 1 ] .", [":a: :p [ :q 1 ] added"]),
    "one blank node for two": (
        ":a :p [ :q 1 ] . :b :p [ :q 1 ] .",
        ":a :p _:x . :b :p _:x . _:x :q 1 .",
        [
            ":a: :p changed from [ :q 1 ] to [ … ]",
            ":b: :p changed from [ :q 1 ] to [ … ]",
            "a resource without an IRI [ … ]: added, with 1 statement",
        ],
    ),
    "a cycle": ("_:a :p _:b . _:b :p _:a .", "_:x :p _:y . _:y :p _:x .", []),
    "a longer cycle": (
        "_:a :p _:b . _:b :p _:a .",
        "_:x :p _:y . _:y :p _:z . _:z :p _:x .",
        [
            "a resource without an IRI [ … ]: added, with 3 statements",
            "a resource without an IRI [ … ]: removed, with 2 statements",
        ],
    ),
    "a resource without an IRI": (
        "[] a :Axiom ; :of 1 .",
        "[] a :Axiom ; :of 2 .",
        [
            "a resource without an IRI [ :of 1 ; rdf:type :Axiom ]: removed, with 2 statements",
            "a resource without an IRI [ :of 2 ; rdf:type :Axiom ]: added, with 2 statements",
        ],
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_what_differs(what: str, tmp_path: Path) -> None:
    before, after, expected = CASES[what]
    old, new = written(tmp_path / "old.ttl", before), written(tmp_path / "new.ttl", after)
    assert sorted(told(old, new)) == sorted(expected)
    assert bool(told(new, old)) is bool(expected)
    assert told(old, old) == told(new, new) == []


def test_words_in_thai_and_in_both(tmp_path: Path) -> None:
    old = written(tmp_path / "old.ttl", ':meeting :heldOn "2018-01-31"^^xsd:date ; :place :room .')
    new = written(tmp_path / "new.ttl", ':meeting :heldOn "2018-02-01"^^xsd:date .')
    thai = "การประชุม 1/2561: จัดวันที่ เปลี่ยนจาก 2018-01-31 เป็น 2018-02-01; ลบ :place ห้อง"
    english = "Meeting 1/2561: held on changed from 2018-01-31 to 2018-02-01; :place room removed"
    assert told(old, new, "th") == [thai]
    assert told(old, new, "both") == [f"{thai} / {english}"]


def test_a_label_that_changed_is_the_new_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old.ttl", tmp_path / "new.ttl"
    old.write_text(f'{PREFIXES}\n:a rdfs:label "old"@en .')
    new.write_text(f'{PREFIXES}\n:a rdfs:label "new"@en .')
    assert told(old, new) == ['new: rdfs:label changed from "old" to "new"']


def test_it_is_said_in_which_file(tmp_path: Path) -> None:
    for folder, value in (("old", 1), ("new", 2)):
        written(tmp_path / folder / "data" / "one.ttl", f":a :p {value} .")
        written(tmp_path / folder / "data" / "two.ttl", f":a :q {value} . :b :q 1 .")
    assert told(tmp_path / "old", tmp_path / "new") == [
        "data/one.ttl",
        "  :a: :p changed from 1 to 2",
        "data/two.ttl",
        "  :a: :q changed from 1 to 2",
    ]


def test_a_resource_in_another_file_is_no_other_resource(tmp_path: Path) -> None:
    for name, text in {"old/a": ":a :p 1 .", "old/b": "", "new/a": "", "new/b": ":a :p 1 ."}.items():
        written(tmp_path / f"{name}.ttl", text)
    assert told(tmp_path / "old", tmp_path / "new") == [
        "a.ttl",
        "  :a: :p 1 removed",
        "b.ttl",
        "  :a: :p 1 added",
    ]


def test_a_file_that_moved(tmp_path: Path) -> None:
    written(tmp_path / "old" / "one.ttl", ":a :p 1 , 2 , 3 .")
    written(tmp_path / "new" / "below" / "two.ttl", ":a :p 1 , 2 , 4 .")
    assert told(tmp_path / "old", tmp_path / "new") == [
        "one.ttl has moved to below/two.ttl",
        "below/two.ttl",
        "  :a: :p changed from 3 to 4",
    ]


NODES = [BlankNode(name) for name in "abcd"] + [NamedNode("http://e.org/x")]
PROPERTIES = [NamedNode("http://e.org/p"), NamedNode("http://e.org/q")]
TRIPLES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(PROPERTIES), st.sampled_from(NODES)), max_size=7)


def canonical(triples: list[Triple]) -> set[str]:
    """Return a graph in its canonical form."""
    dataset = Dataset(Quad(*triple) for triple in triples)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(map(str, dataset))


def relabelled(triples: list[Triple], seed: int) -> list[Triple]:
    """Return the triples in another order, with other blank nodes."""
    shuffled = list(triples)
    random.Random(seed).shuffle(shuffled)

    def other(term: object) -> object:
        return BlankNode(f"n{ord(term.value) * 7 % 11}") if isinstance(term, BlankNode) else term

    return [tuple(map(other, triple)) for triple in shuffled]  # type: ignore[misc]


@given(TRIPLES, st.integers(0, 9))
def test_the_same_graph_has_the_same_statements(triples: list[Triple], seed: int) -> None:
    assert statements_of(triples) == statements_of(relabelled(triples, seed))


@given(TRIPLES, TRIPLES)
def test_graphs_have_the_same_statements_only_if_they_are_isomorphic(one: list[Triple], other: list[Triple]) -> None:
    assert (statements_of(one) == statements_of(other)) is (canonical(one) == canonical(other))


@given(TRIPLES, st.data())
def test_a_changed_triple_is_a_difference_unless_the_graphs_are_isomorphic(
    one: list[Triple], data: st.DataObject
) -> None:
    other = relabelled(one, 1)
    if other:
        place = data.draw(st.integers(0, len(other) - 1))
        subject, predicate, _ = other[place]
        other[place] = (subject, predicate, data.draw(st.sampled_from([triple[2] for triple in other])))
    assert (statements_of(one) == statements_of(other)) is (canonical(one) == canonical(other))


def test_a_long_chain_of_blank_nodes_is_no_trouble() -> None:
    length, p = 3000, NamedNode("http://e.org/p")
    chain: list[Triple] = [(BlankNode(f"b{n}"), p, BlankNode(f"b{n + 1}")) for n in range(length)]
    assert statements_of(chain).total() == 1
    assert statements_of(chain) != statements_of(chain[1:])


def test_a_tree_and_its_dumps_do_not_differ(content: Content, tmp_path: Path) -> None:
    files = [*content.ontology_files(), *content.data_files()]
    quads = [
        Quad(quad.subject, quad.predicate, quad.object, NamedNode(graph_iri(path)))
        for path in files
        for quad in pyoxigraph.parse(
            path=str(path), format=RdfFormat.TURTLE, base_iri=graph_iri(path), rename_blank_nodes=True
        )
    ]
    tree = content.root
    for name, form in (("a.nq", RdfFormat.N_QUADS), ("a.trig", RdfFormat.TRIG)):
        pyoxigraph.serialize(quads, str(tmp_path / name), format=form)
        assert told(tree, tmp_path / name) == []
    triples = list(dict.fromkeys(quad.triple for quad in quads))
    pyoxigraph.serialize(triples, str(tmp_path / "a.nt"), format=RdfFormat.N_TRIPLES)
    pyoxigraph.serialize(triples, str(tmp_path / "a.ttl"), format=RdfFormat.TURTLE)
    assert told(tree, tmp_path / "a.nt") == told(tmp_path / "a.nq", tmp_path / "a.ttl") == []
    pyoxigraph.serialize(triples[1:], str(tmp_path / "b.nt"), format=RdfFormat.N_TRIPLES)
    assert len(told(tree, tmp_path / "b.nt")) == 1


NASTY = {
    "a border": "a | b",
    "a line end": "a\r\nb\n\nc",
    "HTML": "<script>alert(1)</script></details><!-- -->",
    "mark-up": "**b** _i_ `c` ~~d~~ [l](http://x) ![i](y) $m$ \\| &lt; :smile:",
    "a mention": "@octocat and #12 and me@example.org",
    "a heading": "# h",
    "nothing": "plain text, 1/2561 (2018): a-b",
}


@pytest.mark.parametrize("what", NASTY)
def test_markdown_shows_a_text_as_it_is(what: str) -> None:
    escaped = markdown_escape(NASTY[what])
    assert not re.search(r"[|\n\r`*_\[\]~$\\]|<(?!/?code>)|@\w|#\d(?!\d*;)", escaped)
    assert html.unescape(re.sub("</?code>", "", escaped)) == re.sub(r"\s*[\r\n]+\s*", " ", NASTY[what])
    if what == "nothing":
        assert escaped == NASTY[what]


def as_comment(before: Path, after: Path) -> str:
    """Return what differs as Markdown."""
    old, new = read_version(str(before)), read_version(str(after))
    names = Names([new.triples(), old.triples()], new.prefixes)
    return as_markdown(compare(old, new), Teller(names, "en"))


def test_no_content_breaks_the_table(tmp_path: Path) -> None:
    literals = " , ".join(str(pyoxigraph.Literal(text)) for text in NASTY.values())
    old = written(tmp_path / "old.ttl", ':a :p 1 ; rdfs:label "a"@en .')
    new = written(
        tmp_path / "new.ttl", f":a :p {literals} ; rdfs:label {pyoxigraph.Literal(NASTY['HTML'], language='en')} ."
    )
    lines = as_comment(old, new).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert {line.count("|") for line in rows} == {4}
    assert len(rows) == 3 + 2 + len(NASTY) + 2  # of the table of resources, and of its fold
    assert sum(line.startswith("<details><summary>") for line in lines) == lines.count("</details>") == 1
    fold = next(index for index, line in enumerate(lines) if line.startswith("<details>"))
    assert lines[fold + 1] == ""


@pytest.mark.parametrize(("resources", "statements"), [(2000, 1), (30, 200)])
def test_a_comment_is_never_too_long(resources: int, statements: int, tmp_path: Path) -> None:
    old = written(tmp_path / "old.ttl", "")
    values = [f'"{index} some words"' for index in range(statements)]
    text = "\n".join(f":r{number} :p {' , '.join(values)} ; :q {number} ." for number in range(resources))
    comment = as_comment(old, written(tmp_path / "new.ttl", text))
    assert forms.MARKDOWN_LIMIT * 0.8 < len(comment) <= forms.MARKDOWN_LIMIT
    assert re.search(r"\d+ (more )?resources are not shown here", comment)
    assert comment.count("<details>") == comment.count("</details>")


def test_rows_and_json(tmp_path: Path) -> None:
    old = written(tmp_path / "old.ttl", ':meeting :place :room , [ :q 1 ] . :a :p 1 , 2 ; :q "only here" .')
    new = written(tmp_path / "new.ttl", ':meeting :place :hall , [ :q 2 ] . :c :p 1 , 2 ; :q "only here" .')
    versions = read_version(str(old)), read_version(str(new))
    differences = compare(*versions)
    teller = Teller(Names([version.triples() for version in versions], versions[1].prefixes), "en")
    columns, rows = as_rows(differences, teller)
    assert columns == ["file", "resource", "property", "before", "after"]
    assert rows == [
        ("", ":c", "", ":a", ":c"),
        ("", "Meeting 1/2561", ":place", "[ :q 1 ]", "[ :q 2 ]"),
        ("", "Meeting 1/2561", ":place", "room", "hall"),
    ]
    document = json.loads(json.dumps(as_json(differences, teller)))
    assert document["version"] == 1
    assert document["summary"] == {
        "added": 0,
        "removed": 0,
        "renamed": 1,
        "changed": 1,
        "statements_added": 2,
        "statements_removed": 2,
    }
    renamed, changed = document["resources"]
    assert (renamed["kind"], renamed["resource"], renamed["was"]) == ("renamed", "http://e.org/c", "http://e.org/a")
    assert renamed["files"] == [{"file": "", "changes": []}]
    assert changed["names"] == {"th": "การประชุม 1/2561", "en": "Meeting 1/2561"}
    blank, link = changed["files"][0]["changes"]
    assert (link["before"], link["after"]) == ("<http://e.org/room>", "<http://e.org/hall>")
    assert blank["after"]["statements"] == [
        {"property": "http://e.org/q", "value": '"2"^^<http://www.w3.org/2001/XMLSchema#integer>'}
    ]


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("short", 0, "short"),
        ("a\nb", 0, "a ⏎ b"),
        ("x" * 200, 0, "x" * 80 + "…"),
        ("x" * 100 + "y" + "x" * 100, 100, "…" + "x" * 26 + "y" + "x" * 53 + "…"),
        ("x" * 200, 199, "…" + "x" * 80),
    ],
)
def test_long_values_are_shortened_around_what_differs(text: str, place: int, expected: str) -> None:
    assert shortened(text, place) == expected


def test_a_thai_letter_keeps_its_marks() -> None:
    shown = shortened("ที่" * 60, 90)
    assert shown.startswith("…ที่")
    assert shown.endswith("ที่…")


UNREADABLE = {
    "nothing there": ("missing", None, "no such file or folder; a revision is written git:REV or REV: with a colon."),
    "no Turtle": ("a.ttl", "x", "a.ttl:1:1: "),
    "no N-Triples": ("a.nt", "<a> .", "a.nt:1:"),
    "another suffix": ("a.rdf", "x", "a.rdf: the suffix must be one of .ttl, .nt, .nq, .trig."),
    "RDF 1.2": ("a.nt", "<a:a> <a:b> <<( <a:a> <a:b> <a:c> )>> .", "triple terms of RDF 1.2"),
    "an anonymous graph": ("a.nq", "<a:a> <a:b> <a:c> _:g .", "a graph is named by a blank node"),
    "an empty folder": ("folder/", None, "no Turtle files here"),
    "no repository": ("HEAD:", None, "HEAD:: "),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_told(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, text, sentence = UNREADABLE[what]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    if name.endswith("/"):
        (tmp_path / name).mkdir()
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=re.escape(sentence)):
        read_version(name)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with two revisions of a small tree, and a change that is not committed."""
    root = tmp_path / "repository"
    path = written(root / "data" / "a.ttl", ":a :p 1 .")
    (root / "ontology").mkdir()
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    commands = [["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"], ["tag", "v1"]]
    for command in commands:
        subprocess.run([*git, *command], cwd=root, check=True, env=environment)
    written(path, ":a :p 2 .")
    subprocess.run([*git, "commit", "-qam", "two"], cwd=root, check=True, env=environment)
    written(path, ":a :p 3 .")
    return root


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["git:v1", "HEAD:"], "data/a.ttl\n  :a: :p changed from 1 to 2\n"),
        (["HEAD~1:", "."], "data/a.ttl\n  :a: :p changed from 1 to 3\n"),
        (["git:HEAD", "--root", "."], "data/a.ttl\n  :a: :p changed from 2 to 3\n"),
        (["v1:data", "HEAD:data"], "a.ttl\n  :a: :p changed from 1 to 2\n"),
        (["v1:data/a.ttl", "data/a.ttl"], ":a: :p changed from 1 to 3\n"),
        (["HEAD:", "git:HEAD"], ""),
    ],
)
def test_revisions(arguments: list[str], expected: str, repository: Path, kg: Program) -> None:
    index = (repository / ".git" / "index").read_bytes()
    run = kg("diff", *arguments, cwd=repository)
    assert (run.returncode, run.stdout) == (0, expected), run.stderr
    assert (repository / ".git" / "index").read_bytes() == index


def test_a_revision_is_of_the_whole_repository_wherever_we_are(repository: Path, kg: Program) -> None:
    run = kg("diff", "v1:", "HEAD:", cwd=repository / "data")
    assert run.stdout == "data/a.ttl\n  :a: :p changed from 1 to 2\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["git:none", "."], "kg: git:none: the repository has no revision none.\n"),
        (["--", "git:--output=x", "."], "has no revision --output=x"),
        (["HEAD:nowhere", "."], "kg: HEAD:nowhere: "),
        ([".", "nowhere.ttl"], "kg: nowhere.ttl: no such file or folder"),
    ],
)
def test_what_the_command_cannot_read(arguments: list[str], sentence: str, repository: Path, kg: Program) -> None:
    run = kg("diff", *arguments, cwd=repository)
    assert (run.returncode, run.stdout, sentence in run.stderr) == (3, "", True), run.stderr


def test_a_broken_file_of_a_revision_is_named(repository: Path, kg: Program) -> None:
    (repository / "data" / "a.ttl").write_text("x")
    run = kg("diff", "HEAD:", ".", cwd=repository)
    assert (run.returncode, run.stderr.split(" ")[1]) == (3, "data/a.ttl:1:1:")


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--exit-code"], 1)])
@pytest.mark.parametrize("form", ["text", "table", "markdown", "json"])
def test_exit_codes_and_forms(form: str, arguments: list[str], code: int, repository: Path, kg: Program) -> None:
    run = kg("diff", "v1:", "HEAD:", "--format", form, *arguments, cwd=repository)
    assert run.returncode == code
    assert run.stdout
    same = kg("diff", "v1:", "v1:", "--format", form, *arguments, cwd=repository)
    assert same.returncode == 0
    assert ("Nothing differs." in same.stdout + same.stderr) is (form != "json")


def test_the_output_is_always_the_same(tmp_path: Path, kg: Program) -> None:
    old, new = copy_content(tmp_path / "old"), copy_content(tmp_path / "new")
    for path in sorted((new / "data").rglob("*.ttl")):
        text = path.read_text("utf-8")
        path.write_text(text.replace('"2019-05-15"', '"2019-05-16"').replace("person:chir", "person:jir"), "utf-8")
    outputs = Counter(
        kg("diff", old, new, "--format", "json", env={"PYTHONHASHSEED": seed}).stdout for seed in ("0", "1")
    )
    (output,) = outputs
    assert json.loads(output)["summary"]["renamed"] == 1


def test_a_document_with_a_new_name_is_no_new_document(tmp_path: Path) -> None:
    old, new = copy_content(tmp_path / "old"), copy_content(tmp_path / "new")
    slug = "songkhla-pr-2019-05-15-working-group"
    for path in sorted((new / "data").rglob("*.ttl")):
        path.write_text(path.read_text("utf-8").replace(slug, "songkhla-2562"), "utf-8")
    path = new / "data" / "sources" / f"{slug}.ttl"
    path.rename(path.with_stem("songkhla-2562"))
    differences = compare(read_version(str(old)), read_version(str(new)))
    assert differences.moved == ((f"data/sources/{slug}.ttl", "data/sources/songkhla-2562.ttl"),)
    assert {one.kind for one in differences.resources} == {"renamed"}
    assert len(differences.resources) == 3  # the graph, the document, its text
    assert differences.statements() == (0, 0)


def test_names_come_from_the_tree_when_the_files_have_none(tmp_path: Path, kg: Program) -> None:
    source = next((REPOSITORY / "data" / "sources").glob("songkhla-*.ttl"))
    changed = tmp_path / "changed.ttl"
    changed.write_text(source.read_text("utf-8").replace('"2019-05-15"^^xsd:date', '"2019-05-16"^^xsd:date'), "utf-8")
    run = kg("diff", source, changed, "--language", "en")
    assert "Songkhla working group meeting (2019): not later than changed from 2019-05-15 to 2019-05-16" in run.stdout
