"""An rdflib graph over an index: core SHACL looks its triples up there, and pyoxigraph answers its SPARQL queries.

Terms are turned into those of rdflib only where pySHACL looks.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyoxigraph
import rdflib
from rdflib.paths import Path
from rdflib.query import Result
from rdflib.term import Identifier

from kg.shacl import queries
from kg.shacl.index import Index
from kg.turtle import oxigraph_term


def rdflib_term(term: Any) -> Identifier:
    """Return a term of pyoxigraph as one of rdflib, with its lexical form or its label."""
    if isinstance(term, pyoxigraph.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, pyoxigraph.BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    plain = term.datatype.value == str(rdflib.XSD.string)
    return rdflib.Literal(term.value, datatype=None if plain else rdflib.URIRef(term.datatype.value), normalize=False)


def rdflib_result(answer: Any, theirs: Callable[[Any], Identifier]) -> Result:
    """Return an answer of pyoxigraph as a result of rdflib; `theirs` turns terms. Raises TypeError for a graph."""
    if isinstance(answer, pyoxigraph.QueryBoolean):
        truth = Result("ASK")
        truth.askAnswer = bool(answer)
        return truth
    if not isinstance(answer, pyoxigraph.QuerySolutions):
        raise TypeError("only SELECT and ASK are answered here")
    table = Result("SELECT")
    table.vars = [rdflib.Variable(variable.value) for variable in answer.variables]
    table.bindings = [
        {name: theirs(term) for name, term in zip(table.vars, solution, strict=True) if term is not None}
        for solution in answer
    ]
    return table


class IndexGraph(rdflib.Graph):
    """The triples of an index, for reading only."""

    def __init__(self, index: Index) -> None:
        """Stand for the triples of an index."""
        super().__init__(bind_namespaces="none")
        self._index = index
        self._theirs: dict[Any, Identifier] = {}
        self._ours: dict[Identifier, Any] = {}

    def theirs(self, term: Any) -> Any:
        """Return a term of pyoxigraph as one of rdflib."""
        found = self._theirs.get(term)
        if found is None:
            found = self._theirs[term] = rdflib_term(term)
        return found

    def ours(self, term: Identifier) -> Any:
        """Return a term of rdflib as one of pyoxigraph."""
        found = self._ours.get(term)
        if found is None:
            found = self._ours[term] = oxigraph_term(term)
        return found

    def __len__(self) -> int:
        """Return how many triples the files have; one that several have counts several times."""
        return sum(len(file.graph.triples) for file in self._index.files)

    def triples(self, triple: Any) -> Iterator[Any]:  # type: ignore[override]
        """Yield the triples that match a pattern, in which None stands for anything."""
        subject, predicate, value = triple
        if isinstance(predicate, Path):
            for start, end in predicate.eval(self, subject, value):
                yield start, predicate, end
            return
        s, p, o = (None if term is None else self.ours(term) for term in triple)
        for found in self._found(s, p, o):
            yield tuple(map(self.theirs, found))

    def _found(self, s: Any, p: Any, o: Any) -> Iterator[tuple[Any, Any, Any]]:
        """Yield the triples that match a pattern, in the terms of pyoxigraph."""
        index = self._index
        if s is not None:
            for predicate, values in index.properties(s).items():
                if p is None or predicate == p:
                    yield from ((s, predicate, value) for value in values if o is None or value == o)
        elif p is not None and o is not None:
            yield from ((subject, p, o) for subject in index.subjects(p, o))
        elif p is not None:
            yield from ((subject, p, value) for subject, value in index.pairs(p))
        else:
            for subject in index.all_subjects():
                yield from self._found(subject, p, o)

    def query(  # type: ignore[override]
        self,
        query_object: str,
        processor: Any = "sparql",
        result: Any = "sparql",
        initNs: Any = None,  # noqa: N803
        initBindings: Mapping[str, Identifier] | None = None,  # noqa: N803
        *_: Any,
        **__: Any,
    ) -> Result:
        """Answer a SELECT or ASK query, with variables bound beforehand as SHACL has it (section 5.3.1).

        What pyoxigraph refuses, such as a variable that is bound but not projected, rdflib answers, and also what
        pyoxigraph answers otherwise than SHACL wants: scopes that it takes in another way, literals that it respells.
        """
        literal = any(isinstance(term, rdflib.Literal) for term in (initBindings or {}).values())
        if literal or self._index.respells or not queries.binds(query_object, initBindings or ()):
            return super().query(query_object, processor, result, initNs, initBindings)
        bound = {pyoxigraph.Variable(name): self.ours(term) for name, term in (initBindings or {}).items()}
        try:
            answer = self._index.store.query(query_object, substitutions=bound)
        except (RuntimeError, SyntaxError):
            return super().query(query_object, processor, result, initNs, initBindings)
        return rdflib_result(answer, self.theirs)
