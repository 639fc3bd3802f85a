"""The constraint components of SHACL as functions (section 4), exact or silent.

A function gets the data, a focus node and its value nodes, and returns True (they surely conform), False (surely they
do not) or None (not certain). Where pySHACL and the standard part, it is pySHACL that is followed.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.shacl import literals, queries
from kg.shacl.index import Index
from kg.shacl.shapes import DISJOINT, LISTS_OF_SHAPES, NODE, NOT, PROPERTY, QUALIFIED_SHAPE, Shape, truth
from kg.shacl.terms import INTEGER, LANGUAGE_STRING, RESOURCE, STRING, TYPE, sh

if TYPE_CHECKING:
    from kg.shacl.screen import CompiledShape, Screen

Answer = bool | None
Check = Callable[[Index, Any, Sequence[Any]], Answer]
"""A component, compiled: data, focus node and value nodes → answer."""

_KINDS: Final[dict[NamedNode, tuple[type, ...]]] = {
    sh("IRI"): (NamedNode,),
    sh("BlankNode"): (BlankNode,),
    sh("Literal"): (Literal,),
    sh("BlankNodeOrIRI"): (BlankNode, NamedNode),
    sh("BlankNodeOrLiteral"): (BlankNode, Literal),
    sh("IRIOrLiteral"): (NamedNode, Literal),
}
_SUPERTYPES: Final = ("http://www.w3.org/2000/01/rdf-schema#Literal", "http://www.w3.org/2000/01/rdf-schema#Datatype")


def unknown(_data: Index, _focus: Any, _values: Sequence[Any]) -> Answer:
    """Say that nothing is certain."""
    return None


def all_of(answers: Iterable[Answer]) -> Answer:
    """Return whether all hold; None when one is not certain."""
    result = True
    for answer in answers:
        if answer is None:
            return None
        result = result and answer
    return result


@dataclass(frozen=True)
class Call:
    """The use of a component: the shape that calls for it, and the values of the parameter."""

    screen: "Screen"
    shape: Shape
    values: Sequence[Any]

    def compiled(self, nodes: Iterable[Any]) -> "list[CompiledShape] | None":
        """Return the shapes that some nodes are, compiled; None when one is no shape."""
        known, listed = self.screen.shapes.shapes, list(nodes)
        return [self.screen.compiled(node) for node in listed] if all(node in known for node in listed) else None


Maker = Callable[[Call], Check | None]


def _whole_number(term: Any) -> int | None:
    """Return the value of an xsd:integer that is not negative, or None."""
    if isinstance(term, Literal) and term.datatype == INTEGER and re.fullmatch(r"\+?[0-9]{1,18}", term.value):
        return int(term.value)
    return None


def _every(test: Callable[[Index, Any], Answer]) -> Check:
    """Return the check that a test holds for every value node."""

    def check(data: Index, _focus: Any, values: Sequence[Any]) -> Answer:
        result = True
        for value in values:
            answer = test(data, value)
            if answer is None:
                return None
            result = result and answer
        return result

    return check


def _class(call: Call) -> Check | None:
    """sh:class (4.1.1)."""

    def is_instance(data: Index, value: Any) -> Answer:
        return not isinstance(value, Literal) and all(value in data.instances(one) for one in call.values)

    return _every(is_instance)


def _datatype(call: Call) -> Check | None:
    """sh:datatype (4.1.2)."""
    wanted = call.values[0]
    if len(call.values) > 1 or not isinstance(wanted, NamedNode) or wanted.value in _SUPERTYPES:
        return None
    if wanted in (STRING, LANGUAGE_STRING):
        return _every(lambda _, value: isinstance(value, Literal) and value.datatype == wanted)

    def has_datatype(_data: Index, value: Any) -> Answer:
        if not isinstance(value, Literal) or value.datatype != wanted:
            return False
        return literals.is_well_formed(value) or None

    return _every(has_datatype)


def _node_kind(call: Call) -> Check | None:
    """sh:nodeKind (4.1.3)."""
    kinds = _KINDS.get(call.values[0])
    return None if kinds is None or len(call.values) > 1 else _every(lambda _, value: isinstance(value, kinds))


def _count(holds: Callable[[int, int], bool]) -> Maker:
    """sh:minCount and sh:maxCount (4.2)."""

    def make(call: Call) -> Check | None:
        limit = _whole_number(call.values[0])
        if limit is None or len(call.values) > 1 or not call.shape.is_property:
            return None
        return lambda _data, _focus, values: holds(len(values), limit)

    return make


def _range(holds: Callable[[Any, Any], bool]) -> Maker:
    """sh:minExclusive and its like (4.3)."""

    def make(call: Call) -> Check | None:
        limits = [literals.value(one) if isinstance(one, Literal) else None for one in call.values]

        def is_within(_data: Index, value: Any) -> Answer:
            if not isinstance(value, Literal):
                return False
            known = literals.value(value)
            result = True
            for limit in limits:
                if known is None or limit is None or known[0] != limit[0]:
                    return None
                result = result and holds(known[1], limit[1])
            return result

        return _every(is_within) if all(limits) else None

    return make


def _text(value: Any) -> str | None:
    """Return the text of an IRI or a literal as pySHACL takes it, or None when it is not certain."""
    if isinstance(value, Literal) and not literals.keeps_its_spaces(value):
        return None
    return str(value.value)


def _length(holds: Callable[[int, int], bool], smallest: bool) -> Maker:
    """sh:minLength and sh:maxLength (4.4.1, 4.4.2)."""

    def make(call: Call) -> Check | None:
        limit = _whole_number(call.values[0])
        if limit is None or len(call.values) > 1:
            return None

        def has_length(_data: Index, value: Any) -> Answer:
            if isinstance(value, BlankNode):
                return smallest and limit == 0
            text = _text(value)
            return None if text is None else holds(len(text), limit)

        return _every(has_length)

    return make


def _pattern(call: Call) -> Check | None:
    """sh:pattern with sh:flags (4.4.3), as pySHACL does it: Python's expressions, of the flags only i and m."""
    flags = call.screen.shapes.index.objects(call.shape.node, sh("flags"))
    if len(flags) > 1 or not all(isinstance(one, Literal) and one.datatype == STRING for one in (*flags, *call.values)):
        return None
    letters = flags[0].value.lower() if flags else ""
    try:
        options = (re.IGNORECASE if "i" in letters else 0) | (re.MULTILINE if "m" in letters else 0)
        expressions = [re.compile(one.value, options) for one in call.values]
    except (re.error, OverflowError, RecursionError):
        return None

    def matches(_data: Index, value: Any) -> Answer:
        if isinstance(value, BlankNode):
            return False
        text = _text(value)
        return None if text is None else all(one.search(text) for one in expressions)

    return _every(matches)


