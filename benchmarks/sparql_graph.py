"""An rdflib graph whose SPARQL queries pyoxigraph answers: core SHACL is quick in the one, SPARQL in the other."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyoxigraph
import rdflib
from rdflib.query import Result
from rdflib.term import Identifier

from kg.shacl.graph import rdflib_result, rdflib_term
from kg.turtle import Triple, oxigraph_term


class SparqlGraph(rdflib.Graph):
    """Triples for reading through rdflib and for asking through pyoxigraph. Not to be changed once it is asked."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        """Take in the triples; the store for queries is made at the first query."""
        super().__init__(bind_namespaces="none")
        for triple in triples:
            self.add(triple)
        self._queried: pyoxigraph.Store | None = None

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

        What pyoxigraph refuses, such as a variable that is bound but not projected, rdflib answers.
        """
        if self._queried is None:
            self._queried = pyoxigraph.Store()
            self._queried.bulk_extend(
                pyoxigraph.Quad(oxigraph_term(s), oxigraph_term(p), oxigraph_term(o)) for s, p, o in self
            )
        bound = {pyoxigraph.Variable(name): oxigraph_term(term) for name, term in (initBindings or {}).items()}
        try:
            answer = self._queried.query(query_object, substitutions=bound)
        except (RuntimeError, SyntaxError):
            return super().query(query_object, processor, result, initNs, initBindings)
        return rdflib_result(answer, rdflib_term)
