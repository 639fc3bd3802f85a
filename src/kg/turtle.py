"""Read one Turtle file (RDF 1.1 Turtle) into triples, each with its place in the file.

rdflib's parser keeps no positions, but it reads one text from one index to the next, so a subclass notes the index
wherever a subject, a predicate, an object, a prefix or a member of a list begins. The same bytes are parsed by
pyoxigraph too: it says where a syntax error is, to the column, and two parsers that disagree about the triples of a
file show a defect of the file or of one of them.
"""

import contextlib
import logging
import re
import warnings
from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, MutableSequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyoxigraph
import rdflib
from rdflib.namespace import RDF
from rdflib.plugins.parsers.notation3 import BadSyntax, RDFSink, SinkParser
from rdflib.term import Node

from kg.errors import InputError
from kg.finding import displayed
from kg.tokens import tokenise

Triple = tuple[Node, Node, Node]

_PLACE: Final = re.compile(r"^Parser error at line .*?: ")
"""How pyoxigraph begins a message: the place, which stands in front already."""

_INCOMPLETE: Final = ("A dot is expected", "Unexpected end", "blank node property lists should end")
"""How the messages begin of which the place is that of what follows something that is missing."""

_LONG: Final = 1_000_000
"""Characters from which on a text is not looked through once more for a better place of an error."""

_ROUNDS: Final = 16
"""Links that are followed from a blank node to tell it from others."""

BYTE_ORDER_MARK: Final = "The file begins with a byte order mark."
"""What is said of a file that begins with U+FEFF, which the grammar of Turtle does not have."""


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


class PrefixDeclaration(NamedTuple):
    """A prefix that a file declares: its name, the namespace, and where the declaration begins."""

    prefix: str
    namespace: str
    position: Position


@dataclass(frozen=True)
class TurtleFile:
    """The triples of a file and where things are in it.

    `positions` has the place of the object of each triple, `predicates` that of its predicate, `subjects` where each
    subject begins for the first time. `disagreement` is None when both parsers read the same, else where they first
    differ. `repeated` has the place of the object of each triple that is written again.
    """

    path: Path
    graph: rdflib.Graph
    positions: dict[Triple, Position] = field(repr=False)
    prefixes: dict[str, str] = field(repr=False)
    predicates: dict[Triple, Position] = field(repr=False, default_factory=dict)
    subjects: dict[Node, Position] = field(repr=False, default_factory=dict)
    declarations: tuple[PrefixDeclaration, ...] = field(repr=False, default=())
    used_prefixes: frozenset[str] = frozenset()
    disagreement: Position | None = None
    repeated: dict[Triple, Position] = field(repr=False, default_factory=dict)

    @property
    def parsers_agree(self) -> bool:
        """Whether rdflib and pyoxigraph read the same triples."""
        return self.disagreement is None

    def find(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Position | None:
        """Return where a triple stands, or None when a part of it is None or the file does not have it."""
        if subject is None or predicate is None or value is None:
            return None
        return self.positions.get((subject, predicate, value))


class _Lines:
    """Turns indexes of a text into lines and columns, both from 1."""

    def __init__(self, text: str) -> None:
        """Find where the lines begin. A line ends with a line feed, a carriage return, or both."""
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]

    def position(self, index: int) -> Position:
        """Return the place of an index."""
        line = bisect_right(self._starts, index)
        return Position(line, index - self._starts[line - 1] + 1)