def _language_in(call: Call) -> Check | None:
    """sh:languageIn (4.4.4)."""
    members = call.screen.shapes.index.members(call.values[0])
    if members is None or len(call.values) > 1:
        return None
    if not all(isinstance(one, Literal) and one.datatype == STRING for one in members):
        return None
    wanted = {one.value.lower() for one in members}

    def is_in(_data: Index, value: Any) -> Answer:
        language = value.language if isinstance(value, Literal) else None
        if not language:
            return False
        return "*" in wanted or language.lower() in wanted or language.lower().partition("-")[0] in wanted

    return _every(is_in)


def _unique_language(call: Call) -> Check | None:
    """sh:uniqueLang (4.4.5)."""
    asked = truth(call.values[0])
    if asked is None or len(call.values) > 1 or not call.shape.is_property:
        return None

    def is_unique(_data: Index, _focus: Any, values: Sequence[Any]) -> Answer:
        languages = [one.language.lower() for one in values if isinstance(one, Literal) and one.language]
        return not asked or len(languages) == len(set(languages))

    return is_unique


def _equals(call: Call) -> Check | None:
    """sh:equals (4.5.1)."""
    if not all(isinstance(one, NamedNode) for one in call.values):
        return None
    return lambda data, focus, values: all(set(values) == set(data.objects(focus, one)) for one in call.values)


def _disjoint(call: Call) -> Check | None:
    """sh:disjoint (4.5.2)."""
    if not all(isinstance(one, NamedNode) for one in call.values):
        return None
    return lambda data, focus, values: all(set(values).isdisjoint(data.objects(focus, one)) for one in call.values)


def _less(holds: Callable[[Any, Any], bool]) -> Maker:
    """sh:lessThan and sh:lessThanOrEquals (4.5.3, 4.5.4)."""

    def make(call: Call) -> Check | None:
        if not call.shape.is_property or not all(isinstance(one, NamedNode) for one in call.values):
            return None

        def is_less(data: Index, focus: Any, values: Sequence[Any]) -> Answer:
            others = [other for one in call.values for other in data.objects(focus, one)]
            if not others and not any(isinstance(value, BlankNode) for value in values):
                return True
            known = [literals.value(one) if isinstance(one, Literal) else None for one in (*values, *others)]
            kinds = {one[0] if one else None for one in known}
            if len(kinds) > 1 or None in kinds:
                return None
            numbers = [one[1] for one in known if one]
            return all(holds(one, two) for one in numbers[: len(values)] for two in numbers[len(values) :])

        return is_less

    return make


