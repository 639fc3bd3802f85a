"""Links in Markdown lead somewhere, and the version is the same wherever it is written.

What a finding depends on: for `link_findings`, all Markdown files of the project and the names of its files; for
`version_findings`, the files that state a version (pyproject.toml, CHANGELOG.md, CITATION.cff, the ontology, the
description of the dataset); for `setting_findings`, pyproject.toml, the rules and the names of the shapes.
"""

import difflib
import os
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from pyoxigraph import Literal, NamedNode

from kg.checks.messages import finding_of, place_text
from kg.finding import Finding
from kg.located import LocatedGraph
from kg.project import CONFIGURATION, Project
from kg.rules import Rule, built_in
from kg.turtle import Position

_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$")
_CODE: Final = re.compile(r"(`+)(?:(?!\1).)+?\1")
_TARGET: Final = r"(?P<target><[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)"
_TITLE: Final = r"""(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*"""
_LINK: Final = re.compile(rf"\]\(\s*{_TARGET}{_TITLE}\)")
_DEFINITION: Final = re.compile(rf"^ {{0,3}}\[[^\]^][^\]]*\]:[ \t]*(?P<target><[^<>\n]*>|\S+){_TITLE}$")
_ANCHOR: Final = re.compile(r"""<[A-Za-z][^>]*\b(?:id|name)\s*=\s*["']?([^"'\s>]+)""")
_NOT_IN_ANCHOR: Final = re.compile(r"[^\w\- ]")
_VERSION_HEADING: Final = re.compile(r"^##\s+\[?v?(?P<version>\d+\.\d+[^\]\s]*)")
_CITED: Final = re.compile(r"""^version:\s*["']?(?P<version>[^"'\s#]+)""")
_PROJECT_VERSION: Final = re.compile(r"""^version\s*=\s*["'](?P<version>[^"']*)""")

_OWL: Final = "http://www.w3.org/2002/07/owl#"
_DATASET_VERSION: Final = NamedNode("http://www.w3.org/ns/dcat#version")
_WITHOUT_FILE: Final = frozenset({"all", "default", "same-graph", "unreadable"})
"""Names that mean something in the settings and are no rule with a file."""

_SKIPPED: Final = frozenset({"node_modules", "site-packages", "build", "dist", "__pycache__"})


