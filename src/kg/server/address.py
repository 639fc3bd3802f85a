"""The address of the server as its clients know it: told to it, told by a proxy that is trusted, or by the request."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_FORWARDED_PAIR: Final = re.compile(r'\s*([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))\s*(;|,|$)')
_SCHEMES: Final = ("http", "https")


def _first(value: str | None) -> str:
    """Return the first of a list of values: that of the proxy nearest to the client."""
    return (value or "").partition(",")[0].strip()


def forwarded(value: str) -> dict[str, str]:
    """Return the parameters of the first element of a `Forwarded` header (section 4 of RFC 7239), by lower-case name.

    An element that is not well formed gives those before the fault.
    """
    found: dict[str, str] = {}
    position = 0
    while match := _FORWARDED_PAIR.match(value, position):
        quoted = match[2]
        found.setdefault(match[1].lower(), match[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        position = match.end()
        if match[4] != ";":
            break
    return found


def site_address(scope: Scope, public_url: str | None, *, trust_forwarded: bool) -> str:
    """Return the absolute address of the root of the site as the client knows it, without the slash at its end.

    `public_url` is that address where it is known. Else `trust_forwarded` says whether to believe `Forwarded`
    (RFC 7239), which comes first, and `X-Forwarded-Proto`, `-Host` and `-Prefix`; without it they are what any client
    may claim. What is not well formed counts for nothing.
    """
    if public_url is not None:
        return public_url.rstrip("/")
    headers = Headers(scope=scope)
    scheme: str = scope.get("scheme", "http")
    host = headers.get("host", "")
    prefix = str(scope.get("root_path", "")).rstrip("/")
    if trust_forwarded:
        told = forwarded(headers.get("forwarded", ""))
        proxied = told.get("proto") or _first(headers.get("x-forwarded-proto"))
        scheme = proxied.lower() if proxied.lower() in _SCHEMES else scheme
        named = told.get("host") or _first(headers.get("x-forwarded-host"))
        host = named if _HOST.fullmatch(named) else host
        before = _first(headers.get("x-forwarded-prefix")).rstrip("/")
        prefix = before if before and _PREFIX.fullmatch(before) else prefix
    if not _HOST.fullmatch(host):
        host = "localhost"
    return f"{scheme}://{host}{prefix}"


def checked_public_url(value: str) -> str:
    """Return the public address of a site without the slash at its end. Raises ValueError when it cannot be one."""
    parts = urlsplit(value)
    if parts.scheme not in _SCHEMES or not _HOST.fullmatch(parts.netloc) or parts.query or parts.fragment:
        raise ValueError(f"{value!r} is not an address like https://example.org/path")
    if not _PREFIX.fullmatch(parts.path.rstrip("/")):
        raise ValueError(f"the path of {value!r} may hold letters, digits and . _ ~ - only")
    return value.rstrip("/")


@dataclass(frozen=True)
class Addressing:
    """How the address of the server is known: `public_url` and `trust_forwarded` are those of `site_address`."""

    public_url: str | None = None
    trust_forwarded: bool = False

    def of(self, scope: Scope) -> str:
        """Return the absolute address of the root of the server, without the slash at its end."""
        return site_address(scope, self.public_url, trust_forwarded=self.trust_forwarded)
