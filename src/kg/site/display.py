"""How terms are shown: dates in words, numbers in groups, literals in their language, resources as links.

Each function here whose name is in `FILTERS` is a filter of the templates. Those that take a context read the language
of the page and the request from it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import XSD
from kg.server.pages import displayed_date
from kg.vocabulary import abbreviated

Term = NamedNode | BlankNode | Literal | Triple

BUDDHIST_ERA: Final = 543
"""Years by which the Buddhist era is ahead of the common era."""

_YEAR: Final = re.compile(r"(-?[0-9]{4,})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?")
_TIME: Final = re.compile(r"([0-9]{2}:[0-9]{2}):[0-9.]+(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_THAI: Final = re.compile("[\u0e01-\u0e5b]+(?:[ .]+[\u0e01-\u0e5b]+)*")
_DATES: Final = frozenset({f"{XSD}date", f"{XSD}dateTime"})
_FALLBACKS: Final = {"th": ("th", "en", ""), "en": ("en", "th", "")}
"""In which language a label is looked for, first to last, by the language of the page."""


def text_of(value: object) -> str:
    """Return the lexical form of a literal, the IRI of a named node, the text of anything else."""
    return value.value if isinstance(value, Literal | NamedNode | BlankNode) else str(value)


def date_in_words(value: object, language: str) -> str:
    """Return a date or a year of XML Schema in words, its year of the Buddhist era in Thai; anything else as it is."""
    text = text_of(value)
    if match := _DAY.fullmatch(text):
        return displayed_date(match[1], language)
    if match := _YEAR.fullmatch(text):
        return str(int(match[1]) + (BUDDHIST_ERA if language == "th" else 0))
    return text


def time_in_words(value: str, language: str) -> str:
    """Return a time of XML Schema without its seconds, as it is written in a language; anything else as it is."""
    match = _TIME.fullmatch(value)
    if match is None:
        return value
    return f"{match[1].replace(':', '.')} น." if language == "th" else match[1]


def grouped(number: object) -> str:
    """Return a number with its digits in groups of three; what is no number as it is."""
    text = text_of(number)
    whole, point, fraction = text.partition(".")
    return f"{int(whole):,}{point}{fraction}" if re.fullmatch(r"[+-]?[0-9]+", whole) else text


def in_language(address: str, language: str) -> str:
    """Return an address that asks for a language by `?lang=`. It must have no `lang` yet, and no fragment."""
    return f"{address}{'&' if '?' in address else '?'}lang={language}"


def with_query(address: str, **parameters: object) -> str:
    """Return an address with parameters added; those that are None or empty are left out."""
    given = {name: str(value) for name, value in parameters.items() if value not in {None, ""}}
    return f"{address}{'&' if '?' in address else '?'}{urlencode(given)}" if given else address


def local(iri: object) -> str:
    """Return what follows the last `#` or `/` of an IRI."""
    text = text_of(iri)
    return re.split(r"[#/]", text.rstrip("#/"))[-1] or text


def without_scheme(address: str) -> str:
    """Return the address of a page of the web as people write it: without its scheme and a slash at the end."""
    return re.sub(r"^https?://", "", address).rstrip("/")


def with_thai_marked(text: str, language: str) -> Markup:
    """Return a text with the Thai words in it marked as such where it is in another language, as for reading aloud."""
    shown = escape(text)
    return shown if language == "th" else Markup(_THAI.sub(r'<span lang="th">\g<0></span>', str(shown)))  # noqa: S704


def in_its_language(text: str, tag: str, language: str, *, marked: bool = False) -> Markup:
    """Return a text with a `lang` attribute where its language is not the page's, and with its tag if `marked`."""
    if not tag or tag == language:
        return with_thai_marked(text, language)
    shown = Markup('<span lang="{}">{}</span>').format(tag, with_thai_marked(text, tag))
    return shown + Markup(' <span class="tag">{}</span>').format(tag) if marked else shown


def label_in(labels: Mapping[str, str], language: str, otherwise: str = "") -> tuple[str, str]:
    """Return the label for a page in a language and the language that it is in, by a fixed order of fallbacks."""
    for tag in _FALLBACKS[language]:
        if labels.get(tag):
            return labels[tag], tag
    return next(((text, tag) for tag, text in sorted(labels.items()) if text), (otherwise, ""))


def labels_of(row: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return the labels of the resource in the column `name` of a row, by language: `<name>_th` and `<name>_en`."""
    return {tag: text_of(row[f"{name}_{tag}"]) for tag in ("th", "en") if row.get(f"{name}_{tag}") is not None}


@pass_context
def date(context: Context, value: object) -> Markup:
    """Return a date in words for people and as it is for machines."""
    return Markup('<time datetime="{}">{}</time>').format(text_of(value), date_in_words(value, context["lang"]))


@pass_context
def day(context: Context, value: object) -> str:
    """Return a date in words, as text."""
    return date_in_words(value, context["lang"])


@pass_context
def literal(context: Context, value: object, *, marked: bool = False) -> Markup:
    """Return a literal: a date in words, a text with its language where that is not the language of the page."""
    if not isinstance(value, Literal):
        return escape(text_of(value))
    kind = value.datatype.value
    if kind in _DATES or kind == f"{XSD}gYear":
        return Markup('<time datetime="{}">{}</time>').format(value.value, date_in_words(value, context["lang"]))
    if kind == f"{XSD}time":
        return Markup('<time datetime="{}">{}</time>').format(value.value, time_in_words(value.value, context["lang"]))
    return in_its_language(value.value, value.language or "", context["lang"], marked=marked)


@pass_context
def link(context: Context, row: Mapping[str, Any], name: str) -> Markup:
    """Return a link to the resource in the column `name` of a row, under its label in the language of the page.

    The labels are in the columns `<name>_th` and `<name>_en`; without any, the local name is shown, or the
    address of a page elsewhere. What is no resource is shown as a literal, and nothing for a row that lacks it.
    """
    value = row.get(name)
    if value is None:
        return Markup()
    if not isinstance(value, NamedNode):
        return literal(context, value)
    language: str = context["lang"]
    site = context["site"]
    address = site.address_of(value.value, context["request"])
    is_page = address == value.value and abbreviated(address, site.summary.prefixes).startswith("<")
    text, tag = label_in(labels_of(row, name), language, without_scheme(address) if is_page else local(value))
    shown = in_its_language(text, tag, language, marked=True)
    if address == value.value:
        return Markup('<a href="{}" rel="external">{}</a>').format(address, shown)
    return Markup('<a href="{}">{}</a>').format(address, shown)


@pass_context
def thai_marked(context: Context, text: str, language: str | None = None) -> Markup:
    """Return a text in a language, or in that of the page, with the Thai words in it marked where that is not Thai."""
    return with_thai_marked(text, language or context["lang"])


@pass_context
def term(context: Context, value: object) -> Markup:
    """Return an IRI as a link under its abbreviated name, and a literal as `literal` does."""
    if not isinstance(value, NamedNode):
        return literal(context, value)
    site = context["site"]
    address = site.address_of(value.value, context["request"])
    return Markup('<a href="{}"><code>{}</code></a>').format(address, abbreviated(value.value, site.summary.prefixes))


def in_path(text: str) -> str:
    """Return a text as a segment of a path."""
    return quote(text, safe="")


FILTERS: Final = {
    "date": date,
    "day": day,
    "grouped": grouped,
    "in_language": in_language,
    "in_path": in_path,
    "link": link,
    "literal": literal,
    "local": local,
    "term": term,
    "thai_marked": thai_marked,
    "with_query": with_query,
}
"""The filters of the templates, by name."""