def _has_value(call: Call) -> Check | None:
    """sh:hasValue (4.8.2)."""
    return lambda _data, _focus, values: all(one in values for one in call.values)


def _in(call: Call) -> Check | None:
    """sh:in (4.8.3)."""
    members = call.screen.shapes.index.members(call.values[0])
    if members is None or len(call.values) > 1:
        return None
    allowed = frozenset(members)
    return _every(lambda _, value: value in allowed)


def _closed(call: Call) -> Check | None:
    """sh:closed with sh:ignoredProperties (4.8.1)."""
    index = call.screen.shapes.index
    closed = index.objects(call.shape.node, sh("closed"))
    lists = [index.members(head) for head in index.objects(call.shape.node, sh("ignoredProperties"))]
    parts = [call.screen.shapes.shapes.get(part) for part in index.objects(call.shape.node, PROPERTY)]
    is_closed = truth(closed[0]) if len(closed) == 1 else None
    if is_closed is None or None in lists:
        return None
    if not is_closed:
        return lambda _data, _focus, _values: True
    allowed = {member for members in lists for member in members or ()}
    allowed |= {part.path for part in parts if part and isinstance(part.path, NamedNode)}

    def is_complete(data: Index, value: Any) -> Answer:
        return all(
            predicate in allowed or (predicate == TYPE and all(one == RESOURCE for one in objects))
            for predicate, objects in data.properties(value).items()
        )

    return _every(is_complete)


def _node(call: Call) -> Check | None:
    """sh:node (4.7.1)."""
    known = [call.screen.shapes.shapes.get(one) for one in call.values]
    if any(one is None or one.is_property for one in known):
        return None
    others = [call.screen.compiled(one) for one in call.values]
    return _every(lambda data, value: all_of([other.conforms(data, value) for other in others]))


def _opposite(answer: Answer) -> Answer:
    """Return the negation; what is not certain stays so."""
    return None if answer is None else not answer


def _not(call: Call) -> Check | None:
    """sh:not (4.6.1)."""
    others = [call.screen.compiled(one) for one in call.values]
    return _every(lambda data, value: all_of([_opposite(other.conforms(data, value)) for other in others]))


def _shape_list(holds: Callable[[int, int], bool], once: bool) -> Maker:
    """sh:and, sh:or and sh:xone (4.6.2 to 4.6.4): `holds` gets how many conform, and of how many."""

    def make(call: Call) -> Check | None:
        lists = []
        for head in call.values:
            members = call.screen.shapes.index.members(head)
            if not members or any(member not in call.screen.shapes.shapes for member in members):
                return None
            lists.append([call.screen.compiled(member) for member in (dict.fromkeys(members) if once else members)])

        def holds_for(data: Index, value: Any) -> Answer:
            result = True
            for others in lists:
                answers = [other.conforms(data, value) for other in others]
                if None in answers:
                    return None
                result = result and holds(answers.count(True), len(others))
            return result

        return _every(holds_for)

    return make


def _qualified(call: Call) -> Check | None:
    """sh:qualifiedValueShape with its counts (4.7.3). pySHACL passes over it in a node shape."""
    if not call.shape.is_property:
        return lambda _data, _focus, _values: True
    index = call.screen.shapes.index
    limits: list[int | None] = []
    for name in ("qualifiedMinCount", "qualifiedMaxCount"):
        found = index.objects(call.shape.node, sh(name))
        limits.append(_whole_number(found[0]) if len(found) == 1 else None)
        if found and limits[-1] is None:
            return None
    least, most = limits
    marks = [truth(mark) for mark in index.objects(call.shape.node, DISJOINT)]
    wanted = index.objects(call.shape.node, QUALIFIED_SHAPE)
    if not wanted or None in marks or (least is None and most is None):
        return None
    if any(one not in call.screen.shapes.shapes for one in wanted):
        return None
    counted = [(call.screen.compiled(one), _siblings(call, one) if any(marks) else []) for one in wanted]

    def has_counts(data: Index, _focus: Any, values: Sequence[Any]) -> Answer:
        result = True
        for one, siblings in counted:
            number = 0
            for value in values:
                answers = [one.conforms(data, value), *(sibling.conforms(data, value) for sibling in siblings)]
                if None in answers:
                    return None
                number += bool(answers[0]) and True not in answers[1:]
            result = result and (least is None or number >= least) and (most is None or number <= most)
        return result

    return has_counts


