"""The triples of several files, to be looked up by subject, by predicate and by object.

A file is indexed once for all validations that see it; what belongs to one subject in several files is put together
when it is asked for. Values stand in the order of the files and of their lines, each once.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph
from pyoxigraph import Literal, NamedNode, Quad, Store

from kg.shacl.terms import FIRST, LANGUAGE_STRING, NIL, REST, STRING, SUBCLASS, TYPE

if TYPE_CHECKING:
    from kg.located import LocatedGraph

Properties = Mapping[NamedNode, Sequence[Any]]
_NOTHING: Final[Properties] = {}


class FileIndex:
    """The triples of one file."""

    def __init__(self, graph: "LocatedGraph") -> None:
        """Take in the triples."""
        self.graph = graph
        self.subjects: dict[Any, dict[NamedNode, list[Any]]] = {}
        self.predicates: dict[NamedNode, list[tuple[Any, Any]]] = {}
        for subject, predicate, value in graph.triples:
            self.subjects.setdefault(subject, {}).setdefault(predicate, []).append(value)
            self.predicates.setdefault(predicate, []).append((subject, value))
        self._inverse: dict[NamedNode, dict[Any, list[Any]]] = {}

    def inverse(self, predicate: NamedNode) -> dict[Any, list[Any]]:
        """Return the subjects of a predicate by object."""
        found = self._inverse.get(predicate)
        if found is None:
            found = {}
            for subject, value in self.predicates.get(predicate, ()):
                found.setdefault(value, []).append(subject)
            self._inverse[predicate] = found
        return found

    @cached_property
    def quads(self) -> list[Quad]:
        """The triples for a store."""
        return [Quad(*triple) for triple in self.graph.triples]

    @cached_property
    def respells(self) -> bool:
        """Whether a store would spell a literal in another way: `"01"^^xsd:integer` comes back as `"1"`."""
        typed = {
            value
            for pairs in self.predicates.values()
            for _, value in pairs
            if isinstance(value, Literal) and value.datatype not in (STRING, LANGUAGE_STRING)
        }
        store = Store()
        store.extend(Quad(TYPE, TYPE, value) for value in typed)
        return {quad.object for quad in store} != typed


class Index:
    """The union of several files.

    `memory` keeps what those who look things up find out; `depth` is how many shapes the evaluation at hand has found
    one below the other so far.
    """

    def __init__(self, files: Sequence[FileIndex]) -> None:
        """Take in the indexes of the files, each once."""
        self.files = tuple(dict.fromkeys(files))
        self._described: dict[Any, list[FileIndex]] = {}
        self._using: dict[NamedNode, list[FileIndex]] = {}
        for file in self.files:
            for subject in file.subjects:
                self._described.setdefault(subject, []).append(file)
            for predicate in file.predicates:
                self._using.setdefault(predicate, []).append(file)
        self._properties: dict[Any, Properties] = {}
        self._classes: dict[NamedNode, frozenset[Any]] = {}
        self.memory: dict[Any, Any] = {}
        self.depth = 0

    def properties(self, subject: Any) -> Properties:
        """Return the values of each predicate of a subject."""
        found = self._properties.get(subject)
        if found is None:
            parts = [file.subjects[subject] for file in self._described.get(subject, ())]
            if len(parts) < 2:
                found = parts[0] if parts else _NOTHING
            else:
                together: dict[NamedNode, dict[Any, None]] = {}
                for part in parts:
                    for predicate, values in part.items():
                        together.setdefault(predicate, {}).update(dict.fromkeys(values))
                found = {predicate: list(values) for predicate, values in together.items()}
            self._properties[subject] = found
        return found

    def objects(self, subject: Any, predicate: NamedNode) -> Sequence[Any]:
        """Return the objects of a subject and a predicate."""
        return self.properties(subject).get(predicate, ())

    def subjects(self, predicate: NamedNode, value: Any) -> Sequence[Any]:
        """Return the subjects of a predicate and an object."""
        parts = [part for file in self._using.get(predicate, ()) if (part := file.inverse(predicate).get(value))]
        if len(parts) < 2:
            return parts[0] if parts else ()
        return list(dict.fromkeys(subject for part in parts for subject in part))

    def pairs(self, predicate: NamedNode) -> Iterable[tuple[Any, Any]]:
        """Return subject and object of each triple with a predicate."""
        return dict.fromkeys(pair for file in self._using.get(predicate, ()) for pair in file.predicates[predicate])

    def all_subjects(self) -> Iterable[Any]:
        """Return every subject, each once."""
        return self._described

    def members(self, head: Any) -> list[Any] | None:
        """Return the members of a list, or None when it is not a well-formed one."""
        found: list[Any] = []
        seen = set()
        while head != NIL:
            firsts, rests = self.objects(head, FIRST), self.objects(head, REST)
            if head in seen or len(firsts) != 1 or len(rests) != 1:
                return None
            seen.add(head)
            found.append(firsts[0])
            head = rests[0]
        return found

    def subclasses(self, of: Any) -> list[Any]:
        """Return a class and all that are below it by `rdfs:subClassOf`."""
        found = {of: None}
        waiting = [of]
        while waiting:
            for below in self.subjects(SUBCLASS, waiting.pop()):
                if below not in found:
                    found[below] = None
                    waiting.append(below)
        return list(found)

    def instances(self, of: Any) -> frozenset[Any]:
        """Return the SHACL instances of a class: members of it and of all that is below it (section 1.1)."""
        found = self._classes.get(of)
        if found is None:
            found = frozenset(node for below in self.subclasses(of) for node in self.subjects(TYPE, below))
            self._classes[of] = found
        return found

    @cached_property
    def store(self) -> Store:
        """The triples for SPARQL, as the default graph."""
        store = Store()
        store.bulk_extend(quad for file in self.files for quad in file.quads)
        return store

    @cached_property
    def respells(self) -> bool:
        """Whether the store spells a literal in another way, so that its answers are not quite those of the files."""
        return any(file.respells for file in self.files)

    def query(self, text: str, this: Any = None) -> Any:
        """Answer a SPARQL query; `this` is bound to the variable of that name beforehand.

        Raises SyntaxError and RuntimeError as the engine does.
        """
        bound = {} if this is None else {pyoxigraph.Variable("this"): this}
        return self.store.query(text, substitutions=bound)
