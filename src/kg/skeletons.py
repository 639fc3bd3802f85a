"""Skeletons of Turtle for curators: templates with a header that says what they are for and what they need.

A template is a file `data/templates/<kind>.ttl.jinja`. It begins with a comment of Jinja that holds TOML:

```
{#
describes = "meeting"             # the kind of the resource: id/meeting/<slug>
file = "data/sources/{slug}.ttl"  # only if it makes a file of its own

[purpose]                         # what it is for
th = "…"
en = "…"

[argument.held-by]                # --held-by, in the template held_by
th = "…"
en = "…"
kind = "reference"                # or text, code, date
of = ["committee"]                # of a reference: the kinds of resources that it may be
required = true                   # false without it
default = "…"                     # what is not given and has no default is None in the template
#}
```

In the template, `slug` is the slug, a text is written by the filter `literal` (`{{ name | literal("th") }}`), a
reference is a prefixed name with the members `slug` and `iri`, a code is what its `pattern` allows, and `integer`
writes a number. Nothing else can be written, so that no argument breaks the Turtle. All `@prefix` lines may stand in
it; those that are not needed are left out. A line that the curator has to fill in ends with a comment `# GAP: …` and
has a value that the checks refuse.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import pyoxigraph
from jinja2 import Environment, StrictUndefined, TemplateError
from pyoxigraph import NamedNode, RdfFormat

from kg.content import Content, read_text
from kg.errors import InputError
from kg.finding import displayed
from kg.formatting import format_turtle
from kg.namespaces import ID, graph_iri
from kg.turtle import TurtleFile, TurtleSyntaxError, parse_turtle

FOLDER: Final = Path("data") / "templates"
SUFFIX: Final = ".ttl.jinja"
GAP: Final = re.compile(r"# GAP: (?P<what>\S.*)$", re.MULTILINE)
"""What marks a line that has to be filled in, and says with what."""

Kind = Literal["text", "code", "date", "reference"]
_KINDS: Final[tuple[Kind, ...]] = ("text", "code", "date", "reference")

_HEADER: Final = re.compile(r"\A\{#-?(?P<toml>.*?)-?#\}\n*", re.DOTALL)
_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_REFERENCE: Final = re.compile(
    r"(?:(?P<kind>[a-z]+(?:-[a-z]+)*):)?(?P<slug>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
)
_ARGUMENT: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
_NAMED: Final = re.compile(rf"{re.escape(ID)}[^/#]+/[^/#]+")
_PREFIX_LINE: Final = re.compile(r"^@prefix ([\w.-]*): <[^>]*> \.\n", re.MULTILINE)
_SUGGESTED: Final = 3
_FEW: Final = 20
"""Resources of a kind that can all be named where one is to be chosen, at most."""


@dataclass(frozen=True)
class Argument:
    """What a template wants to be told. `help` is by language; `pattern` is that of a code, `of` of a reference."""

    name: str
    kind: Kind
    help: Mapping[str, str]
    required: bool = False
    default: str | None = None
    pattern: str = ""
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Template:
    """A template. `purpose` is by language; `file` is where it makes a file, relative to the tree, or None."""

    name: str
    path: Path
    purpose: Mapping[str, str]
    describes: str
    file: str | None
    arguments: tuple[Argument, ...]
    text: str


class _Turtle(str):
    """Text that may stand in Turtle as it is."""

    __slots__ = ()


class _Reference(_Turtle):
    """A resource that exists, as a prefixed name."""

    slug: _Turtle
    iri: _Turtle


@dataclass(frozen=True)
class _Text:
    """What the curator wrote; only the filter `literal` makes Turtle of it."""

    value: str

    def __str__(self) -> str:
        return self.value


def _literal(value: object, language: str | None = None) -> _Turtle:
    """Return a text as a literal of Turtle."""
    return _Turtle(pyoxigraph.Literal(str(value), language=language))


def _integer(value: str) -> _Turtle:
    """Return the digits of a code as a number."""
    return _Turtle(int(value))


def _only_turtle(value: object) -> object:
    """Refuse what a template would write without having made Turtle of it."""
    if isinstance(value, _Turtle):
        return value
    raise TemplateError(f"{value!r} is written without a filter; use literal or integer")


def _environment() -> Environment:
    """Return the environment of the templates."""
    environment = Environment(  # noqa: S701  # not HTML: the filters escape as Turtle does
        undefined=StrictUndefined,
        finalize=_only_turtle,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"literal": _literal, "integer": _integer}
    return environment


def _texts(table: Mapping[str, Any], where: str) -> dict[str, str]:
    """Return the texts of a table in both languages. Raises KeyError with what is missing."""
    for code in ("th", "en"):
        if not isinstance(table.get(code), str):
            raise KeyError(f"{where}.{code}")
    return {code: table[code] for code in ("th", "en")}


def _argument(name: str, table: Mapping[str, Any]) -> Argument:
    """Return an argument of a header. Raises KeyError with what is missing, and ValueError with what is wrong."""
    where = f"argument.{name}"
    known = {"th", "en", "kind", "required", "default", "pattern", "of"}
    if unknown := sorted(table.keys() - known):
        raise ValueError(f"{where} has no {unknown[0]}; there are {', '.join(sorted(known))}")
    kind = next((kind for kind in _KINDS if kind == table.get("kind")), None)
    if kind is None:
        raise ValueError(f"{where}.kind must be one of {', '.join(_KINDS)}")
    if not _ARGUMENT.fullmatch(name) or name in {"slug", "output", "root", "help"}:
        raise ValueError(f"{where}: the name must be words in lower case with hyphens, and none that kg new has itself")
    if kind == "code" and not table.get("pattern"):
        raise KeyError(f"{where}.pattern")
    if kind == "reference" and not table.get("of"):
        raise KeyError(f"{where}.of")
    return Argument(
        name,
        kind,
        _texts(table, where),
        bool(table.get("required", False)),
        table.get("default"),
        str(table.get("pattern", "")),
        tuple(table.get("of", ())),
    )


def read_template(path: Path) -> Template:
    """Read a template. Raises InputError with what is wrong with its header."""
    text = read_text(path)
    header = _HEADER.match(text)
    if header is None:
        raise InputError(f"{displayed(path)}:1:1: the template must begin with its header in {{# and #}}.")
    try:
        table = tomllib.loads(header["toml"])
        if unknown := sorted(table.keys() - {"purpose", "describes", "file", "argument"}):
            raise ValueError(f"the header has no {unknown[0]}")
        return Template(
            path.name.removesuffix(SUFFIX),
            path,
            _texts(table.get("purpose", {}), "purpose"),
            table["describes"],
            table.get("file"),
            tuple(_argument(name, entry) for name, entry in table.get("argument", {}).items()),
            text[header.end() :],
        )
    except KeyError as error:
        raise InputError(f"{displayed(path)}: the header lacks {error.args[0]}.") from error
    except ValueError as error:  # tomllib.TOMLDecodeError is one
        raise InputError(f"{displayed(path)}: {str(error).rstrip('.')}.") from error


def templates(content: Content) -> dict[str, Template]:
    """Return the templates of a tree by name, sorted. Raises InputError when the header of one cannot be used."""
    paths = sorted((content.root / FOLDER).glob(f"*{SUFFIX}"))
    return {template.name: template for template in map(read_template, paths)}


def described(content: Content) -> frozenset[str]:
    """Return what the data describe, as `<kind>/<slug>`. Raises InputError when a file is not Turtle."""
    found = set()
    for path in content.data_files():
        try:
            for quad in pyoxigraph.parse(path=str(path), format=RdfFormat.TURTLE, base_iri=graph_iri(path)):
                if isinstance(quad.subject, NamedNode) and _NAMED.fullmatch(quad.subject.value):
                    found.add(quad.subject.value.removeprefix(ID))
        except SyntaxError as error:
            raise TurtleSyntaxError(path, error.lineno or 1, error.offset or 1, error.msg) from error
    return frozenset(found)


def choices(argument: Argument, known: frozenset[str]) -> list[str]:
    """Return the slugs that a reference can be, sorted, if they are few enough to choose from; else none."""
    found = sorted(name.partition("/")[2] for name in known if name.partition("/")[0] in argument.of)
    return found if len(found) <= _FEW else []


def _near(wanted: str, known: list[str]) -> str:
    """Return what may have been meant, as a sentence with a space before it, or an empty text."""
    close = difflib.get_close_matches(wanted, known, n=_SUGGESTED, cutoff=0.5)
    if close:
        return f" Did you mean {' or '.join(close)}?"
    return f" There are: {', '.join(sorted(known))}." if 0 < len(known) <= _FEW else ""


def _reference(argument: Argument, value: str, known: frozenset[str]) -> _Reference:
    """Return the resource that a slug, or a prefixed name, stands for. Raises InputError when there is none."""
    match = _REFERENCE.fullmatch(value)
    kinds = [kind for kind in argument.of if match and match["kind"] in {None, kind}]
    for kind in kinds:
        if match and f"{kind}/{match['slug']}" in known:
            reference = _Reference(f"{kind}:{match['slug']}")
            reference.slug, reference.iri = _Turtle(match["slug"]), _Turtle(f"{ID}{kind}/{match['slug']}")
            return reference
    offers = [name.partition("/")[2] for name in known if name.partition("/")[0] in (kinds or argument.of)]
    wanted = match["slug"] if match else value
    raise InputError(
        f"--{argument.name} {value}: no {' or '.join(argument.of)} of this name is described.{_near(wanted, offers)}"
    )


def _value(argument: Argument, value: str, known: frozenset[str]) -> object:
    """Return what an argument stands for in a template. Raises InputError when it cannot be that."""
    if argument.kind == "reference":
        return _reference(argument, value, known)
    if argument.kind == "date":
        try:
            return _Turtle(date.fromisoformat(value).isoformat())
        except ValueError as error:
            raise InputError(f"--{argument.name} {value}: this is no date; write it as 2018-01-31.") from error
    if argument.kind == "code":
        if not re.fullmatch(argument.pattern, value):
            raise InputError(f"--{argument.name} {value}: {argument.help['en'].rstrip('.')}.")
        return _Turtle(value)
    if not value.strip() or value != value.strip():
        raise InputError(f"--{argument.name}: the text must not be empty nor begin or end with a space.")
    return _Text(value)


def check_slug(template: Template, slug: str, known: frozenset[str]) -> None:
    """Raise InputError when a slug has not the form of one, or when there is such a resource already."""
    if not _SLUG.fullmatch(slug):
        raise InputError(f"{slug}: a slug has lower-case letters of ASCII, digits, and single hyphens between them.")
    if f"{template.describes}/{slug}" in known:
        raise InputError(f"{slug}: {ID}{template.describes}/{slug} is described already; choose another slug.")


def render(template: Template, slug: str, values: Mapping[str, str], content: Content) -> str:
    """Return the Turtle that a template makes for a slug and its arguments, by their names, formatted.

    Raises InputError when the slug or an argument cannot be used, or when the template does not make Turtle.
    """
    known = described(content)
    check_slug(template, slug, known)
    if missing := [one.name for one in template.arguments if one.required and one.name not in values]:
        raise InputError(f"kg new {template.name} needs --{missing[0]}.")
    variables: dict[str, object] = {"slug": _Turtle(slug)}
    for argument in template.arguments:
        value = values.get(argument.name, argument.default)
        name = argument.name.replace("-", "_")
        variables[name] = None if value is None else _value(argument, value, known)
    try:
        text = _environment().from_string(template.text).render(variables)
    except TemplateError as error:
        raise InputError(f"{displayed(template.path)}: {error}.") from error
    used = _parsed(template.path, text).used_prefixes
    text = _PREFIX_LINE.sub(lambda line: line[0] if line[1] in used else "", text)
    return format_turtle(template.path, text.encode()).decode()


def _parsed(path: Path, text: str) -> TurtleFile:
    """Parse Turtle that is not yet in a file. Raises TurtleSyntaxError."""
    return parse_turtle(path, graph_iri(path), text.encode())


def _base(text: str) -> str:
    """Return the line of a text that declares its base, or an empty text."""
    match = re.search(r"^@base <[^>]*> \.\n", text, re.MULTILINE)
    return match[0] if match else ""


def appended(path: Path, existing: str, addition: str) -> str:
    """Return the text of a file with a skeleton at its end; prefixes that the file lacks are declared at its head.

    Raises InputError when a prefix or the base means something else there, or when the file is not Turtle.
    """
    here, more = _parsed(path, existing), _parsed(path, addition)
    if (base := _base(addition)) and base != _base(existing):
        raise InputError(f"{displayed(path)}: the file has not the {base[1:-3]}; append to the file of that document.")
    lines = existing.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    for prefix, namespace in sorted(more.prefixes.items(), reverse=True):
        if prefix not in more.used_prefixes or here.prefixes.get(prefix) == namespace:
            continue
        if prefix in here.prefixes:
            raise InputError(f"{displayed(path)}: the prefix {prefix}: stands for <{here.prefixes[prefix]}> here.")
        after = [one.position.line for one in here.declarations if one.prefix < prefix and one.prefix]
        first = min((one.position.line for one in here.declarations), default=1)
        lines.insert(max(after, default=first - 1), f"@prefix {prefix}: <{namespace}> .\n")
    body = _PREFIX_LINE.sub("", addition.replace(base, "", 1))
    text = f"{''.join(lines)}\n{body.strip()}\n"
    whole = _parsed(path, text)
    if set(whole.graph) != set(here.graph) | set(more.graph):
        raise InputError(f"{displayed(path)}: appending would change what the file says; add the description by hand.")
    return text


def gaps(text: str) -> dict[int, str]:
    """Return what is to be filled in, by the line, which counts from 1."""
    return {text.count("\n", 0, match.start()) + 1: match["what"] for match in GAP.finditer(text)}
