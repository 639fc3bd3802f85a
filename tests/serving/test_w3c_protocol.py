"""The W3C's tests of the SPARQL 1.1 Protocol, over HTTP. Those of updates must be refused."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

FILE = Path(__file__).resolve().parent.parent / "conformance" / "w3c_protocol_tests.json"
TESTS: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
MEDIA_TYPES = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    },
    "RDF": {"application/rdf+xml", "text/turtle", "application/n-triples"},
}


def test_all_tests_are_there() -> None:
    assert len(TESTS) == 34
    assert len({test["id"] for test in TESTS}) == 34


def send(client: httpx.Client, request: dict[str, Any]) -> httpx.Response:
    body = None if request["body"] is None else request["body"].encode(request["encoding"] or "utf-8")
    return client.request(request["method"], request["path"], headers=request["headers"], content=body)


@pytest.mark.parametrize("test", TESTS, ids=[test["id"] for test in TESTS])
def test_w3c_protocol(w3c_client: httpx.Client, test: dict[str, Any]) -> None:
    if test["id"].startswith("update_"):
        assert send(w3c_client, test["requests"][0]).status_code == 403
        return
    for request in test["requests"]:
        response = send(w3c_client, request)
        assert f"{response.status_code // 100}xx" in request["status"], response.text
        if request["format"]:
            media_type = response.headers["content-type"].partition(";")[0]
            assert media_type in MEDIA_TYPES[request["format"]]
        if request["boolean"] is not None:
            assert response.json()["boolean"] is request["boolean"]
