"""Clients as people use them, against the running server: curl, SPARQLWrapper, rdflib's SPARQLStore, pandas."""

import json
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, GET, JSON, JSONLD, N3, POST, POSTDIRECTLY, RDFXML, TSV, TURTLE, XML, SPARQLWrapper

FERRY = "http://example.org/ferry#"
SOUTH = URIRef("http://example.org/pier/south")
THAI = "SELECT ?s { ?s <http://www.w3.org/2000/01/rdf-schema#label> 'ท่าใต้'@th } # ถามหา"
NAMES = "CONSTRUCT { ?s rdfs:label ?o } { ?s a <http://example.org/ferry#Pier> ; rdfs:label ?o }"
PREFIX = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "


def wrapped(address: str, query: str, form: str, method: str, direct: bool) -> Any:
    """Ask by SPARQLWrapper and return what it makes of the answer; any warning of it is an error."""
    wrapper = SPARQLWrapper(f"{address}/sparql")
    wrapper.setQuery(query)
    wrapper.setReturnFormat(form)
    wrapper.setMethod(method)
    if direct:
        wrapper.setRequestMethod(POSTDIRECTLY)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "ConjunctiveGraph is deprecated")
        return wrapper.query().convert()


WAYS = [(GET, False), (POST, False), (POST, True)]


@pytest.mark.parametrize(("method", "direct"), WAYS)
@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_select_and_ask(address: str, form: str, method: str, direct: bool) -> None:
    found = wrapped(address, THAI, form, method, direct)
    true = wrapped(address, "ASK { ?s ?p 'ท่าใต้'@th }", form, method, direct)
    if form == JSON:
        assert [row["s"]["value"] for row in found["results"]["bindings"]] == [str(SOUTH)]
        assert true["boolean"] is True
    elif form == XML:
        assert found.getElementsByTagName("uri")[0].firstChild.data == str(SOUTH)
        assert true.getElementsByTagName("boolean")[0].firstChild.data == "true"
    else:
        assert found.decode().split() == (["s", str(SOUTH)] if form == CSV else ["?s", f"<{SOUTH}>"])
        assert true == b"true"


@pytest.mark.parametrize(("method", "direct"), WAYS)
@pytest.mark.parametrize("form", [XML, RDFXML, TURTLE, N3, JSONLD])
def test_sparqlwrapper_construct(address: str, form: str, method: str, direct: bool) -> None:
    found = wrapped(address, PREFIX + NAMES, form, method, direct)
    graph = found if isinstance(found, Graph) else Graph().parse(found, format="turtle")
    assert set(graph.objects(SOUTH, RDFS.label)) == {Literal("South pier", "en"), Literal("ท่าใต้", "th")}
    assert len(graph) == 4


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
def test_rdflib_sparqlstore(address: str, method: Any, form: str) -> None:
    store = SPARQLStore(f"{address}/sparql", method=method, returnFormat=form)
    graph = Graph(store)
    rows = list(graph.query(PREFIX + "SELECT ?o { <http://example.org/pier/south> rdfs:label ?o } ORDER BY ?o"))
    assert {str(row[0]) for row in rows} == {"South pier", "ท่าใต้"}  # type: ignore[index]  # rows of a SELECT
    if form not in ("csv", "tsv"):  # the results of ASK in these are no standard, and rdflib reads none
        assert graph.query("ASK { ?s ?p 'ท่าใต้'@th }").askAnswer is True
        assert (SOUTH, RDF.type, URIRef(f"{FERRY}Pier")) in graph
        assert set(graph.objects(SOUTH, RDFS.label)) == {Literal("South pier", "en"), Literal("ท่าใต้", "th")}
        assert len(graph) == 14
    if form == "xml":  # with the others rdflib asks for no format of a graph
        made = graph.query(PREFIX + NAMES).graph
        assert made is not None
        assert len(made) == 4


def test_rdflib_sparqlstore_and_named_graphs(address: str) -> None:
    name = URIRef("https://w3id.org/thai-smart-city/graph/ferry")
    assert len(Graph(SPARQLStore(f"{address}/sparql"), identifier=name)) == 3
    unknown = URIRef("https://w3id.org/thai-smart-city/graph/none")
    assert len(Graph(SPARQLStore(f"{address}/sparql"), identifier=unknown)) == 0


