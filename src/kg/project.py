"""What a repository says of itself in `[tool.kg]` of its pyproject.toml: where things are and what is asked of them.

```toml
[tool.kg]
ontology = ["ontology"]                 # files, folders or patterns, relative to the file
data = ["data"]
shapes = ["shapes"]
queries = ["queries"]
rules = ["shapes/rules"]                # further rules, one TOML file each
exceptions = "exceptions.toml"          # findings that are accepted, with reason and date
own = ["https://example.org/"]          # namespaces that this repository defines, and nobody else
undescribed = ["https://example.org/text#*"]  # names in them that no file describes
graph = "https://example.org/graph/{stem}"    # the named graph of a file; {path} stands for its path, percent-encoded
languages = ["th", "en"]                # labels must exist in these
select = ["all"]                        # rules that are asked for; a family or an id
ignore = []                             # rules that are not

[tool.kg.severity]
unused-prefix = "info"                  # other than the rule's own

[[tool.kg.scope]]                       # which shapes see what; without any: all shapes, all data
shapes = ["shapes/source/*.ttl"]
each = ["data/sources/*.ttl"]           # a run for each of these files, whose subjects are the focus nodes
with = ["ontology"]                     # what is seen beside it

[[tool.kg.scope]]
shapes = ["shapes/*.ttl"]
data = ["ontology", "data"]             # one run
focus = ["data/readings"]               # whose subjects are the focus nodes; without it: all targets
```

Without the file, or without the table, a repository is whatever Turtle it has: files that define shapes are shapes, all
others are data.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from kg.errors import InputError
from kg.finding import SEVERITIES, Severity, displayed

CONFIGURATION: Final = "pyproject.toml"

Kind = Literal["ontology", "data", "shapes"]

_PATHS: Final = ("ontology", "data", "shapes", "queries", "rules")
_LISTS: Final = ("own", "undescribed", "languages", "select", "ignore")
_TEXTS: Final = ("graph", "exceptions", "baseline", "examples")
_SCOPE: Final = ("shapes", "each", "with", "data", "focus")
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "site-packages", "build", "dist"})
_DEFAULT_GRAPH: Final = "file:///{path}"


@dataclass(frozen=True)
class Scope:
    """Which shapes see which data. Either `each` (a run a file, with `with_`) or `data` (one run, perhaps `focus`)."""

    shapes: tuple[Path, ...]
    each: tuple[Path, ...] = ()
    with_: tuple[Path, ...] = ()
    data: tuple[Path, ...] = ()
    focus: tuple[Path, ...] | None = None


@dataclass(frozen=True)
class Project:
    """A repository of Turtle files and what it asks of them."""

    root: Path
    ontology: tuple[Path, ...] = ()
    data: tuple[Path, ...] = ()
    shapes: tuple[Path, ...] = ()
    queries: tuple[Path, ...] = ()
    rules: tuple[Path, ...] = ()
    scopes: tuple[Scope, ...] = ()
    own: tuple[str, ...] = ()
    undescribed: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    graph: str = _DEFAULT_GRAPH
    exceptions: Path | None = None
    baseline: Path | None = None
    examples: Path | None = None
    select: tuple[str, ...] = ("default",)
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    configured: bool = False

    @cached_property
    def kinds(self) -> dict[Path, Kind]:
        """Each Turtle file and what it is, in the order of reading; one in two lists is the first of them."""
        kinds: dict[Path, Kind] = {}
        groups: tuple[tuple[Kind, tuple[Path, ...]], ...] = (
            ("ontology", self.ontology),
            ("shapes", self.shapes),
            ("data", self.data),
        )
        for kind, paths in groups:
            for path in paths:
                kinds.setdefault(path, kind)
        return kinds

    def graph_iri(self, path: Path) -> str:
        """Return the IRI of the named graph of a file, on which relative IRIs rest."""
        try:
            place = path.relative_to(self.root)
        except ValueError:
            place = path
        quoted = quote(place.as_posix().lstrip("/"), errors="surrogateescape")
        return self.graph.replace("{stem}", path.stem).replace("{path}", quoted)


def turtle_below(folder: Path) -> list[Path]:
    """Return the Turtle files in a folder and below, sorted; hidden ones and folders of tools are left out."""
    return sorted(
        path
        for path in folder.rglob("*.ttl")
        if path.is_file()
        and not any(part.startswith(".") or part in _SKIPPED for part in path.relative_to(folder).parts)
    )


def _found(root: Path, patterns: Iterable[str], suffix: str, where: str, lenient: bool) -> tuple[Path, ...]:
    """Return the files that names, folders and patterns stand for.

    Raises InputError when a name stands for none, unless `lenient`.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        path = root / pattern
        if path.is_dir():
            matches = sorted(file for file in path.rglob(f"*{suffix}") if file.is_file())
        elif path.is_file():
            matches = [path]
        elif any(sign in pattern for sign in "*?["):
            matches = sorted(file for file in root.glob(pattern) if file.is_file())
        elif lenient:
            matches = []
        else:
            raise InputError(f"{displayed(root / CONFIGURATION)}: {where} names {pattern}, which is not there.")
        found.update((file, None) for file in matches if not file.name.startswith("."))
    return tuple(found)


