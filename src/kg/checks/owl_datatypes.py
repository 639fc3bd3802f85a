"""Values of XML Schema datatypes, as far as ranges and functional properties need them (XML Schema Part 2)."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"

_DERIVED: Final[Mapping[str, str]] = {
    f"{_XSD}{name}": f"{_XSD}{base}"
    for base, names in {
        "string": "normalizedString token language Name NCName NMTOKEN",
        "decimal": "integer nonNegativeInteger positiveInteger nonPositiveInteger negativeInteger long int short byte "
        "unsignedLong unsignedInt unsignedShort unsignedByte",
        "dateTime": "dateTimeStamp",
    }.items()
    for name in names.split()
}
"""Each derived datatype of XML Schema and the primitive one that its values are of (XML Schema Part 2, section 3.4)."""

_PRIMITIVE: Final = {
    *_DERIVED.values(),
    *(
        f"{_XSD}{name}"
        for name in [
            "boolean",
            "float",
            "double",
            "date",
            "time",
            "gYear",
            "gYearMonth",
            "gMonth",
            "gMonthDay",
            "gDay",
            "duration",
            "hexBinary",
            "base64Binary",
            "anyURI",
        ]
    ),
    f"{_RDF}langString",
    f"{_RDF}XMLLiteral",
    f"{_RDF}HTML",
}
"""Datatypes whose values are of no other datatype here."""

_BOUNDS: Final[Mapping[str, tuple[int | None, int | None]]] = {
    f"{_XSD}{name}": bounds
    for name, bounds in {
        "nonNegativeInteger": (0, None),
        "positiveInteger": (1, None),
        "nonPositiveInteger": (None, 0),
        "negativeInteger": (None, -1),
        "long": (-(2**63), 2**63 - 1),
        "int": (-(2**31), 2**31 - 1),
        "short": (-(2**15), 2**15 - 1),
        "byte": (-128, 127),
        "unsignedLong": (0, 2**64 - 1),
        "unsignedInt": (0, 2**32 - 1),
        "unsignedShort": (0, 2**16 - 1),
        "unsignedByte": (0, 255),
    }.items()
}
"""The least and the greatest value of the integer types that have one."""

_INTEGERS: Final = {*_BOUNDS, f"{_XSD}integer"}


def is_datatype(term: Any) -> bool:
    """Return whether a term is a datatype of RDF, RDFS or XML Schema."""
    return isinstance(term, NamedNode) and (
        term.value.startswith(_XSD) or term.value in _PRIMITIVE or term.value == f"{_RDFS}Literal"
    )


def value_of(literal: Literal) -> object:
    """Return what a literal stands for: numbers and truth values by value, others as they are written."""
    if literal.datatype.value in _INTEGERS or _DERIVED.get(literal.datatype.value) == f"{_XSD}decimal":
        kind = f"{_XSD}decimal"
    else:
        kind = literal.datatype.value
    if kind == f"{_XSD}decimal":
        try:
            return Decimal(literal.value)
        except InvalidOperation:
            return literal
    if kind == f"{_XSD}boolean":
        return {"1": "true", "0": "false"}.get(literal.value, literal.value)
    if kind in (f"{_XSD}float", f"{_XSD}double"):
        try:
            return kind, float(literal.value)
        except ValueError:
            return literal
    return literal


def fits(literal: Literal, datatype: Any) -> bool:
    """Return whether the value of a literal may be of a datatype; what is not known may be."""
    wanted, given = datatype.value, literal.datatype.value
    if wanted in (given, f"{_RDFS}Literal"):
        return True
    wanted_base, given_base = _DERIVED.get(wanted, wanted), _DERIVED.get(given, given)
    if wanted_base not in _PRIMITIVE or given_base not in _PRIMITIVE:
        return True
    if wanted_base != given_base:
        return False
    if wanted in _INTEGERS:
        try:
            number = Decimal(literal.value)
        except InvalidOperation:
            return True  # the lexical form is wrong, which another rule says
        least, most = _BOUNDS.get(wanted, (None, None))
        whole = number == number.to_integral_value()
        return whole and (least is None or number >= least) and (most is None or number <= most)
    return True
