"""The tables of requests (`*.toml` under `requests/`), sent to `kg serve`: a row each, and its answer."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from tests.serving.conftest import RUN, served

from kg.content import Content

TABLES = sorted((Path(__file__).parent / "requests").glob("*.toml"))
REQUESTS: list[dict[str, Any]] = [
    {**request, "table": path.stem} for path in TABLES for request in tomllib.loads(path.read_text("utf-8"))["request"]
]
KEYS = {
    "name", "table", "method", "path", "query", "more", "repeat_query", "accept", "send", "post", "form", "post_hex",
    "post_repeat", "project", "status", "type", "headers", "body", "contains", "lacks",
}  # fmt: skip


@pytest.fixture(scope="module")
def project(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """An HTTP client of `kg serve` on the content of the repository."""
    log = tmp_path_factory.mktemp("project") / "log"
    with (
        served(log, "-c", RUN, "serve", "--port", "0", "--root", str(content.root)) as running,
        httpx.Client(base_url=running.address, timeout=30) as client,
    ):
        del client.headers["accept"]
        yield client


def content_of(request: dict[str, Any]) -> bytes | None:
    """Return the body that is sent."""
    if "post_hex" in request:
        return bytes.fromhex(request["post_hex"])
    if "post_repeat" in request:
        return b" " * int(request["post_repeat"])
    if "form" in request:
        return urlencode([tuple(pair) for pair in request["form"]]).encode()
    return str(request["post"]).encode() if "post" in request else None


def path_of(request: dict[str, Any]) -> str:
    """Return the address: `query` percent-encoded, or `path` as it stands; `more` behind it."""
    more = str(request.get("more", ""))
    if "repeat_query" in request:
        before, opening, times, closing, after = request["repeat_query"]
        return f"/sparql?query={quote(before + opening * times + closing * times + after)}{more}"
    if "query" in request:
        return f"/sparql?query={quote(request['query'], safe='')}{more}"
    return f"{request.get('path', '/sparql')}{more}"


def test_names_are_unique() -> None:
    names = [(request["table"], request["name"]) for request in REQUESTS]
    assert len(set(names)) == len(names)
    assert len(names) > 200


@pytest.mark.parametrize("request_", REQUESTS, ids=[f"{request['table']}: {request['name']}" for request in REQUESTS])
def test_request(request: pytest.FixtureRequest, request_: dict[str, Any]) -> None:
    assert set(request_) <= KEYS
    client: httpx.Client = request.getfixturevalue("project" if request_.get("project") else "client")
    headers = dict(request_.get("send", {}))
    if "accept" in request_:
        headers["accept"] = request_["accept"]
    if "form" in request_:
        headers.setdefault("content-type", "application/x-www-form-urlencoded")
    body = content_of(request_)
    response = client.request(request_.get("method", "GET"), path_of(request_), headers=headers, content=body)
    assert response.status_code == request_["status"], response.text
    if "type" in request_:
        assert response.headers["content-type"].partition(";")[0] == request_["type"]
    for name, value in request_.get("headers", {}).items():
        assert response.headers.get(name) == value
    if "body" in request_:
        assert response.content.decode() == request_["body"]
    for part in request_.get("contains", ()):
        assert part in response.content.decode()
    for part in request_.get("lacks", ()):
        assert part not in response.content.decode()
    of_endpoint = path_of(request_).startswith("/sparql") and response.status_code not in (404, 414)
    if response.status_code >= 400 and of_endpoint and "text/" not in headers.get("accept", ""):
        assert response.headers["content-type"] == "application/problem+json"
        if request_.get("method") != "HEAD":
            told = response.json()
            assert told["status"] == response.status_code
            assert told["title"]
            assert told["detail"]
