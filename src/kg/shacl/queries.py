"""SPARQL in shapes (section 5): the query that is asked, and when one question answers for all focus nodes.

A constraint is asked once for each focus node, with `$this` bound. Where `$this` stands in the triple patterns with
which WHERE begins, every solution binds it; the solutions of the question without a binding are then those for each
focus node together. Nothing that looks at all solutions at once (aggregates, LIMIT, sub-queries), no path that holds
for a node that the data lack, and no `$this` inside a group of its own may stand in such a query; EXISTS may, as it
sees the solution that it filters. When in doubt, pySHACL asks for each focus node.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from pyoxigraph import Literal

from kg.shacl.paths import Path, predicates, sparql
from kg.shacl.shapes import ShapesGraph
from kg.shacl.terms import ONTOLOGY, TYPE, sh
from kg.tokens import Token, tokenise

_DECLARE: Final = sh("declare")
_STANDARD: Final = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
}
_PATH: Final = re.compile(r"([\s{}()])[\$\?]PATH", re.MULTILINE)
_LOCAL: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_DOUBTFUL: Final = re.compile(r"INUS|ERVICE|VALUES|\bSELECT\b.*\bSELECT\b|\bAS\s+[?$]this\b", re.IGNORECASE | re.DOTALL)
"""What pySHACL may take for something that it refuses, be it in a comment, a string or a name."""

_THIS: Final = re.compile(r"[\s{}()][\$\?]this")
_REFUSED: Final = frozenset(("MINUS", "VALUES", "SERVICE", "GRAPH", "FROM", "CONSTRUCT", "ASK", "DESCRIBE"))
"""What pySHACL refuses in a constraint (section 5.2.1), or answers in a way of its own."""

_WHOLE: Final = frozenset(
    (
        *(
            "GROUP",
            "HAVING",
            "COUNT",
            "SUM",
            "MIN",
            "MAX",
            "AVG",
            "SAMPLE",
            "GROUP_CONCAT",
            "REDUCED",
            "LIMIT",
            "OFFSET",
        ),
        *("RAND", "UUID", "STRUUID", "NOW", "BNODE"),
    )
)
"""What looks at all solutions at once, or differs from one question to the next."""

_PREBOUND: Final = frozenset(("shapesGraph", "currentShape", "this"))


def prefixes(shapes: ShapesGraph, constraint: Any) -> dict[str, str] | None:
    """Return the prefixes of a constraint or a target (section 5.2.1), or None when a declaration is odd.

    As in pySHACL rdf, rdfs and owl are always there, and `sh:prefixes` that names no declaration brings those of every
    ontology in the graph.
    """
    index = shapes.index
    known = dict(_STANDARD)
    ontologies = index.subjects(TYPE, ONTOLOGY)
    everywhere = [declared for one in ontologies for declared in index.objects(one, _DECLARE)]
    for named in index.objects(constraint, sh("prefixes")):
        own = index.objects(named, _DECLARE)
        for declared in own if own and named in ontologies else (*everywhere, *own):
            names, namespaces = index.objects(declared, sh("prefix")), index.objects(declared, sh("namespace"))
            if len(names) != 1 or len(namespaces) != 1:
                return None
            if not isinstance(names[0], Literal) or not isinstance(namespaces[0], Literal):
                return None
            if known.get(names[0].value, namespaces[0].value) != namespaces[0].value:
                return None
            known[names[0].value] = namespaces[0].value
    return known


def query_text(known: Mapping[str, str], select: str, path: Path | None) -> str | None:
    """Return the whole query, with the path of the property shape for `$PATH`; None when there is none to put there.

    pySHACL writes the path with the prefixes, even where what is left of an IRI is no local name.
    """
    if path is None:
        if _PATH.search(select):
            return None
    elif _PATH.search(select):
        for predicate in predicates(path):
            rests = (predicate.value[len(one) :] for one in known.values() if predicate.value.startswith(one))
            if not all(_LOCAL.fullmatch(rest) for rest in rests):
                return None
        written = sparql(path)
        select = _PATH.sub(lambda match: match[1] + written, select)
    return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in known.items()) + "\n" + select


def projected(select: str) -> frozenset[str]:
    """Return the names of the variables that a SELECT query projects; `*` stands for itself."""
    tokens = tokenise(select)
    start = next((place for place, token in enumerate(tokens) if token.text.upper() == "SELECT"), len(tokens))
    names, depth, renamed = set(), 0, False
    for token in tokens[start + 1 :]:
        if token.text == "{" or token.text.upper() in ("WHERE", "FROM"):
            break
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.kind == "variable" and (depth == 0 or renamed):
            names.add(token.text[1:])
        elif token.text == "*" and depth == 0:
            names.add("*")
        renamed = token.text.upper() == "AS"
    return frozenset(names)


def is_doubtful(select: str) -> bool:
    """Return whether pySHACL may refuse the query of a constraint (section 5.2.1), rightly or not."""
    return _DOUBTFUL.search(select) is not None


def is_plain(query: str) -> bool:
    """Return whether the engine answers a constraint as pySHACL would: with `$this` bound, and nothing else."""
    tokens = tokenise(query)
    words = [token.text.upper() for token in tokens if token.kind == "word"]
    return (
        _THIS.search(query) is not None
        and not _REFUSED & set(words)
        and words.count("SELECT") == 1
        and not any(token.kind == "bad" for token in tokens)
        and "this" in projected(query)
        and binds(query, ["this"])
        and not any(token.text.lstrip("?$") in _PREBOUND for token in _renamed(tokens))
        and not {token.text[1:] for token in tokens if token.kind == "variable"} & {*_PREBOUND, "failure"} - {"this"}
    )


def binds(query: str, names: Iterable[str]) -> bool:
    """Return whether the engine surely gives variables that are bound beforehand the scope that SHACL wants.

    It puts their values into triple patterns, and into what sees the solutions of these. A variable that stands in a
    pattern at the top is bound everywhere at the top; nothing is sure of one in a group of its own, or only in a BIND.
    """
    tokens = tokenise(query)
    start = next((place for place, token in enumerate(tokens) if token.text == "{"), len(tokens))
    inside = tokens[start:]
    return all(
        _is_bound_at_top(inside, name) and not _is_in_a_group(inside, name)
        for name in names
        if any(_is_variable(token, name) for token in inside)
    )


def is_asked_once(query: str) -> bool:
    """Return whether one question without a binding of `$this` surely answers for every focus node of a plain query."""
    tokens = tokenise(query)
    words = {token.text.upper() for token in tokens if token.kind == "word"}
    start = next((place for place, token in enumerate(tokens) if token.text == "{"), len(tokens))
    inside = tokens[start:]
    return not _WHOLE & words and _is_bound_at_top(inside, "this") and not _is_in_a_group(inside, "this")


def _renamed(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield what stands behind each AS."""
    for before, token in pairwise(tokens):
        if before.text.upper() == "AS":
            yield token


def _is_variable(token: Token, name: str) -> bool:
    """Return whether a token is a variable of this name."""
    return token.kind == "variable" and token.text[1:] == name


def _is_bound_at_top(tokens: Sequence[Token], name: str) -> bool:
    """Return whether a variable stands in one of the triple patterns with which a group begins.

    No path there may hold for a node that the data lack, as `p*` does.
    """
    found = False
    for token in tokens[1:]:
        if token.text in ("{", "}") or (token.kind == "word" and token.text.upper() not in ("A", "TRUE", "FALSE")):
            break
        if token.text in ("*", "?"):
            return False
        found = found or _is_variable(token, name)
    return found


def _is_in_a_group(tokens: Sequence[Token], name: str) -> bool:
    """Return whether a variable stands in a group below the first one, other than that of an EXISTS at the top."""
    depth, exempt = 0, None
    for place, token in enumerate(tokens):
        if token.text == "{":
            depth += 1
            if depth == 2 and tokens[place - 1].text.upper() == "EXISTS":
                exempt = depth
        elif token.text == "}":
            if exempt == depth:
                exempt = None
            depth -= 1
        elif depth > 1 and exempt is None and _is_variable(token, name):
            return True
    return False
