"""Which representation of a resource a request gets: by the suffix of its path, else by `Accept`.

Every resource has the same five: HTML and the four RDF formats of the endpoint. Without an `Accept` header, and for
`*/*`, it is HTML, as who names no format is mostly somebody who follows a link.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import RdfFormat

from kg.media import listing, negotiated
from kg.results import GRAPH_FORMATS, Format

HTML: Final = Format(("html",), "text/html; charset=utf-8", ("text/html",), RdfFormat.TURTLE)
"""A page; nothing is serialised in this format."""

OFFERS: Final = (HTML, *GRAPH_FORMATS)
"""What every resource can be had in, the preferred one first."""

SUFFIXES: Final[Mapping[str, Format]] = {
    "html": HTML,
    **{{"rdfxml": "rdf"}.get(form.name, form.name): form for form in GRAPH_FORMATS},
}
"""The formats by what the path of a document ends in, after a dot."""

SUFFIX_OF: Final[Mapping[str, str]] = {form.name: suffix for suffix, form in SUFFIXES.items()}
"""The suffixes by the names of the formats."""

RDF_HEADERS: Final = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Content-Location, ETag, Link",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "cross-origin",
}
"""Header fields of what any script of any site may read."""

PREFLIGHT_HEADERS: Final = {
    **RDF_HEADERS,
    "access-control-allow-headers": "Accept, Accept-Language, If-None-Match",
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-max-age": "86400",
    "allow": "GET, HEAD, OPTIONS",
}
"""Header fields of the answer to OPTIONS."""

METHODS: Final = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Wanted:
    """What a request asks for: the path of a resource without suffix, and a format.

    `form` is None where none is acceptable; `suffix` is empty where `Accept` decided.
    """

    path: str
    form: Format | None
    suffix: str = ""


def split_suffix(path: str) -> tuple[str, str]:
    """Return a path without what follows the last dot of its last segment, and that, or an empty string."""
    folder, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    return (f"{folder}{slash}{stem}", suffix) if dot and stem and suffix else (path, "")


def by_suffix(path: str) -> Wanted | None:
    """Return what a path with one of the known suffixes asks for, or None for a path without."""
    stem, suffix = split_suffix(path)
    return Wanted(stem, SUFFIXES[suffix], suffix) if suffix in SUFFIXES else None


def by_accept(path: str, accept: str | None) -> Wanted:
    """Return what a path without a suffix asks for with an `Accept` header, or without one."""
    return Wanted(path, negotiated(accept, OFFERS))


def links(pairs: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    """Return a `Link` header field (RFC 8288): for each address its parameters, such as `rel` and `type`."""
    return ", ".join(
        f"<{address}>" + "".join(f'; {name}="{value}"' for name, value in parameters.items())
        for address, parameters in pairs
    )


def alternates(address: str, of_page: str = "", of_data: str = "") -> list[tuple[str, dict[str, str]]]:
    """Return the links from a resource, by its address without suffix, to its representations.

    `of_page` is what follows the path of the page, as `?page=2`, and `of_data` what follows those in RDF.
    """
    return [
        (f"{address}.{suffix}{of_page if form is HTML else of_data}", {"rel": "alternate", "type": form.media_types[0]})
        for suffix, form in SUFFIXES.items()
    ]


def not_acceptable(suffix: str) -> str:
    """Return the sentences for a client that takes none of the formats; `suffix` is the unknown one it asked for."""
    asked = f"There is no format {suffix[:40]!r}" if suffix else "The Accept header excludes all formats"
    known = ", ".join(f".{name}" for name in SUFFIXES)
    return f"{asked}. The suffixes are {known}; there are, as format and as media type:\n{listing(OFFERS)}"