class _Sink(RDFSink):
    """Keep the lexical form of every literal as it is written, and where every triple and subject begins."""

    def __init__(self, graph: rdflib.Graph) -> None:
        super().__init__(graph)
        self.objects: dict[Triple, int] = {}
        self.repeated: dict[Triple, int] = {}
        self.predicates: dict[Triple, int] = {}
        self.subjects: dict[Node, int] = {}
        self.place = (0, 0)
        self.open: list[list[int]] = []
        self._members: deque[int] | None = None

    def newLiteral(self, s: str, dt: rdflib.URIRef | None, lang: str | None) -> rdflib.Literal:  # noqa: N802
        if dt:
            return rdflib.Literal(s, datatype=dt, normalize=False)
        return rdflib.Literal(s, lang=lang)

    def normalise(self, f: Any, n: Any) -> Any:
        if isinstance(n, bool):
            return rdflib.Literal(str(n).lower(), datatype=rdflib.XSD.boolean, normalize=False)
        return super().normalise(f, n)

    def newList(self, n: Any, f: Any) -> Any:  # noqa: N802
        self._members = deque(self.open[-1])  # where the members begin
        try:
            return super().newList(n, f)
        finally:
            self._members = None

    def makeStatement(self, quadruple: Any, why: Any = None) -> None:  # noqa: N802
        formula, predicate, subject, object_ = quadruple
        subject, predicate, object_ = (self.normalise(formula, term) for term in (subject, predicate, object_))
        place = self.place
        if self._members is not None:
            place = (self._members[0], self._members[0])
            if predicate == RDF.rest:
                self._members.popleft()
        if (subject, predicate, object_) in self.objects:
            self.repeated.setdefault((subject, predicate, object_), place[1])
        self.predicates.setdefault((subject, predicate, object_), place[0])
        self.objects.setdefault((subject, predicate, object_), place[1])
        self.subjects.setdefault(subject, place[1])
        super().makeStatement((formula, predicate, subject, object_), why)


