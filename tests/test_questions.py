"""Every stored query gives its expected answer, in the engine that serves it and in rdflib.

The answer beside a query is the whole answer. Rows are compared in order where the query has ORDER BY, else as a
multiset; terms by value, because CSV holds no datatype: a number is the same however it is written.
"""

import csv
import io
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import FrameType

import pytest
import rdflib
from pyoxigraph import QuerySolutions

from kg.content import find_content
from kg.errors import InputError
from kg.namespaces import BASE, graph_iri
from kg.questions import StoredQuery, read_stored_query, stored_queries
from kg.results import RESULT_FORMATS, serialise
from kg.store import GraphStore, evaluate, load_content
from kg.tokens import tokenise

CONTENT = find_content(Path(__file__).resolve().parent.parent)
PATHS = CONTENT.query_files()
CSV = next(form for form in RESULT_FORMATS if form.name == "csv")
SLUGS = {path.stem for path in (CONTENT.root / "data" / "sources").glob("*.ttl")}

RDFLIB_SECONDS = 60
"""Far more than rdflib takes for any query that it can evaluate in a sensible order."""

Row = tuple[Decimal | str, ...]


def value(text: str) -> Decimal | str:
    """A term as its value: a number, or the text itself."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    # A leading zero or a plus sign makes a code or a text, not a number; so does NaN.
    return number if number.is_finite() and not text.startswith(("+", "00")) else text


def rows(text: str) -> tuple[list[str], list[Row]]:
    """Header and rows of a CSV result."""
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    return header, [tuple(value(cell) for cell in line) for line in lines]


def is_ordered(query: StoredQuery) -> bool:
    """Whether the outermost query has ORDER BY."""
    depth = 0
    for token in tokenise(query.text):
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and token.kind == "word" and token.text.upper() == "ORDER":
            return True
    return False


def assert_same(query: StoredQuery, found: str) -> None:
    """The answer found is the expected one."""
    expected_header, expected = rows(query.answer_path.read_bytes().decode("utf-8"))
    header, answer = rows(found)
    assert header == expected_header
    if is_ordered(query):
        assert answer == expected
    else:
        assert Counter(answer) == Counter(expected)


@pytest.fixture(scope="session")
def store() -> GraphStore:
    """The content in the engine that serves it."""
    return load_content(CONTENT)


@pytest.fixture(scope="session")
def dataset() -> rdflib.Dataset:
    """The content in rdflib as named graphs, the default graph being their union."""
    dataset = rdflib.Dataset(default_union=True)
    for path in [*CONTENT.ontology_files(), *CONTENT.data_files()]:
        dataset.graph(rdflib.URIRef(graph_iri(path))).parse(path, format="turtle")
    return dataset


@pytest.fixture(scope="session")
def union(dataset: rdflib.Dataset) -> rdflib.Graph:
    """The same triples in one graph, which rdflib searches many times as fast as its own union."""
    graph = rdflib.Graph()
    for named_graph in dataset.graphs():
        for triple in named_graph:
            graph.add(triple)
    return graph


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Fail when the block takes longer."""

    def fail(_signal: int, _frame: FrameType | None) -> None:
        pytest.fail(
            f"rdflib needs more than {seconds} s. It evaluates what follows VALUES, GRAPH or OPTIONAL on its own and "
            "joins afterwards: write all triple patterns, labels too, together and before these."
        )

    before = signal.signal(signal.SIGALRM, fail)
    # Again each second: what rdflib is doing may swallow the exception, as a bare `except` or a finalizer does.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def names_graphs(query: StoredQuery) -> bool:
    """Whether a query has GRAPH or FROM."""
    return any(token.kind == "word" and token.text.upper() in ("FROM", "GRAPH") for token in tokenise(query.text))


def test_there_are_stored_queries() -> None:
    assert PATHS


def test_names_are_unique() -> None:
    assert len(stored_queries(CONTENT)) == len(PATHS)


