"""What is wrong with a query, for people: sentence and remedy in the language of the page, and the query mended.

The endpoint tells what is wrong in English (`kg.server.problem`); `kg.site.sentences` has it in Thai. A button sends
the query again with what was missing, where the remedy says how.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kg.site.answering import Answer
from kg.site.sentences import remedy_in_thai, sentence_in_thai
from kg.tokens import tokenise

_MISSING: Final = re.compile(r"^(?:Add )?(PREFIX [^\s:]*: <[^<>…\s]+>)$", re.MULTILINE)
_RATHER: Final = re.compile(r"Did you mean ([^\s:]+):\?$")
_UNKNOWN: Final = re.compile(r"(\S+) is not in the data(?:; did you mean (\S+)\?)?")


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a query: the members of the problem, and what could be sent instead, with what that does.

    `language` is that of the sentence and the remedy.
    """

    title: str
    sentence: str
    remedy: str = ""
    excerpt: str = ""
    line: int | None = None
    column: int | None = None
    mended: str | None = None
    mending: str = ""
    language: str = "en"


def _with_prefix(query: str, wrong: str, right: str) -> str:
    """Return a query in which each name with one prefix has another one."""
    names = {text for kind, text, _ in tokenise(query) if kind == "name" and text.startswith(f"{wrong}:")}
    return _with_names(query, {name: f"{right}{name[len(wrong) :]}" for name in names})


def _in_language(sentence: str, remedy: str, language: str) -> tuple[str, str, str]:
    """Return a sentence, its remedy and the language of both: the one that is wanted where both are known in it."""
    if language == "th" and (own := sentence_in_thai(sentence)) is not None:
        own_remedy = remedy_in_thai(remedy) if remedy else ""
        if own_remedy is not None:
            return own, own_remedy, language
    return sentence, remedy, "en"


def trouble(answer: Answer, query: str, language: str = "en") -> Trouble:
    """Return what an answer with an error says of a query, with the query mended where the remedy says how."""
    try:
        told: Mapping[str, Any] = json.loads(answer.body)
    except ValueError:
        sentence, _, spoken = _in_language(answer.body.decode("utf-8", "replace").strip(), "", language)
        return Trouble(str(answer.status), sentence, language=spoken)
    remedy = str(told.get("remedy", ""))
    sentence = str(told.get("detail", ""))
    line, column = told.get("line"), told.get("column")
    place = f"Line {line}, column {column}: "
    sentence = sentence.removeprefix(place).removesuffix(remedy).rstrip()
    mended, mending = None, ""
    if missing := _MISSING.findall(remedy):
        mending = "\n".join(missing)
        mended = f"{mending}\n{query}"
    elif (rather := _RATHER.match(remedy)) and (wrong := re.search(r"The prefix (\S+): is not declared", sentence)):
        mended, mending = _with_prefix(query, wrong[1], rather[1]), f"{wrong[1]}: → {rather[1]}:"
    sentence, remedy, spoken = _in_language(sentence, remedy, language)
    return Trouble(
        str(told.get("title", answer.status)),
        sentence,
        remedy,
        str(told.get("excerpt", "")),
        int(line) if line is not None else None,
        int(column) if column is not None else None,
        mended,
        mending,
        spoken,
    )


def _in_brackets(name: str, prefixes: Mapping[str, str]) -> str:
    """Return a prefixed name as an IRI in angle brackets; such an IRI as it is."""
    prefix, _, local = name.partition(":")
    return f"<{prefixes[prefix]}{local}>" if prefix in prefixes else name


def _with_names(query: str, names: Mapping[str, str]) -> str:
    """Return a query in which names and IRIs are exchanged for others."""
    pieces = []
    end = 0
    for kind, text, start in tokenise(query):
        if kind in {"name", "iri"} and text in names:
            pieces += [query[end:start], names[text]]
            end = start + len(text)
    return "".join([*pieces, query[end:]])


@dataclass(frozen=True)
class Hint:
    """A name that the data do not know: the sentence, its language, and the query with the nearest name instead."""

    sentence: str
    mended: str | None
    mending: str = ""
    language: str = "en"


def hints(warnings: Iterable[str], query: str, prefixes: Mapping[str, str], language: str = "en") -> list[Hint]:
    """Return what the warnings of an answer say, with the query mended where a nearest name is known.

    `prefixes`, name to IRI, are those by which the warnings shorten names; the query may write them as IRIs.
    """
    found = []
    for warning in warnings:
        match = _UNKNOWN.match(warning)
        mended = None
        if match and match[2]:
            pieces = {match[1]: match[2], _in_brackets(match[1], prefixes): _in_brackets(match[2], prefixes)}
            mended = _with_names(query, pieces)
            mended = None if mended == query else mended
        sentence, _, spoken = _in_language(warning, "", language)
        found.append(Hint(sentence, mended, match[2] if match and match[2] else "", spoken))
    return found
