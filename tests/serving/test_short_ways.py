"""What is decided from the characters of a query alone agrees with what its tokens say."""

from hypothesis import given
from hypothesis import strategies as st

from kg.content import Content, find_content
from kg.description import data_set_description, names_graphs
from kg.guard import _excess, _surely_moderate
from kg.namespaces import BASE
from kg.server.engine import _VOLATILE, volatile
from kg.store import GraphStore, load_content
from kg.tokens import iris, tokenise
from kg.vocabulary import _known, unknown_names

PIECES = [
    "SELECT * ",
    "WHERE ",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    " ",
    "\n",
    "\t",
    ".",
    ";",
    ",",
    "/",
    "^",
    "|",
    "||",
    "&&",
    "!",
    "!(",
    "+",
    "-",
    "*",
    "?s ?p ?o ",
    "?x",
    "$y",
    "FILTER",
    "FILTER(",
    "BIND(",
    " AS ?z",
    "OPTIONAL {",
    "UNION",
    "VALUES ?a { 1 2 }",
    "VALUES (?a ?b) { (1 2) }",
    "a:b",
    "tsc:Meeting",
    "tsc:Meting",
    ":local",
    "PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#>\n",
    "prefix\ttsc:<https://w3id.org/thai-smart-city/ontology#>",
    "PREFIX : <https://w3id.org/thai-smart-city/id/>",
    "BASE <http://a/>",
    "<https://w3id.org/thai-smart-city/ontology#Meeting>",
    "<https://w3id.org/thai-smart-city/ontology#None>",
    "<id/none>",
    "<http://a/b>",
    "'x'",
    '"ก@กี่"@th',
    '"""long\n# "" """',
    "# a comment from here\n",
    "#FROM <http://a/g>\n",
    "FROM <http://a/g>",
    "FROM NAMED a:g ",
    "from<g>",
    "GRAPH ?g {",
    "graph a:g{",
    "GRAPH<g>{",
    "}FROM:g",
    "NOW()",
    "now",
    "?rand",
    "UUID()",
    "'uuid'",
    "struuid ()",
    "BNODE(",
    "tsc:x\\-y",
    "tsc:a%20b",
    "(1 2 3)",
    "( ?a )",
    "((",
    "))",
    "f(",
    "a:f(",
    "?v(",
    "?v (",
    "IN (",
    "COUNT(*)",
]

texts = st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.builds(
    lambda piece, times, rest: piece * times + rest, st.sampled_from(PIECES), st.integers(1, 250), st.text(max_size=20)
)


@given(texts)
def test_what_is_surely_moderate_exceeds_nothing(query: str) -> None:
    if _surely_moderate(query):
        assert _excess(tokenise(query)) is None


@given(texts)
def test_volatile(query: str) -> None:
    words = {token.text.upper() for token in tokenise(query) if token.kind == "word"}
    assert volatile(query) == bool(words & _VOLATILE)


@given(texts)
def test_graphs_are_named_only_where_it_is_seen(query: str) -> None:
    words = {token.text.upper() for token in tokenise(query) if token.kind == "word"}
    clauses = [
        after.kind in ("iri", "name", "variable") or after.text.upper() == "NAMED"
        for word, after in zip(tokenise(query), tokenise(query)[1:], strict=False)
        if word.kind == "word" and word.text.upper() in ("FROM", "GRAPH")
    ]
    if words & {"FROM", "GRAPH"} and any(clauses):
        assert names_graphs(query)
    description = data_set_description(query, BASE)
    if description.default_graphs or description.named_graphs:
        assert names_graphs(query)


DATA: GraphStore = load_content(find_content())


@given(texts)
def test_unknown_names(query: str) -> None:
    expected = {iri for _, iri in iris(tokenise(query), base=BASE) if iri.startswith(BASE)}
    unknown = set()
    for iri in expected:
        try:
            if not _known(DATA, iri):
                unknown.add(iri)
        except ValueError:
            continue
    found = {name.iri for name in unknown_names(DATA, query, most=1000)}
    assert found == unknown


def test_stored_queries_use_no_unknown_name(content: Content) -> None:
    for path in content.query_files():
        assert unknown_names(DATA, path.read_text("utf-8")) == [], path.name
