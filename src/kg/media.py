"""Which format a client gets: `Accept` after section 12.5.1 of RFC 9110, and `?format=` before it."""

import re
from collections.abc import Sequence
from typing import Final

from kg.results import Format

_PART: Final = re.compile(r'((?:[^",]|"(?:[^"\\]|\\.)*")+)')
_PARAMETER: Final = re.compile(r'((?:[^";]|"(?:[^"\\]|\\.)*")+)')
_QUALITY: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE: Final = re.compile(rf"({_NAME})/({_NAME})")


def qualities(accept: str) -> dict[str, float]:
    """Return the media ranges of an `Accept` header, in lower case, each with its quality from 0 to 1.

    Parameters other than `q` are ignored, because no format here has variants. A part that is not well formed counts
    for nothing; of two equal ranges the better one counts.
    """
    ranges: dict[str, float] = {}
    for part in _PART.findall(accept):
        name, *parameters = [piece.strip() for piece in _PARAMETER.findall(part)] or [""]
        if not _RANGE.fullmatch(name) or (name.startswith("*/") and name != "*/*"):
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                quality = float(value) if _QUALITY.fullmatch(value.strip()) else -1.0
        if quality >= 0:
            ranges[name.lower()] = max(quality, ranges.get(name.lower(), 0.0))
    return ranges


def _quality(form: Format, ranges: dict[str, float]) -> float:
    """Return how much a format is wanted: by its own name, else by another name of it, else by a wildcard."""
    registered = form.media_types[0]
    if registered in ranges:
        return ranges[registered]
    named = [ranges[name] for name in form.media_types if name in ranges]
    if named:
        return max(named)
    return ranges.get(f"{registered.partition('/')[0]}/*", ranges.get("*/*", 0.0))


def negotiated(accept: str | None, offers: Sequence[Format]) -> Format | None:
    """Return the format that `Accept` wants most, the earlier of equals, or None when it excludes all.

    No header, or an empty one, takes anything.
    """
    if accept is None or not accept.strip():
        return offers[0]
    ranges = qualities(accept)
    best = max(offers, key=lambda form: _quality(form, ranges))
    return best if _quality(best, ranges) > 0 else None


def named(name: str, offers: Sequence[Format]) -> Format | None:
    """Return the format that `?format=` names, by a name of ours or by a media type, or None.

    A space stands for the plus sign that it was before the address was decoded, as people write media types.
    """
    wanted = name.strip().lower().replace(" ", "+")
    return next((form for form in offers if wanted in form.names or wanted in form.media_types), None)


def listing(offers: Sequence[Format]) -> str:
    """Return a list of formats for an error message, one a line: name, then media type."""
    return "\n".join(f"{form.name:7}{form.media_types[0]}" for form in offers)


def qualities_of_languages(accept_language: str) -> dict[str, float]:
    """Return the primary languages of an `Accept-Language` header, each with its best quality."""
    languages: dict[str, float] = {}
    for part in accept_language.split(","):
        tag, _, parameter = (piece.strip() for piece in part.partition(";"))
        key, _, value = parameter.replace(" ", "").partition("=")
        quality = 1.0
        if key.lower() == "q":
            quality = float(value) if _QUALITY.fullmatch(value) else 0.0
        language = tag.partition("-")[0].lower()
        languages[language] = max(quality, languages.get(language, 0.0))
    return languages


def qualities_of_codings(accept_encoding: str) -> dict[str, float]:
    """Return the content codings of an `Accept-Encoding` header, in lower case, each with its quality from 0 to 1."""
    codings: dict[str, float] = {}
    for part in accept_encoding.split(","):
        name, _, parameter = (piece.strip().lower() for piece in part.partition(";"))
        key, _, value = parameter.replace(" ", "").partition("=")
        if name:
            codings[name] = float(value) if key == "q" and _QUALITY.fullmatch(value) else float(not parameter)
    return codings