def test_pandas(address: str) -> None:
    query = "SELECT ?s ?fare { ?s <http://example.org/ferry#fare> ?fare } ORDER BY ?fare"
    table = pandas.read_csv(f"{address}/sparql?{urlencode({'query': query, 'format': 'csv'})}")
    assert list(table.columns) == ["s", "fare"]
    assert table["fare"].tolist() == [2.5, 12]
    negotiated = pandas.read_csv(
        f"{address}/sparql?{urlencode({'query': query})}",
        storage_options={"Accept": "text/tab-separated-values"},
        sep="\t",
    )
    assert negotiated["?fare"].tolist() == [2.5, 12]
    thai = "SELECT ?o { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o FILTER(LANG(?o) = 'th') } ORDER BY ?o"
    names = pandas.read_csv(f"{address}/sparql?{urlencode({'query': thai, 'format': 'csv'})}")
    assert set(names["o"]) == {"ท่าใต้", "ท่าเหนือ", "ท่าเรือ"}
    notice = pandas.read_csv(
        f"{address}/sparql?{urlencode({'query': f'SELECT ?n {{ ?s <{FERRY}notice> ?n }}', 'format': 'csv'})}"
    )
    assert notice["n"].tolist() == ['first\r\nsecond, "third"']


CSV_ANSWER = f"s\r\n{SOUTH}\r\n"
CURL: dict[str, tuple[list[str], str]] = {
    "GET, encoded": (["-G", "-H", "Accept: text/csv", "--data-urlencode", f"query={THAI}"], CSV_ANSWER),
    "GET, format": (["-G", "-d", "format=csv", "--data-urlencode", f"query={THAI}"], CSV_ANSWER),
    "POST, form": (["-H", "Accept: text/csv", "--data-urlencode", f"query={THAI}"], CSV_ANSWER),
    "POST, direct": (["-H", "Accept: text/csv", "-H", "Content-Type: application/sparql-query", "--data-binary", THAI],
                     CSV_ANSWER),
    "POST, from a file": (["-H", "Accept: text/csv", "-H", "Content-Type: application/sparql-query", "--data-binary",
                           "@FILE"], CSV_ANSWER),
    "POST, chunked": (["-H", "Accept: text/csv", "-H", "Content-Type: application/sparql-query",
                       "-H", "Transfer-Encoding: chunked", "--data-binary", THAI], CSV_ANSWER),
    "QUERY": (["-X", "QUERY", "-H", "Accept: text/csv", "-H", "Content-Type: application/sparql-query", "--data-binary",
               THAI], CSV_ANSWER),
    "compressed": (["--compressed", "-G", "-d", "format=csv", "--data-urlencode", f"query={THAI}"], CSV_ANSWER),
    "HTTP/1.0": (["--http1.0", "-G", "-d", "format=csv", "--data-urlencode", f"query={THAI}"], CSV_ANSWER),
    "asks for HTTP/2": (["--http2", "-G", "-d", "format=csv", "--data-urlencode", f"query={THAI}"], CSV_ANSWER),
    "expects 100": (["-H", "Expect: 100-continue", "-d", "format=csv", "--data-urlencode", f"query={THAI}"],
                    CSV_ANSWER),
    "nothing said": (["-G", "--data-urlencode", "query=ASK {}"], '{"head":{},"boolean":true}'),
}  # fmt: skip


@pytest.mark.parametrize("name", CURL)
def test_curl(address: str, tmp_path: Path, name: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    options, answer = CURL[name]
    file = tmp_path / "query.rq"
    file.write_text(THAI, "utf-8")
    command = ["curl", "--silent", "--show-error", "--fail", "--max-time", "20"]
    command += [option.replace("@FILE", f"@{file}") for option in options]
    done = subprocess.run([*command, f"{address}/sparql"], capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout.decode()) == (0, answer), done.stderr


def test_curl_head_and_errors(address: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    head = subprocess.run(
        ["curl", "-sI", "-G", "--data-urlencode", "query=ASK {}", f"{address}/sparql"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert head.startswith("HTTP/1.1 200 OK")
    assert "content-length: 26" in head
    error = subprocess.run(
        ["curl", "-s", "-G", "--data-urlencode", "query=SELCT", f"{address}/sparql"], capture_output=True, check=True
    ).stdout
    assert json.loads(error)["line"] == 1
