"""Addresses: from an IRI of the project to its path on this server, and from a request to the address of the site.

The IRI `https://w3id.org/thai-smart-city/PATH` is answered at `/PATH`. Links within pages are relative, so that they
are right under any prefix that a proxy may put before them; addresses in header fields and in data are absolute.
"""

from typing import Final
from urllib.parse import quote

from starlette.types import Scope

from kg.namespaces import BASE
from kg.server.address import checked_public_url, forwarded, site_address

__all__ = [
    "checked_public_url",
    "encoded",
    "forwarded",
    "iri_of",
    "own_path",
    "path_of",
    "relative_root",
    "site_address",
]

_SAFE: Final = "/#!$&'()*+,;=:@-._~%?"
"""What stays as it is in the path and the fragment of a link (section 3.3 of RFC 3986)."""

_SAFE_IN_PATH: Final = _SAFE.translate({ord(character): None for character in "#?%"})
"""What stays as it is of a path that was decoded."""


def path_of(iri: str) -> str | None:
    """Return the path of an IRI of the project below the root of the site, without a slash before it, or None.

    It may have a fragment, and is percent-encoded where a URI needs it. None is for what others have named.
    """
    if not iri.startswith(BASE):
        return None
    return quote(iri[len(BASE) :], safe=_SAFE)


def iri_of(path: str) -> str:
    """Return the IRI of the project that is answered at a path of the site, as `/id/meeting/x`."""
    return f"{BASE}{path.lstrip('/')}"


def encoded(path: str) -> str:
    """Return a decoded path as it stands in an address, where `#`, `?` and `%` of a name are percent-encoded."""
    return quote(path, safe=_SAFE_IN_PATH)


def own_path(scope: Scope) -> str:
    """Return the decoded path of a request below the root of the site; it begins with a slash."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] or "/" if root and path.startswith(root) else path


def relative_root(scope: Scope) -> str:
    """Return the way from the address of a request to the root of the site: `./`, `../` and so on.

    It counts the slashes that were sent, because an encoded one is none.
    """
    raw = scope.get("raw_path") or scope["path"].encode()
    below = raw.partition(b"?")[0].count(b"/") - str(scope.get("root_path", "")).rstrip("/").count("/") - 1
    return "../" * below or "./"
