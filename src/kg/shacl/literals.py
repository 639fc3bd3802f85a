"""What is certain about literals: that a lexical form is right, and which of two values is smaller.

pySHACL asks rdflib, which takes more than XML Schema allows and sometimes less. So only the plain forms are certain
here; of any other nothing is said, and pySHACL has to judge.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from pyoxigraph import Literal

from kg.shacl.terms import XSD

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,1000}")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]{1,1000}(?:\.[0-9]{0,1000})?|\.[0-9]{1,1000})")
_DOUBLE: Final = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
_LOCAL: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_ZONED: Final = re.compile(_LOCAL.pattern + r"(?:Z|[+-][0-9]{2}:[0-9]{2})")
_FORMS: Final[tuple[tuple[tuple[str, ...], re.Pattern[str], str, Callable[[str], Any]], ...]] = (
    (("decimal",), _DECIMAL, "number", Decimal),
    (("double", "float"), _DOUBLE, "number", float),
    (("date",), _DATE, "date", date.fromisoformat),
    (("time",), _TIME, "time", time.fromisoformat),
    (("dateTime",), _LOCAL, "local moment", datetime.fromisoformat),
    (("dateTime",), _ZONED, "moment", datetime.fromisoformat),
)
_RANGES: Final[dict[str, tuple[int | None, int | None]]] = {
    "integer": (None, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
_ANY_TEXT: Final = frozenset(("string", "anyURI", "language"))
_UNCHECKED: Final = frozenset(("gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"))
"""Datatypes of which rdflib makes no value, so that pySHACL takes every lexical form."""

_RESPACED: Final = frozenset((f"{XSD}token", f"{XSD}normalizedString"))


def value(literal: Literal) -> tuple[str, Any] | None:
    """Return kind and value of a literal whose value is certain, else None. Only values of one kind can be compared."""
    datatype = literal.datatype.value
    if not datatype.startswith(XSD):
        return None
    name, text = datatype[len(XSD) :], literal.value
    try:
        if name in _RANGES:
            return ("number", int(text)) if _INTEGER.fullmatch(text) and _in_range(name, int(text)) else None
        for known, form, kind, read in _FORMS:
            if name in known and form.fullmatch(text):
                return kind, read(text)
    except ValueError:  # no such day
        pass
    return None


def _in_range(name: str, number: int) -> bool:
    """Return whether an integer belongs to a datatype derived from xsd:integer."""
    low, high = _RANGES[name]
    return (low is None or low <= number) and (high is None or number <= high)


def is_well_formed(literal: Literal) -> bool:
    """Return whether the lexical form is certainly one of its datatype; False means that it is not certain."""
    datatype = literal.datatype.value
    if not datatype.startswith(XSD):
        return not datatype.startswith("http://www.w3.org/1999/02/22-rdf-syntax-ns#") or bool(literal.language)
    name = datatype[len(XSD) :]
    if name in _ANY_TEXT or name in _UNCHECKED:
        return True
    if name == "boolean":
        return literal.value in ("true", "false", "1", "0")
    return value(literal) is not None


def keeps_its_spaces(literal: Literal) -> bool:
    """Return whether the text of a literal is its lexical form for rdflib too, which collapses the space of some."""
    return literal.datatype.value not in _RESPACED
