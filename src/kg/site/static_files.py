"""The files that pages use as they are: style sheet, scripts, fonts, icon."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.media import qualities_of_codings
from kg.server.compression import IDENTITY, chosen_encoding, compressor
from kg.server.response import matches
from kg.site.site import COMMON_HEADERS, Site

MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
"""Content types by the ending of the name; a file with another ending is not sent."""

_COMPRESSED: Final = frozenset({"woff2"})
_MAXIMUM_AGE: Final = {"woff2": 2_592_000}
_OTHERWISE: Final = 600


@cache
def static_files() -> dict[str, bytes]:
    """Return the files under `static/` by their path there."""
    found: dict[str, bytes] = {}

    def collect(folder: Traversable, before: str) -> None:
        for entry in folder.iterdir():
            if entry.is_dir():
                collect(entry, f"{before}{entry.name}/")
            elif entry.name.rpartition(".")[2] in MEDIA_TYPES:
                found[f"{before}{entry.name}"] = entry.read_bytes()

    collect(files("kg.site") / "static", "")
    return dict(sorted(found.items()))


@cache
def _encoded(path: str, encoding: str) -> bytes:
    """Return a file in a content coding."""
    body = static_files()[path]
    coder = compressor(encoding)
    return body if coder is None else coder.compress(body) + coder.flush()


@cache
def _entity_tag(path: str, encoding: str) -> str:
    """Return the entity tag of a file in a content coding."""
    return f'"{sha256(_encoded(path, encoding)).hexdigest()[:24]}"'


async def static(request: Request) -> Response:
    """Send a file of the pages, compressed once, or 304 where the client has it."""
    path: str = request.path_params["path"]
    if path not in static_files():
        raise HTTPException(404)
    ending = path.rpartition(".")[2]
    encoding = chosen_encoding(qualities_of_codings(request.headers.get("accept-encoding", "")))
    if ending in _COMPRESSED:
        encoding = IDENTITY
    tag = _entity_tag(path, encoding)
    headers = {
        **COMMON_HEADERS,
        "cache-control": f"public, max-age={_MAXIMUM_AGE.get(ending, _OTHERWISE)}",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "cross-origin-resource-policy": "same-origin",
        "etag": tag,
        "vary": "Accept-Encoding",
    }
    if matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    if encoding != IDENTITY:
        headers["content-encoding"] = encoding
    return Response(_encoded(path, encoding), headers=headers | {"content-type": MEDIA_TYPES[ending]})


def routes(_site: Site) -> list[BaseRoute]:
    """Return the routes of the files."""
    return [Route("/static/{path:path}", static, methods=["GET"])]
