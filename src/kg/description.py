"""The data set description of a query: the graphs that its FROM and FROM NAMED clauses name.

The engine takes several FROM graphs as they are, so that a triple which two of them hold is a solution twice. Section
13.2.1 of SPARQL 1.1 Query Language asks for their RDF merge, which needs the names before the query is evaluated.
"""

import re
from dataclasses import dataclass
from typing import Final

from kg.tokens import iris, tokenise

_COMMENTS: Final = re.compile(r"(?:\s*#[^\r\n]*[\r\n])+")
_NAMES_GRAPHS: Final = re.compile(r"(?:FROM|GRAPH)\s*(?:[<#?$]|NAMED|[\w.-]*:)")


@dataclass(frozen=True)
class DataSetDescription:
    """The IRIs of the graphs that make up the default graph, and of the named graphs, in the order of the query."""

    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]


def names_graphs(query: str) -> bool:
    """Whether a query asks for more than the union of all graphs, by FROM or GRAPH; or has a text that looks so."""
    text = query.upper()
    if head := _COMMENTS.match(text):  # where people write prose
        text = text[head.end() :]
    return ("FROM" in text or "GRAPH" in text) and _NAMES_GRAPHS.search(text) is not None


def data_set_description(query: str, base: str) -> DataSetDescription:
    """Read the FROM clauses of a query (section 13.2 of SPARQL 1.1 Query Language).

    `base` is the IRI against which relative ones are resolved until the query declares its own. A clause that is not
    well formed is passed over: the engine refuses the query and says where.
    """
    graphs: dict[bool, dict[str, None]] = {False: {}, True: {}}
    if names_graphs(query):  # few queries do, and all others need not be read again
        tokens = tokenise(query)
        for index, iri in iris(tokens, base=base):
            before = [token.text.upper() for token in tokens[max(0, index - 2) : index] if token.kind == "word"]
            if before[-1:] == ["FROM"] or before == ["FROM", "NAMED"]:
                graphs[before[-1] == "NAMED"][iri] = None
    return DataSetDescription(tuple(graphs[False]), tuple(graphs[True]))
