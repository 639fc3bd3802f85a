"""Addresses: paths of IRIs, links from any depth, and the address of the site behind a proxy."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest
from tests.site.conftest import Client

from kg.namespaces import BASE
from kg.site import Site, catalogue, resources, site_map
from kg.site.addresses import checked_public_url, forwarded, iri_of, path_of, relative_root, site_address

MEETING = "/id/meeting/committee-1-2561"


def scope(path: str, root: str = "", scheme: str = "http", **headers: str) -> dict[str, Any]:
    """A request as ASGI has it; an underscore in the name of a header is a hyphen."""
    return {
        "type": "http",
        "scheme": scheme,
        "path": path,
        "raw_path": path.encode(),
        "root_path": root,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }


@pytest.mark.parametrize(
    ("iri", "path"),
    [
        (f"{BASE}id/meeting/x", "id/meeting/x"),
        (f"{BASE}ontology#Meeting", "ontology#Meeting"),
        (f"{BASE}id/source/x/text#char=1,2", "id/source/x/text#char=1,2"),
        (f"{BASE}id/place/ก", "id/place/%E0%B8%81"),
        (BASE, ""),
        ("https://example.org/id/meeting/x", None),
        ("https://w3id.org/thai-smart-cityx", None),
    ],
)
def test_the_path_of_an_iri(iri: str, path: str | None) -> None:
    assert path_of(iri) == path


def test_the_iri_of_a_path_is_the_other_way_round() -> None:
    assert iri_of("/id/meeting/x") == f"{BASE}id/meeting/x"


@pytest.mark.parametrize(
    ("path", "root", "expected"),
    [
        ("/", "", "./"),
        ("/areas", "", "./"),
        ("/id/meeting/x", "", "../../"),
        ("/id/source/x/text", "", "../../../"),
        ("/queries/", "", "../"),
        ("/kg/", "/kg", "./"),
        ("/kg/id/meeting/x", "/kg", "../../"),
    ],
)
def test_the_way_to_the_root(path: str, root: str, expected: str) -> None:
    assert relative_root(scope(path, root)) == expected
    assert urljoin(f"https://example.org{path}", expected) == f"https://example.org{root}/"


def test_an_encoded_slash_is_no_step() -> None:
    request = scope("/id/a/b") | {"raw_path": b"/id/a%2Fb"}
    assert relative_root(request) == "../"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("for=192.0.2.60;proto=https;host=example.org", {"for": "192.0.2.60", "proto": "https", "host": "example.org"}),
        ('For="[2001:db8::1]:4711";Host="example.org:8443"', {"for": "[2001:db8::1]:4711", "host": "example.org:8443"}),
        ("host=a.org, host=b.org", {"host": "a.org"}),
        ('host="a\\"b"', {"host": 'a"b'}),
        ("proto=https;;host=x", {"proto": "https"}),
        ("", {}),
        ("nonsense", {}),
    ],
)
def test_forwarded_is_read_as_rfc_7239_says(value: str, expected: dict[str, str]) -> None:
    assert forwarded(value) == expected


@pytest.mark.parametrize(
    ("headers", "public", "trusted", "expected"),
    [
        ({"host": "localhost:8000"}, None, False, "http://localhost:8000"),
        ({"host": "localhost:8000"}, "https://example.org/kg", False, "https://example.org/kg"),
        ({"host": "a", "x_forwarded_host": "b.org"}, None, False, "http://a"),
        ({"host": "a", "forwarded": "host=b.org;proto=https"}, None, False, "http://a"),
        ({"host": "a", "x_forwarded_host": "b.org"}, None, True, "http://b.org"),
        (
            {"host": "a", "x_forwarded_host": "b.org", "x_forwarded_proto": "https", "x_forwarded_prefix": "/kg/"},
            None,
            True,
            "https://b.org/kg",
        ),
        ({"host": "a", "forwarded": "host=b.org;proto=https"}, None, True, "https://b.org"),
        ({"host": "a", "forwarded": "host=b.org", "x_forwarded_host": "c.org"}, None, True, "http://b.org"),
        (
            {"host": "a", "x_forwarded_host": "b.org, c.org", "x_forwarded_proto": "https,http"},
            None,
            True,
            "https://b.org",
        ),
        ({"host": "a", "x_forwarded_host": "b.org/<script>"}, None, True, "http://a"),
        ({"host": "a", "x_forwarded_proto": "javascript"}, None, True, "http://a"),
        ({"host": "a", "x_forwarded_prefix": '/"><script>'}, None, True, "http://a"),
        ({"host": "a", "x_forwarded_prefix": "//evil.org"}, None, True, "http://a"),
        ({"host": '"><script>'}, None, False, "http://localhost"),
        ({}, None, False, "http://localhost"),
        ({"host": "a", "x_forwarded_host": "b.org"}, "https://example.org", True, "https://example.org"),
    ],
)
def test_the_address_of_the_site(headers: dict[str, str], public: str | None, trusted: bool, expected: str) -> None:
    assert site_address(scope("/x", **headers), public, trust_forwarded=trusted) == expected


@pytest.mark.parametrize("value", ["https://example.org", "https://example.org/kg/", "http://localhost:8000/a/b"])
def test_a_public_address(value: str) -> None:
    assert checked_public_url(value) == value.rstrip("/")


@pytest.mark.parametrize(
    "value", ["", "example.org", "ftp://example.org", "https://example.org/?x", "https://a b/", "https://x/#y"]
)
def test_what_cannot_be_a_public_address(value: str) -> None:
    with pytest.raises(ValueError, match=re.escape(value) if value else "address"):
        checked_public_url(value)


PROXIES: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"public_url": "https://example.org/kg"}, {}),
    (
        {"trust_forwarded": True},
        {"x-forwarded-proto": "https", "x-forwarded-host": "example.org", "x-forwarded-prefix": "/kg"},
    ),
    ({"trust_forwarded": True}, {"forwarded": "proto=https;host=example.org", "x-forwarded-prefix": "/kg"}),
]


@pytest.mark.parametrize(("settings", "headers"), PROXIES)
def test_every_link_is_right_behind_a_prefix(
    make_site: Callable[..., Site], client_of: Callable[..., Client], settings: dict[str, Any], headers: dict[str, str]
) -> None:
    """What a client at https://example.org/kg/ resolves stays below it, and answers."""
    public = "https://example.org/kg"
    client = client_of(resources.routes, catalogue.routes, site_map.routes, of=make_site(**settings))
    for path in (MEETING, "/graph/people", "/ontology", "/catalog", "/id/meeting/nothing"):
        for accept in ("text/html", "text/turtle"):
            response = client.get(path, headers={**headers, "accept": accept})
            body = response.text
            assert "testserver" not in body
            for link in re.findall(r"<(https?://[^>]*)>", response.headers.get("link", "")):
                assert link.startswith((f"{public}/", BASE))
            if "content-location" in response.headers:
                assert response.headers["content-location"].startswith(f"{public}{path}.")
            if accept == "text/html":
                links = {
                    urljoin(f"{public}{path}", link) for link in re.findall(r'(?:href|src|action)="([^"]+)"', body)
                }
                outside = {link for link in links if not link.startswith(f"{public}/")}
                assert not {link for link in outside if "example.org" in link}
                own = [link.removeprefix(public) for link in links - outside if "/id/" in link or "/graph/" in link]
                addresses = {link.partition("#")[0].partition("?")[0] for link in own} - {path}
                for address in sorted(addresses)[:25]:
                    assert client.get(address, headers=headers).status_code == 200, address
    assert f"{public}{MEETING}" in client.get("/sitemap.xml", headers=headers).text
    assert f"Sitemap: {public}/sitemap.xml" in client.get("/robots.txt", headers=headers).text
    assert "Disallow: /kg/sparql" in client.get("/robots.txt", headers=headers).text


def test_headers_of_a_proxy_are_not_believed_unless_told(site: Site, client_of: Callable[..., Client]) -> None:
    response = client_of(resources.routes, of=site).get(
        MEETING, headers={"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "accept": "text/turtle"}
    )
    assert "evil.example" not in response.text + str(response.headers)