def _wrong(root: Path, sentence: str) -> InputError:
    """Return the error for a setting that cannot be used."""
    return InputError(f"{displayed(root / CONFIGURATION)}: [tool.kg] {sentence}")


def _texts(root: Path, table: Mapping[str, Any], name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return a list of text of the settings. Raises InputError when it is something else."""
    value = table.get(name, list(default))
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise _wrong(root, f"{name} must be a list of text.")
    return tuple(value)


def _scope(root: Path, table: Mapping[str, Any], lenient: bool) -> Scope:
    """Return a scope of the settings. Raises InputError when it cannot be used."""
    if unknown := sorted(set(table) - set(_SCOPE)):
        raise _wrong(root, f"scope has no {unknown[0]}; there are {', '.join(_SCOPE)}.")
    if ("each" in table) == ("data" in table):
        raise _wrong(root, "scope has either `each` or `data`.")
    files = {name: _found(root, _texts(root, table, name), ".ttl", f"scope.{name}", lenient) for name in _SCOPE}
    return Scope(
        files["shapes"], files["each"], files["with"], files["data"], files["focus"] if "focus" in table else None
    )


def _severities(root: Path, table: Any) -> dict[str, Severity]:
    """Return the severities of the settings. Raises InputError for one that does not exist."""
    found: dict[str, Severity] = {}
    if not isinstance(table, dict):
        raise _wrong(root, "severity must be a table.")
    for rule, name in table.items():
        for severity in SEVERITIES:
            if name == severity:
                found[rule] = severity
        if rule not in found:
            raise _wrong(root, f'severity.{rule} is "{name}"; there are {", ".join(SEVERITIES)}.')
    return found


def settings(root: Path) -> Mapping[str, Any] | None:
    """Return the table of the settings, or None. Raises InputError when the file is not TOML or has an unknown name."""
    try:
        text = (root / CONFIGURATION).read_text(encoding="utf-8")
        tools = tomllib.loads(text).get("tool", {})
        table = tools.get("kg") if isinstance(tools, dict) else None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{displayed(root / CONFIGURATION)}: {error}.") from error
    if table is None:
        return None
    if not isinstance(table, dict):
        raise _wrong(root, "must be a table.")
    known = {*_PATHS, *_LISTS, *_TEXTS, "scope", "severity"}
    if not isinstance(table, dict) or (unknown := sorted(set(table) - known)):
        raise _wrong(
            root, f"has no {unknown[0] if isinstance(table, dict) else 'text'}; there are {', '.join(sorted(known))}."
        )
    return table


_SHAPES: Final = (b"NodeShape", b"PropertyShape", b"PrefixDeclaration", b":declare", b"ConstraintComponent")
"""What a file that belongs to shapes names."""


def defines_shapes(path: Path) -> bool:
    """Return whether a file seems to define shapes: it has the namespace of SHACL, and names a kind of shape."""
    try:
        content = path.read_bytes() if path.is_file() else b""
    except OSError:
        return False
    return b"http://www.w3.org/ns/shacl#" in content and any(name in content for name in _SHAPES)


def project_of(data: Iterable[Path], shapes: Iterable[Path], root: Path) -> Project:
    """Return the project of some files, without settings: one scope, all shapes on all data."""
    shape_files, data_files = tuple(dict.fromkeys(shapes)), tuple(dict.fromkeys(data))
    scope = Scope(shape_files, data=data_files)
    return Project(root, data=data_files, shapes=shape_files, scopes=(scope,) if shape_files else ())


def read_project(root: Path, like: Path | None = None) -> Project:
    """Read the settings of a repository and find its files.

    `like` is another repository whose settings hold where `root` has none; what they name may then be missing.
    Raises InputError when `root` is no folder, or when the settings cannot be used.
    """
    if not root.is_dir():
        raise InputError(f"{root}: {'not a folder' if root.exists() else 'no such folder'}.")
    table, lenient = settings(root), False
    if table is None and like is not None:
        table, lenient = settings(like), True
    if table is None:
        files = turtle_below(root)
        shapes = [path for path in files if defines_shapes(path)]
        return project_of([path for path in files if path not in set(shapes)], shapes, root)

    def files_of(name: str, suffix: str) -> tuple[Path, ...]:
        return _found(root, _texts(root, table, name), suffix, name, lenient)

    def path_of(name: str) -> Path | None:
        return root / table[name] if name in table and not (lenient and not (root / table[name]).exists()) else None

    for name in _TEXTS:
        if not isinstance(table.get(name, ""), str):
            raise _wrong(root, f"{name} must be a text.")
    ontology, data, shape_files = (files_of(name, ".ttl") for name in ("ontology", "data", "shapes"))
    listed = table.get("scope", [])
    if not isinstance(listed, list) or not all(isinstance(scope, dict) for scope in listed):
        raise _wrong(root, "scope must be a list of tables, each under [[tool.kg.scope]].")
    scopes = tuple(_scope(root, scope, lenient) for scope in listed)
    if not scopes and shape_files:
        scopes = (Scope(shape_files, data=(*ontology, *data)),)
    return Project(
        root,
        ontology,
        data,
        shape_files,
        queries=files_of("queries", ".rq"),
        rules=files_of("rules", ".toml")
        or _found(like or root, _texts(root, table, "rules"), ".toml", "rules", lenient),
        scopes=tuple(scope for scope in scopes if scope.shapes),
        own=_texts(root, table, "own"),
        undescribed=_texts(root, table, "undescribed"),
        languages=_texts(root, table, "languages"),
        graph=table.get("graph", _DEFAULT_GRAPH),
        exceptions=path_of("exceptions"),
        baseline=path_of("baseline"),
        examples=path_of("examples"),
        select=_texts(root, table, "select", ("default",)),
        ignore=_texts(root, table, "ignore"),
        severity=_severities(root, table.get("severity", {})),
        configured=True,
    )


def with_files(project: Project, paths: Iterable[Path]) -> Project:
    """Return a project with further data files, each checked like those that scopes have a run for.

    A file that has the name of one of the project's takes its place.
    """
    siblings = {path for scope in project.scopes for path in scope.each}
    for path in paths:
        if path in project.kinds:
            continue
        namesakes = [known for known in project.kinds if known.name == path.name]
        if len(namesakes) == 1:
            project = _exchanged(project, namesakes[0], path)
        else:
            scopes = tuple(
                replace(scope, each=(*scope.each, path))
                if scope.each
                else replace(scope, data=(*scope.data, path))
                if siblings <= set(scope.data)
                else scope
                for scope in project.scopes
            )
            project = replace(project, data=(*project.data, path), scopes=scopes)
    return project


def _exchanged(project: Project, old: Path, new: Path) -> Project:
    """Return a project with one file in place of another, wherever that stands."""

    def exchange(paths: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(new if path == old else path for path in paths)

    return replace(
        project,
        ontology=exchange(project.ontology),
        data=exchange(project.data),
        shapes=exchange(project.shapes),
        scopes=tuple(
            Scope(
                exchange(scope.shapes),
                exchange(scope.each),
                exchange(scope.with_),
                exchange(scope.data),
                None if scope.focus is None else exchange(scope.focus),
            )
            for scope in project.scopes
        ),
    )