class _Parser(SinkParser):
    """Note where things begin, as indexes of the text; hand those of triples to the sink one statement at a time."""

    def __init__(self, sink: _Sink, base: str) -> None:
        super().__init__(sink, baseURI=base, turtle=True)
        self._sink = sink
        self._verb = 0
        self._starts: dict[int, list[int]] = {}
        self._pending: Iterator[tuple[int, int]] = iter(())
        self._subject_starts: list[int] = []
        self._open = sink.open
        self._declared_at = 0
        self.declared: list[tuple[str, str, int]] = []
        self.used: set[str] = set()

    def directiveOrStatement(self, argstr: str, h: int) -> int:  # noqa: N802
        self._declared_at = max(self.skipSpace(argstr, h), 0)
        end: int = super().directiveOrStatement(argstr, h)
        return end

    def bind(self, qn: str, uri: bytes) -> None:
        self.declared.append((qn, self._bindings[qn], self._declared_at))
        super().bind(qn, uri)

    def uri_ref2(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:
        end: int = super().uri_ref2(argstr, i, res)
        if end >= 0:
            start = self.skipSpace(argstr, i)
            if argstr[start] not in "<_?":
                self.used.add(argstr[start:end].partition(":")[0])
        return end

    def statement(self, argstr: str, i: int) -> int:
        self._subject_starts.append(self.skipSpace(argstr, i))
        try:
            end: int = super().statement(argstr, i)
        finally:
            self._subject_starts.pop()
        return end

    def node(self, argstr: str, i: int, res: MutableSequence[Any], subjectAlready: Any = None) -> int:  # noqa: N803
        start = self.skipSpace(argstr, i)
        if start < 0 or argstr[start] not in "[(":
            end: int = super().node(argstr, i, res, subjectAlready)
            return end
        self._subject_starts.append(start)
        self._open.append([])
        try:
            end = super().node(argstr, start, res, subjectAlready)
        finally:
            self._subject_starts.pop()
            self._open.pop()
        return end

    def property_list(self, argstr: str, i: int, subj: Any) -> int:
        self._sink.subjects.setdefault(self._sink.normalise(self._context, subj), self._subject_starts[-1])
        end: int = super().property_list(argstr, i, subj)
        return end

    def item(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:
        if self._open:
            self._open[-1].append(self.skipSpace(argstr, i))
        end: int = super().item(argstr, i, res)
        return end

    def nodeOrLiteral(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:  # noqa: N802
        """Keep a number as it is written: rdflib would make 7 of 007."""
        start = self.skipSpace(argstr, i)
        end: int = super().nodeOrLiteral(argstr, start, res) if start >= 0 else -1
        if end >= 0 and start >= 0 and (argstr[start].isdigit() or argstr[start] in "+-."):
            written = argstr[start:end]
            kind = rdflib.XSD.double if "e" in written.lower() else rdflib.XSD.decimal if "." in written else None
            res[-1] = rdflib.Literal(written, datatype=kind or rdflib.XSD.integer, normalize=False)
        return end

    def verb(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:
        self._verb = max(self.skipSpace(argstr, i), 0)
        end: int = super().verb(argstr, i, res)
        return end

    def object(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:
        start = self.skipSpace(argstr, i)
        if start < 0:
            return start
        self._starts.setdefault(id(res), []).append(start)
        self._sink.place = (start, start)  # for what the object itself is made of
        end: int = super().object(argstr, start, res)
        return end

    def objectList(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:  # noqa: N802
        self._starts.pop(id(res), None)  # of an earlier list, since freed, that had the same id
        verb = self._verb
        end: int = super().objectList(argstr, i, res)
        self._pending = iter([(verb, start) for start in self._starts.pop(id(res), [])])
        return end

    def makeStatement(self, quadruple: Any) -> None:  # noqa: N802
        self._sink.place = next(self._pending, self._sink.place)
        super().makeStatement(quadruple)


@contextlib.contextmanager
def _quiet_literals() -> Iterator[None]:
    """Silence what rdflib logs about ill-typed literals: the literals check says it better."""
    logger = logging.getLogger("rdflib.term")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"rdflib\.term")
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


def _coloured(triples: Collection[tuple[Any, Any, Any]]) -> Counter[tuple[str, str, str]]:
    """Return the triples with each blank node as a digest of all that it is linked to: its label does not matter.

    The digests are refined until they tell no more nodes apart, or some rounds have passed. Where nodes look alike,
    two graphs may have the same digests and differ all the same; no two parsers of one text differ so, and the time is
    bounded, which that of canonicalization is not.
    """
    statements: dict[Any, list[tuple[str, Any, bool]]] = defaultdict(list)
    for subject, predicate, value in triples:
        for node, other, outward in ((subject, value, True), (value, subject, False)):
            if isinstance(node, pyoxigraph.BlankNode):
                statements[node].append((str(predicate), other, outward))
    colours: dict[Any, str] = dict.fromkeys(statements, "")
    for _ in range(_ROUNDS):
        before = len(set(colours.values()))
        colours = {
            node: sha256(
                repr(sorted((name, out, colours.get(other, str(other))) for name, other, out in linked)).encode()
            ).hexdigest()
            for node, linked in statements.items()
        }
        if len(set(colours.values())) == before:
            break
    return Counter(
        (colours.get(subject, str(subject)), str(predicate), colours.get(value, str(value)))
        for subject, predicate, value in triples
    )


def _first_difference(
    theirs: list[Any], graph: rdflib.Graph, positions: dict[Triple, Position], subjects: dict[Node, Position]
) -> Position | None:
    """Return where the triples of rdflib and pyoxigraph differ first, or None when they are the same."""
    ours = {triple: (oxigraph_term(triple[0]), oxigraph_term(triple[1]), oxigraph_term(triple[2])) for triple in graph}
    if _coloured({(q.subject, q.predicate, q.object) for q in theirs}) == _coloured(set(ours.values())):
        return None
    read = {(str(q.subject), str(q.predicate), str(q.object)) for q in theirs}
    described = {str(q.subject) for q in theirs}
    places = [
        positions[triple] if str(terms[0]) in described else subjects[triple[0]]
        for triple, terms in ours.items()
        if not any(isinstance(term, rdflib.BNode) for term in triple) and tuple(map(str, terms)) not in read
    ]
    return min(places, default=Position(1, 1))


def decoded(path: Path, content: bytes) -> str:
    """Return the text of a Turtle file. Raises TurtleSyntaxError when it is not UTF-8 or begins with a mark."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        raise TurtleSyntaxError(path, line, column, "The file is not UTF-8.") from error
    if text.startswith("\ufeff"):
        raise TurtleSyntaxError(path, 1, 1, BYTE_ORDER_MARK)
    return text


def _end_before(text: str, place: Position) -> Position:
    """Return where the token before a place ends, if it is on an earlier line: what is missing is missing there."""
    starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]
    before = text[: starts[min(place.line, len(starts)) - 1] + place.column - 1]
    if len(before) > _LONG:
        return place
    end = max((token.start + len(token.text) for token in tokenise(before)), default=0)
    if not end or "\n" not in before[end:].replace("\r", "\n"):
        return place
    line = bisect_right(starts, end - 1)
    return Position(line, end - starts[line - 1] + 1)


def refusal(path: Path, text: str, error: SyntaxError) -> TurtleSyntaxError:
    """Return what pyoxigraph says against a Turtle text, at its place or where something is missing before it."""
    message = _PLACE.sub("", error.msg).rstrip(".")
    place = Position(error.lineno or 1, error.offset or 1)
    if message.startswith(_INCOMPLETE):
        place = _end_before(text, place)
    return TurtleSyntaxError(path, *place, f"{message}.")


def parse_turtle(path: Path, base: str, content: bytes | None = None) -> TurtleFile:
    """Read a Turtle file; `base` is what relative IRIs rest on until the file declares its own.

    `content` is what the file holds, if it was read already.
    Raises TurtleSyntaxError when either parser refuses the file, InputError when it cannot be read.
    """
    if content is None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(f"{displayed(path)}: {error.strerror}.") from error
    text = decoded(path, content)
    try:
        theirs = list(pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.TURTLE, base_iri=base))
    except SyntaxError as error:
        raise refusal(path, text, error) from error
    except MemoryError as error:  # one token fills the buffer of the parser
        lengths = [len(line) for line in text.splitlines()]
        why = f"A name or a text is longer than the parser takes: {error}."
        raise TurtleSyntaxError(path, lengths.index(max(lengths)) + 1, 1, why) from error
    graph = rdflib.Graph(bind_namespaces="none")
    sink = _Sink(graph)
    parser = _Parser(sink, base)
    lines = _Lines(text)
    with _quiet_literals():
        try:
            # Turtle takes a carriage return for a line end, as old systems write it, rdflib does not.
            parser.loadBuf(text if "\n" in text else text.replace("\r", "\n"))
        except BadSyntax as error:
            place = lines.position(min(error._i, len(text)))
            raise TurtleSyntaxError(path, *place, f"rdflib refuses this: {error._why}.") from error
        except (ValueError, AssertionError, IndexError, LookupError, TypeError, RecursionError) as error:
            place = lines.position(parser._declared_at)
            why = "nested too deeply" if isinstance(error, RecursionError) else str(error) or "unexpected end"
            raise TurtleSyntaxError(path, *place, f"rdflib refuses this: {why}.") from error
    positions = {triple: lines.position(index) for triple, index in sink.objects.items()}
    subjects = {subject: lines.position(index) for subject, index in sink.subjects.items()}
    return TurtleFile(
        path,
        graph,
        positions,
        {prefix: str(namespace) for prefix, namespace in parser._bindings.items()},
        {triple: lines.position(index) for triple, index in sink.predicates.items()},
        subjects,
        tuple(PrefixDeclaration(name, iri, lines.position(index)) for name, iri, index in parser.declared),
        frozenset(parser.used),
        _first_difference(theirs, graph, positions, subjects),
        {triple: lines.position(index) for triple, index in sink.repeated.items()},
    )