def _siblings(call: Call, wanted: Any) -> list["CompiledShape"]:
    """Return the sibling shapes of a qualified value shape."""
    found = dict.fromkeys(call.screen.shapes.siblings(call.shape.node))
    return [call.screen.compiled(one) for one in found if one != wanted and one in call.screen.shapes.shapes]


def _sparql(call: Call) -> Check | None:
    """sh:sparql (5.1): the query is asked once for all focus nodes where that is the same, else for each."""
    index = call.screen.shapes.index
    asked: list[tuple[str, bool]] = []
    for constraint in call.values:
        selects = index.objects(constraint, sh("select"))
        marks = index.objects(constraint, sh("deactivated"))
        odd = [one for one in index.objects(constraint, sh("message")) if not isinstance(one, Literal)]
        prefixes = queries.prefixes(call.screen.shapes, constraint)
        if len(selects) != 1 or not isinstance(selects[0], Literal) or selects[0].datatype != STRING:
            return None
        if odd or prefixes is None or len(marks) > 1 or (marks and truth(marks[0]) is None):
            return None
        if marks and truth(marks[0]):
            continue
        text = queries.query_text(prefixes, selects[0].value, call.shape.path)
        if text is None or queries.is_doubtful(selects[0].value) or not queries.is_plain(text):
            return None
        asked.append((text, queries.is_asked_once(text)))

    def holds(data: Index, focus: Any, _values: Sequence[Any]) -> Answer:
        if asked and (isinstance(focus, Literal) or data.respells):  # the store would answer about other literals
            return None
        return all_of(
            [_selects_not(data, text, focus) if once else _finds_nothing(data, text, focus) for text, once in asked]
        )

    return holds


def _selects_not(data: Index, text: str, focus: Any) -> Answer:
    """Return whether a query that is asked once does not select a focus node; None when it cannot be asked."""
    if text not in data.memory:
        try:
            data.memory[text] = frozenset(solution["this"] for solution in data.query(text))
        except (SyntaxError, RuntimeError):
            data.memory[text] = None
    selected: frozenset[Any] | None = data.memory[text]
    return None if selected is None else focus not in selected


def _finds_nothing(data: Index, text: str, focus: Any) -> Answer:
    """Return whether a query finds nothing for a focus node; None when it cannot be asked, or leaves `$this` open."""
    try:
        nodes = {solution["this"] for solution in data.query(text, focus)}
    except (SyntaxError, RuntimeError):
        return None
    return None if None in nodes else not nodes


def _none(_call: Call) -> Check | None:
    """A component without an exact rule."""
    return None


MAKERS: Final[dict[NamedNode, Maker]] = {
    sh("class"): _class,
    sh("datatype"): _datatype,
    sh("nodeKind"): _node_kind,
    sh("minCount"): _count(lambda count, limit: count >= limit),
    sh("maxCount"): _count(lambda count, limit: count <= limit),
    sh("minExclusive"): _range(lambda value, limit: value > limit),
    sh("minInclusive"): _range(lambda value, limit: value >= limit),
    sh("maxExclusive"): _range(lambda value, limit: value < limit),
    sh("maxInclusive"): _range(lambda value, limit: value <= limit),
    sh("minLength"): _length(lambda length, limit: length >= limit, smallest=True),
    sh("maxLength"): _length(lambda length, limit: length <= limit, smallest=False),
    sh("pattern"): _pattern,
    sh("languageIn"): _language_in,
    sh("uniqueLang"): _unique_language,
    sh("equals"): _equals,
    sh("disjoint"): _disjoint,
    sh("lessThan"): _less(lambda one, two: one < two),
    sh("lessThanOrEquals"): _less(lambda one, two: one <= two),
    sh("hasValue"): _has_value,
    sh("in"): _in,
    sh("closed"): _closed,
    sh("ignoredProperties"): _closed,
    NODE: _node,
    NOT: _not,
    LISTS_OF_SHAPES[0]: _shape_list(lambda count, number: count == number, once=True),
    LISTS_OF_SHAPES[1]: _shape_list(lambda count, _: count > 0, once=True),
    LISTS_OF_SHAPES[2]: _shape_list(lambda count, _: count == 1, once=False),
    QUALIFIED_SHAPE: _qualified,
    sh("qualifiedMinCount"): _qualified,
    sh("qualifiedMaxCount"): _qualified,
    DISJOINT: _qualified,
    sh("sparql"): _sparql,
    sh("expression"): _none,
    sh("js"): _none,
}
"""The components by the parameters that call for them; sh:property is the shape's own matter."""