def test_identifiers_are_unique() -> None:
    counts = Counter(query.identifier for query in stored_queries(CONTENT).values() if query.identifier)
    assert [identifier for identifier, count in counts.items() if count > 1] == []


def test_every_answer_has_its_query() -> None:
    answers = {path.with_suffix(".rq") for path in (CONTENT.root / "queries").glob("**/*.csv")}
    assert sorted(answers) == PATHS


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
class TestStoredQuery:
    """One stored query."""

    def test_header_is_complete(self, path: Path) -> None:
        query = read_stored_query(path)
        assert query.answer_path.is_file(), "the expected answer is missing: <name>.csv beside <name>.rq"
        assert all(text.strip() for text in [*query.titles.values(), *query.questions.values()])
        assert set(query.sources) <= SLUGS, "a source is not the slug of a file in data/sources"

    def test_answer_of_the_engine(self, path: Path, store: GraphStore) -> None:
        query = read_stored_query(path)
        result = evaluate(store, query.text)
        assert isinstance(result, QuerySolutions), "a stored query is a SELECT"
        assert_same(query, serialise(result, CSV, store.prefixes).decode("utf-8"))

    # rdflib 7.6 calls what it has deprecated itself, whenever the default graph is the union.
    @pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning")
    def test_answer_of_rdflib(self, path: Path, dataset: rdflib.Dataset, union: rdflib.Graph) -> None:
        query = read_stored_query(path)
        with time_limit(RDFLIB_SECONDS):
            result = (dataset if names_graphs(query) else union).query(query.text, base=BASE)
            serialised = result.serialize(format="csv")
        assert serialised is not None
        assert_same(query, serialised.decode("utf-8"))

    def test_answer_has_rows(self, path: Path) -> None:
        header, answer = rows(read_stored_query(path).answer_path.read_bytes().decode("utf-8"))
        assert header
        assert answer, "an empty answer would also be that of a misspelt query"


HEADER_ERRORS = [
    ("SELECT * {}\n", "no question in th"),
    ("# title (en): a\n# title (th): b\n# question (en): c\n# question (th): d\n", "no query below"),
    ("# title: a\nSELECT * {}\n", ":1:1: title needs a language"),
    ("# title (en): a\n# titel (th): b\nSELECT * {}\n", ":2:1: unknown header 'titel (th)'"),
    ("# title (en): a\n# title (en): b\nSELECT * {}\n", ":2:1: title (en) stands twice"),
    ("# title (en): a\n# title (th): b\n# question (en):\n# question (th): d\nASK {}\n", "no question in en"),
]


@pytest.mark.parametrize(("text", "message"), HEADER_ERRORS, ids=[message for _, message in HEADER_ERRORS])
def test_header_errors(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.rq"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read_stored_query(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}:")


def test_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.rq"
    path.write_text(
        "# id: Q1\n# title (en): A\n# title (th): ก\n# question (en): One\n#   two?\n# question (th): ข\n"
        "# sources: x y\n# A free remark.\n\nSELECT * {}\n# not header: x\n",
        "utf-8",
    )
    query = read_stored_query(path)
    assert (query.identifier, query.titles, query.questions, query.sources, query.query) == (
        "Q1",
        {"th": "ก", "en": "A"},
        {"th": "ข", "en": "One two?"},
        ("x", "y"),
        "SELECT * {}\n# not header: x\n",
    )


def test_time_limit_holds_where_an_exception_is_lost() -> None:
    def lose_the_first() -> None:
        begin = time.monotonic()
        with time_limit(1):
            with suppress(pytest.fail.Exception):
                while time.monotonic() - begin < 10:
                    pass
            while time.monotonic() - begin < 10:
                pass

    with pytest.raises(pytest.fail.Exception, match="rdflib needs more than 1 s"):
        lose_the_first()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2.50", Decimal("2.5")), ("1E3", Decimal(1000)), ("007", "007"), ("1/2561", "1/2561"), ("", ""), ("NaN", "NaN")],
)
def test_value(text: str, expected: Decimal | str) -> None:
    assert value(text) == expected
