"""The table of requests (requests.toml), sent to `kg serve`."""

import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

REQUESTS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "requests.toml").read_text("utf-8"))["request"]
KEYS = {
    "name", "method", "path", "query", "repeat_query", "accept", "send", "post", "post_hex", "post_repeat",
    "status", "headers", "body", "contains", "lacks",
}  # fmt: skip


def content_of(request: dict[str, Any]) -> bytes | None:
    if "post_hex" in request:
        return bytes.fromhex(request["post_hex"])
    if "post_repeat" in request:
        return b" " * int(request["post_repeat"])
    return str(request["post"]).encode() if "post" in request else None


def path_of(request: dict[str, Any]) -> str:
    if "repeat_query" in request:
        before, opening, times, closing, after = request["repeat_query"]
        return f"/sparql?query={quote(before + opening * times + closing * times + after)}"
    return f"/sparql?query={quote(request['query'])}" if "query" in request else request.get("path", "/sparql")


@pytest.mark.parametrize("request_", REQUESTS, ids=[request["name"] for request in REQUESTS])
def test_request(client: httpx.Client, request_: dict[str, Any]) -> None:
    assert set(request_) <= KEYS
    headers = dict(request_.get("send", {}))
    if "accept" in request_:
        headers["accept"] = request_["accept"]
    response = client.request(
        request_.get("method", "GET"), path_of(request_), headers=headers, content=content_of(request_)
    )
    assert response.status_code == request_["status"], response.text
    for name, value in request_.get("headers", {}).items():
        assert response.headers.get(name) == value
    if "body" in request_:
        assert response.content.decode() == request_["body"]
    for part in request_.get("contains", ()):
        assert part in response.content.decode()
    for part in request_.get("lacks", ()):
        assert part not in response.content.decode()
