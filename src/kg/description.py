"""The data set description of a query: the graphs that its FROM and FROM NAMED clauses name.

The engine takes several FROM graphs as they are, so that a triple which two of them hold is a solution twice. Section
13.2.1 of SPARQL 1.1 Query Language asks for their RDF merge, which needs the names before the query is evaluated.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from kg.tokens import Token, tokenise

_CODE_POINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_ESCAPED: Final = re.compile(r"\\(.)")


@dataclass(frozen=True)
class DataSetDescription:
    """The IRIs of the graphs that make up the default graph, and of the named graphs, in the order of the query."""

    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]


def _iri(token: Token, base: str, prefixes: dict[str, str]) -> str | None:
    """Return the absolute IRI of an IRI or a prefixed name; None for another token or an undeclared prefix."""
    if token.kind == "iri":
        text = _CODE_POINT.sub(lambda match: chr(int(match[1] or match[2], 16)), token.text[1:-1])
        return urljoin(base, text)
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        if prefix in prefixes:
            return prefixes[prefix] + _ESCAPED.sub(r"\1", local)
    return None


def data_set_description(query: str, base: str) -> DataSetDescription:
    """Read the FROM clauses of a query (section 13.2 of SPARQL 1.1 Query Language).

    `base` is the IRI against which relative ones are resolved until the query declares its own. A clause that is not
    well formed is passed over: the engine refuses the query and says where.
    """
    tokens = tokenise(query)
    prefixes: dict[str, str] = {}
    graphs: dict[bool, dict[str, None]] = {False: {}, True: {}}
    for index, token in enumerate(tokens):
        if token.kind != "word":
            continue
        following = tokens[index + 1 : index + 3]
        word = token.text.upper()
        if word == "BASE" and following and following[0].kind == "iri":
            base = _iri(following[0], base, prefixes) or base
        elif word == "PREFIX" and len(following) == 2 and following[0].text.endswith(":"):
            prefixes[following[0].text[:-1]] = _iri(following[1], base, prefixes) or ""
        elif word == "FROM" and following:
            named = following[0].kind == "word" and following[0].text.upper() == "NAMED"
            iri = _iri(following[-1] if named else following[0], base, prefixes)
            if iri is not None:
                graphs[named][iri] = None
    return DataSetDescription(tuple(graphs[False]), tuple(graphs[True]))