def markdown_files(root: Path) -> list[Path]:
    """Return the Markdown files in a folder and below, sorted; hidden folders and those of tools are left out."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _SKIPPED]
        found += [Path(folder, name) for name in names if name.endswith(".md") and not name.startswith(".")]
    return sorted(found)


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines of a Markdown file outside code; code within a line is blanked."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        match = _FENCE.match(line)
        if fence:
            if match and match[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
            continue
        if match:
            fence = match[1]
            continue
        yield number, _CODE.sub(lambda code: " " * len(code[0]), line)


def anchors(text: str) -> frozenset[str]:
    """Return the anchors of a Markdown file as GitHub makes them: of its headings, and those written in HTML."""
    found: set[str] = set()
    counts: dict[str, int] = {}
    prose = dict(_prose(text))
    for number, line in enumerate(text.splitlines(), 1):
        if number not in prose:
            continue
        found.update(_ANCHOR.findall(prose[number]))
        if match := _HEADING.match(line):
            slug = _slug(match[1])
            seen = counts.get(slug, 0)
            counts[slug] = seen + 1
            found.add(f"{slug}-{seen}" if seen else slug)
    return frozenset(found)


def _slug(heading: str) -> str:
    """Return the anchor of a heading: small letters, marks and digits of any script, blanks as hyphens."""
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    plain = re.sub(r"[`*]|(?<!\w)_|_(?!\w)", "", plain).lower()
    kept = (
        character
        for character in plain
        if not _NOT_IN_ANCHOR.match(character) or unicodedata.category(character) in ("Mn", "Mc")
    )
    return "".join(kept).replace(" ", "-")


def _links(text: str) -> Iterator[tuple[Position, str]]:
    """Yield the place and the target of each link, image and link definition."""
    for number, line in _prose(text):
        for match in (*_LINK.finditer(line), *_DEFINITION.finditer(line)):
            target = match["target"].strip("<>")
            if target:
                yield Position(number, match.start("target") + 1), target


def link_findings(
    root: Path, files: Iterable[Path] | None = None, rules: Mapping[str, Rule] | None = None
) -> list[Finding]:
    """Return a finding for each relative link in Markdown that leads to no file, or to no anchor of the file.

    `files` are the Markdown files below `root`; without it, all that `markdown_files` finds. Nothing is fetched: links
    to other sites are passed over.
    """
    rules = built_in() if rules is None else rules
    texts: dict[Path, str] = {}
    known: dict[Path, frozenset[str]] = {}
    for path in markdown_files(root) if files is None else files:
        texts[path] = path.read_text("utf-8", errors="replace")
    found = []
    for path, text in texts.items():
        for place, target in _links(text):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            name = unquote(parts.path)
            aim = path if not name else root / name.lstrip("/") if name.startswith("/") else path.parent / name
            values = {"target": target, "file": name or path.name, "anchor": unquote(parts.fragment)}
            if not aim.exists():
                rule = "broken-link"
            elif parts.fragment and aim.suffix.lower() == ".md":
                if aim not in known:
                    known[aim] = anchors(texts.get(aim) or aim.read_text("utf-8", errors="replace"))
                if values["anchor"].lower() in known[aim] or values["anchor"] in known[aim]:
                    continue
                rule = "missing-anchor"
            else:
                continue
            if rule in rules:
                found.append(finding_of(rules[rule], path, place, values))
    return found


@dataclass(frozen=True)
class Stated:
    """A version that a file states, and where."""

    path: Path
    position: Position
    version: str


def _in_lines(path: Path, pattern: re.Pattern[str]) -> Iterator[Stated]:
    """Yield the first version that a pattern finds in the lines of a file, if the file is there."""
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return
    for number, line in enumerate(lines, 1):
        if match := pattern.match(line):
            yield Stated(path, Position(number, match.start("version") + 1), match["version"])
            return


def _project_version(path: Path) -> Iterator[Stated]:
    """Yield the version of the table `project` of pyproject.toml, unless it is dynamic."""
    try:
        text = path.read_text("utf-8")
        version = tomllib.loads(text).get("project", {}).get("version")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("["):
            inside = line.strip() == "[project]"
        elif inside and (match := _PROJECT_VERSION.match(line)) and match["version"] == version:
            yield Stated(path, Position(number, match.start("version") + 1), match["version"])


def _ontology_versions(
    located: Sequence[LocatedGraph], project: Project
) -> Iterator[tuple[Stated, tuple[Position, str] | None]]:
    """Yield the `owl:versionInfo` of each ontology of the project, with place and IRI of its `owl:versionIRI`."""
    info, iri = NamedNode(f"{_OWL}versionInfo"), NamedNode(f"{_OWL}versionIRI")
    for graph in located:
        if project.kinds.get(graph.path) != "ontology":
            continue
        for (subject, predicate, value), place in zip(graph.triples, graph.objects, strict=True):
            if predicate != info or not isinstance(value, Literal):
                continue
            versioned = next(
                (
                    (at, node.value)
                    for (s, p, node), at in zip(graph.triples, graph.objects, strict=True)
                    if s == subject and p == iri and isinstance(node, NamedNode)
                ),
                None,
            )
            yield Stated(graph.path, place, value.value), versioned


def _dataset_version(located: Sequence[LocatedGraph], project: Project) -> Iterator[Stated]:
    """Yield the `dcat:version` of the dataset of the project, if it describes only one of its own that has any."""
    found = [
        Stated(graph.path, place, value.value)
        for graph in located
        for (subject, predicate, value), place in zip(graph.triples, graph.objects, strict=True)
        if predicate == _DATASET_VERSION
        and isinstance(value, Literal)
        and isinstance(subject, NamedNode)
        and subject.value.startswith(project.own)
        and project.own
    ]
    if len(found) == 1:
        yield found[0]


def version_findings(
    project: Project, located: Sequence[LocatedGraph] = (), rules: Mapping[str, Rule] | None = None
) -> list[Finding]:
    """Return a finding for each place that has another version than the project, and each wrong `owl:versionIRI`.

    The version of the project is the one that most places state; of two that are stated as often, that of
    pyproject.toml, else the newest in CHANGELOG.md, else that of CITATION.cff. A project without any of these files
    has none. Of ontologies that the project imports into its files with another namespace nothing is said.
    """
    rules = built_in() if rules is None else rules
    root = project.root
    stated = [
        *_project_version(root / "pyproject.toml"),
        *_in_lines(root / "CHANGELOG.md", _VERSION_HEADING),
        *_in_lines(root / "CITATION.cff", _CITED),
    ]
    ontologies = [*_ontology_versions(located, project)]
    found = []
    if stated and "version-disagrees" in rules:
        everywhere = [*stated, *(one for one, _ in ontologies), *_dataset_version(located, project)]
        count = Counter(one.version for one in everywhere)
        first = max(everywhere, key=lambda one: count[one.version])
        for other in everywhere:
            if other.version != first.version:
                values = {
                    "version": other.version,
                    "other": first.version,
                    "place": place_text(first.path, first.position),
                }
                found.append(finding_of(rules["version-disagrees"], other.path, other.position, values))
    for one, versioned in ontologies:
        if "version-iri" in rules and versioned and one.version not in versioned[1]:
            values = {"version": one.version, "iri": versioned[1]}
            found.append(finding_of(rules["version-iri"], one.path, versioned[0], values))
    return found


def setting_findings(project: Project, rules: Mapping[str, Rule], shapes: Iterable[str]) -> list[Finding]:
    """Return a finding for each name in `select`, `ignore` and `severity` that no rule, family or shape has.

    `shapes` are the local names of what the files of shapes describe: the results of a shape are called by it.
    """
    names = {*rules, *(rule.family for rule in rules.values()), *shapes, *_WITHOUT_FILE}
    found = []
    for name in dict.fromkeys([*project.select, *project.ignore, *project.severity]):
        if name not in names:
            near = difflib.get_close_matches(name, sorted(names), 1)
            values = {"name": name, "nearest": next(iter(near), "")}
            path = project.root / CONFIGURATION
            found.append(finding_of(rules["unknown-rule"], path, _line_of_setting(path, name), values))
    return found


def _line_of_setting(path: Path, name: str) -> Position | None:
    """Return where a name stands behind `[tool.kg]` of a configuration."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next((number for number, line in enumerate(lines) if line.strip().startswith("[tool.kg")), 0)
    for number, line in enumerate(lines[start:], start + 1):
        if match := re.search(rf"""(?<![\w-]){re.escape(name)}(?![\w-])""", line.partition("#")[0]):
            return Position(number, match.start() + 1)
    return None
