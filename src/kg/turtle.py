"""Read one Turtle file (RDF 1.1 Turtle) into triples, each with the place of its object in the file.

rdflib's parser keeps no positions but counts lines as it goes, so a subclass notes the count wherever an object begins.
The same bytes are parsed by pyoxigraph too: it says where a syntax error is, to the column, and two
parsers that disagree about the triples of a file show a defect of the file or of one of them.
"""

import contextlib
import logging
import re
from collections.abc import Iterator, MutableSequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyoxigraph
import rdflib
from rdflib.plugins.parsers.notation3 import BadSyntax, RDFSink, SinkParser
from rdflib.term import Node

from kg.errors import InputError
from kg.finding import displayed

Triple = tuple[Node, Node, Node]

_PLACE: Final = re.compile(r"^Parser error at line .*?: ")
"""How pyoxigraph begins a message: the place, which stands in front already."""


class Position(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


class TurtleSyntaxError(InputError):
    """A file is not Turtle. `line` and `column` count from 1."""

    def __init__(self, path: Path, line: int, column: int, message: str) -> None:
        """Keep the place beside the sentence."""
        super().__init__(f"{displayed(path)}:{line}:{column}: {message}")
        self.path, self.line, self.column, self.message = path, line, column, message


@dataclass(frozen=True)
class TurtleFile:
    """The triples of a file, the place of each, the prefixes it declares, and whether both parsers agree."""

    path: Path
    graph: rdflib.Graph
    positions: dict[Triple, Position] = field(repr=False)
    prefixes: dict[str, str] = field(repr=False)
    parsers_agree: bool = True

    def find(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Position | None:
        """Return where a triple stands, or None when a part of it is None or the file does not have it."""
        if subject is None or predicate is None or value is None:
            return None
        return self.positions.get((subject, predicate, value))


class _Sink(RDFSink):
    """Keep the lexical form of every literal as it is written, and the position of every triple."""

    def __init__(self, graph: rdflib.Graph) -> None:
        super().__init__(graph)
        self.positions: dict[Triple, Position] = {}
        self.position = Position(1, 1)

    def newLiteral(self, s: str, dt: rdflib.URIRef | None, lang: str | None) -> rdflib.Literal:  # noqa: N802
        if dt:
            return rdflib.Literal(s, datatype=dt, normalize=False)
        return rdflib.Literal(s, lang=lang)

    def normalise(self, f: Any, n: Any) -> Any:
        term = super().normalise(f, n)
        if isinstance(term, rdflib.Literal) and not isinstance(n, rdflib.Literal):
            written = str(n).lower() if isinstance(n, bool) else str(n)  # `2.50` stays `2.50`
            return rdflib.Literal(written, datatype=term.datatype, normalize=False)
        return term

    def makeStatement(self, quadruple: Any, why: Any = None) -> None:  # noqa: N802
        formula, predicate, subject, object_ = quadruple
        terms = [self.normalise(formula, term) for term in (subject, predicate, object_)]
        self.positions.setdefault((terms[0], terms[1], terms[2]), self.position)
        super().makeStatement((formula, terms[1], terms[0], terms[2]), why)


class _Parser(SinkParser):
    """Note where each object begins; hand the places to the sink one statement at a time."""

    def __init__(self, sink: _Sink, base: str) -> None:
        super().__init__(sink, baseURI=base, turtle=True)
        self._sink = sink
        self._starts: dict[int, list[Position]] = {}
        self._pending: Iterator[Position] = iter(())

    def object(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:
        start = self.skipSpace(argstr, i)
        if start < 0:
            return start
        position = Position(self.lines + 1, start - self.startOfLine + 1)
        self._starts.setdefault(id(res), []).append(position)
        self._sink.position = position  # for the triples of a collection
        end: int = super().object(argstr, start, res)
        return end

    def objectList(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:  # noqa: N802
        self._starts.pop(id(res), None)  # of an earlier list, since freed, that had the same id
        end: int = super().objectList(argstr, i, res)
        self._pending = iter(self._starts.pop(id(res), []))
        return end

    def makeStatement(self, quadruple: Any) -> None:  # noqa: N802
        self._sink.position = next(self._pending, self._sink.position)
        super().makeStatement(quadruple)


@contextlib.contextmanager
def _quiet_literals() -> Iterator[None]:
    """Silence what rdflib logs about ill-typed literals: the literals check says it better."""
    logger = logging.getLogger("rdflib.term")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def oxigraph_term(term: Node) -> Any:
    """Return an rdflib term as one of pyoxigraph."""
    if isinstance(term, rdflib.URIRef):
        return pyoxigraph.NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return pyoxigraph.BlankNode(str(term))
    if not isinstance(term, rdflib.Literal):
        raise TypeError(f"not an RDF 1.1 term: {term!r}")
    if term.language:
        return pyoxigraph.Literal(str(term), language=term.language.lower())
    return pyoxigraph.Literal(str(term), datatype=pyoxigraph.NamedNode(str(term.datatype)) if term.datatype else None)


def _canonical(triples: Iterator[tuple[Any, Any, Any]]) -> set[str]:
    """Return the triples as N-Quads lines after RDF Dataset Canonicalization: blank node labels do not matter."""
    dataset = pyoxigraph.Dataset(pyoxigraph.Quad(*triple) for triple in triples)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def parse_turtle(path: Path, base: str) -> TurtleFile:
    """Read a Turtle file; `base` is what relative IRIs rest on until the file declares its own.

    Raises TurtleSyntaxError when either parser refuses the file, InputError when it is missing or not UTF-8.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise InputError(f"{displayed(path)}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TurtleSyntaxError(path, line, 1, "The file is not UTF-8.") from error
    try:
        oxigraph_triples = list(pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.TURTLE, base_iri=base))
    except SyntaxError as error:
        message = _PLACE.sub("", error.msg).rstrip(".")
        raise TurtleSyntaxError(path, error.lineno or 1, error.offset or 1, f"{message}.") from error
    graph = rdflib.Graph(bind_namespaces="none")
    sink = _Sink(graph)
    parser = _Parser(sink, base)
    with _quiet_literals():
        try:
            parser.loadBuf(text)
        except BadSyntax as error:
            raise TurtleSyntaxError(path, error.lines + 1, 1, f"rdflib refuses this: {error._why}.") from error
        except (ValueError, AssertionError) as error:
            raise TurtleSyntaxError(path, parser.lines + 1, 1, f"rdflib refuses this: {error}.") from error
    agree = _canonical((q.subject, q.predicate, q.object) for q in oxigraph_triples) == _canonical(
        (oxigraph_term(s), oxigraph_term(p), oxigraph_term(o)) for s, p, o in graph
    )
    prefixes = {prefix: str(namespace) for prefix, namespace in parser._bindings.items()}
    return TurtleFile(path, graph, sink.positions, prefixes, agree)
