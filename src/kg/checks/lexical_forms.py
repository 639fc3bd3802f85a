"""Lexical forms of the data types of RDF 1.1 (XML Schema 1.1 Part 2, section 3), checked by the letter.

rdflib takes more than XML Schema allows: Thai digits, underscores between digits, spaces, and any text for a year.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from typing import Final

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"

_YEAR: Final = r"-?(?:[1-9][0-9]{3,}|0[0-9]{3})"
_ZONE: Final = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_TIME: Final = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
_MONTH: Final = r"(?:0[1-9]|1[0-2])"
_DAY: Final = r"(?:0[1-9]|[12][0-9]|3[01])"
_YEARS_MONTHS: Final = r"(?:[0-9]+Y(?:[0-9]+M)?|[0-9]+M)"
_SECONDS: Final = r"[0-9]+(?:\.[0-9]+)?S"
_HOURS: Final = rf"T(?:[0-9]+H(?:[0-9]+M)?(?:{_SECONDS})?|[0-9]+M(?:{_SECONDS})?|{_SECONDS})"
_DAYS_HOURS: Final = rf"(?:[0-9]+D(?:{_HOURS})?|{_HOURS})"
_DECIMAL: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_DOUBLE: Final = rf"{_DECIMAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN"
_BASE64: Final = r"(?:[A-Za-z0-9+/] ?){4}"

_FORMS: Final = {
    "boolean": r"true|false|1|0",
    "decimal": _DECIMAL,
    "integer": r"[+-]?[0-9]+",
    "float": _DOUBLE,
    "double": _DOUBLE,
    "date": rf"(?P<year>{_YEAR})-(?P<month>{_MONTH})-(?P<day>{_DAY}){_ZONE}?",
    "dateTime": rf"(?P<year>{_YEAR})-(?P<month>{_MONTH})-(?P<day>{_DAY})T{_TIME}{_ZONE}?",
    "dateTimeStamp": rf"(?P<year>{_YEAR})-(?P<month>{_MONTH})-(?P<day>{_DAY})T{_TIME}{_ZONE}",
    "time": rf"{_TIME}{_ZONE}?",
    "gYear": rf"{_YEAR}{_ZONE}?",
    "gYearMonth": rf"{_YEAR}-{_MONTH}{_ZONE}?",
    "gMonth": rf"--{_MONTH}{_ZONE}?",
    "gMonthDay": rf"--(?P<month>{_MONTH})-(?P<day>{_DAY}){_ZONE}?",
    "gDay": rf"---{_DAY}{_ZONE}?",
    "duration": rf"-?P(?:{_YEARS_MONTHS}(?:{_DAYS_HOURS})?|{_DAYS_HOURS})",
    "yearMonthDuration": rf"-?P{_YEARS_MONTHS}",
    "dayTimeDuration": rf"-?P{_DAYS_HOURS}",
    "hexBinary": r"(?:[0-9a-fA-F]{2})*",
    "base64Binary": rf"(?:{_BASE64})*(?:(?:[A-Za-z0-9+/] ?){{2}}= ?=|(?:[A-Za-z0-9+/] ?){{3}}=)?",
    "language": r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
    "normalizedString": r"[^\t\n\r]*",
    "token": r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
}

_RANGES: Final[dict[str, tuple[int | None, int | None]]] = {
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in (("long", 64), ("int", 32), ("short", 16))},
    "byte": (-128, 127),
    **{f"unsigned{name}": (0, 2**bits - 1) for name, bits in (("Long", 64), ("Int", 32), ("Short", 16), ("Byte", 8))},
}
"""The integer types that have bounds."""

_COMPILED: Final = {name: re.compile(form) for name, form in _FORMS.items()}
_DIGITS: Final = 4000
"""Digits from which on Python makes no number of a text."""


def _in_range(low: int | None, high: int | None) -> Callable[[str], bool]:
    """Return a test whether a text is an integer between two bounds."""

    def test(text: str) -> bool:
        if not _COMPILED["integer"].fullmatch(text):
            return False
        digits = text.lstrip("+-").lstrip("0") or "0"
        negative = text.startswith("-") and digits != "0"
        if len(digits) > _DIGITS:
            return (low if negative else high) is None
        number = -int(digits) if negative else int(digits)
        return (low is None or number >= low) and (high is None or number <= high)

    return test


def is_lexical_form(text: str, datatype: str) -> bool:
    """Return whether a text is a lexical form of a data type, given by its IRI; of an unknown one every text is."""
    if not datatype.startswith(_XSD):
        return True
    name = datatype[len(_XSD) :]
    if name in _RANGES:
        return _in_range(*_RANGES[name])(text)
    form = _COMPILED.get(name)
    if form is None:
        return True
    match = form.fullmatch(text)
    if match is None:
        return False
    parts = match.groupdict()
    if "day" not in parts:
        return True
    # Of a year only its place in the 400 years of the Gregorian calendar matters; a day without one may be a leap day.
    year = int(parts["year"].lstrip("-")[-12:]) % 400 + 400 if "year" in parts else 400
    return int(parts["day"]) <= monthrange(year, int(parts["month"]))[1]
