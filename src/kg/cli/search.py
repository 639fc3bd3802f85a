"""`kg search`: find things by any of their names."""

import json
import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.options import RootOption
from kg.cli.solutions import ShownLanguage

if TYPE_CHECKING:
    from kg.search import Hit, SearchIndex


class SearchFormat(StrEnum):
    """How what was found is written."""

    TEXT = "text"
    JSON = "json"


def _line(index: "SearchIndex", hit: "Hit", language: str) -> str:
    """Return a line about a hit: its label, the name that matched where it is another, its IRI."""
    from kg.search import shown_name

    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    label = hit.resource.label(language)
    name = shown_name(hit, language) if hit.name.role != "code" else hit.name.text
    if colour:
        for begin, end in reversed(index.ranges(hit, name)):
            name = f"{name[:begin]}\x1b[1m{name[begin:end]}\x1b[0m{name[end:]}"
    other = "" if hit.name.role == "hidden" or hit.name.text == label else f"  [{name}]"
    return f"  {label if other else name}{other}  <{hit.resource.iri}>"


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="A name, a part of one, or a code.")],
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="Only things of this class, as province or smart-city-area.")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many things to show at most.", min=1)] = 20,
    output: Annotated[SearchFormat, typer.Option("--format", help="How to write what was found.")] = SearchFormat.TEXT,
    language: Annotated[ShownLanguage, typer.Option(help="Language of the labels.")] = ShownLanguage.THAI,
    key: Annotated[bool, typer.Option("--key", help="Print the search key of WORDS, and look for nothing.")] = False,
    root: RootOption = None,
) -> None:
    """Find things by name, in Thai or English: labels, other names, names as printed, codes, meeting numbers.

    Spelling variants, titles and known misprints make no difference; typing errors are forgiven when nothing else fits.
    """
    import difflib

    from kg.cli.report import say
    from kg.cli.solutions import search_index
    from kg.content import find_content
    from kg.search import search_document
    from kg.store import load_content

    content = find_content(root)
    index = search_index(content, load_content(content))
    if key:
        print(index.folding.key(" ".join(words)))
        return
    if kind is not None and kind not in index.kinds:
        close = difflib.get_close_matches(kind, index.kinds, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"known are {', '.join(sorted(index.kinds))}."
        raise typer.BadParameter(f"{kind} is no class of anything here; {hint}", param_hint="--kind")
    found = index.search(" ".join(words), kind, language.value)
    if output is SearchFormat.JSON:
        print(json.dumps(search_document(index, found, 0, limit), ensure_ascii=False, indent=2))
        return
    shown = found.hits[:limit]
    for one in dict.fromkeys(hit.resource.kind for hit in shown):
        print(f"{one.slug}  {one.label(language.value)}")
        for hit in shown:
            if hit.resource.kind == one:
                print(_line(index, hit, language.value))
    if found.suggestion is not None:
        say(f"Nothing has this name. Did you mean {found.suggestion}?")
    elif len(shown) < len(found.hits):
        say(f"{len(found.hits)} found, {len(shown)} shown; see --limit and --kind.")
    else:
        say(f"{len(found.hits)} found.")
    if not found.hits:
        for alone in index.singly(" ".join(words), kind, language.value):
            say(f"  {alone.query} alone: {len(alone.hits) if alone.suggestion is None else 0} found.")
