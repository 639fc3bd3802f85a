"""Pages that are made before somebody asks for them, so that nobody waits for them.

At which address the site has its visitors, and which content coding they take, is known when the first of them has
come; then pages are made for the others, one after the other, with pauses between them.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Scope

from kg.media import qualities_of_codings
from kg.server.compression import chosen_encoding
from kg.site.addresses import own_path
from kg.site.site import LANGUAGES, Site

PAUSE: Final = 0.02
"""Seconds between two pages or templates, in which requests are answered."""

VISITS: Final = 4
"""For how many addresses of the site, each with a content coding, pages are prepared; a client can claim any."""

NOT_PREPARED: Final = frozenset({"quality"})
"""Pages that take a check of all files, which nobody may want."""

_OF_ONE_REQUEST: Final = frozenset({b"accept-language", b"cookie", b"if-none-match"})


async def compile_templates(site: Site) -> None:
    """Compile the templates of the pages."""
    for name in site.templates.list_templates():
        site.templates.get_template(name)
        await asyncio.sleep(PAUSE)


async def _nothing_more() -> Message:
    """Receive no body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def _nowhere(_message: Message) -> None:
    """Send nothing to anybody."""


class PreparedPages:
    """The pages of a site that are prepared after a first visit."""

    def __init__(self, site: Site, application: ASGIApp, pages: Sequence[str]) -> None:
        """Take the site, the application that answers for it, and paths of pages without a slash before them."""
        self._site = site
        self._application = application
        self._pages = pages
        self._visits: dict[tuple[str, str], asyncio.Task[None]] = {}

    def after(self, scope: Scope) -> None:
        """Take note of a request; if it is the first of its kind for a page, begin to make the other pages."""
        if scope["type"] != "http" or scope["method"] != "GET" or len(self._visits) >= VISITS:
            return
        if own_path(scope).lstrip("/") not in self._pages:
            return
        request = Request(scope)
        coding = chosen_encoding(qualities_of_codings(request.headers.get("accept-encoding", "")))
        kind = self._site.base_of(request), coding
        if kind not in self._visits:
            self._visits[kind] = asyncio.create_task(self._make(scope))

    async def _make(self, visit: Scope) -> None:
        """Have all pages made in each language, as whoever sent a request would have them; the site keeps them."""
        own = [(name, value) for name, value in visit["headers"] if name not in _OF_ONE_REQUEST]
        prefix = str(visit.get("root_path", "")).rstrip("/")
        for language in LANGUAGES:
            for page in self._pages:
                if page in NOT_PREPARED:
                    continue
                scope = dict(visit)
                scope["path"] = f"{prefix}/{page}"
                scope["raw_path"] = scope["path"].encode()
                scope["query_string"] = b""
                scope["headers"] = [*own, (b"accept-language", language.encode())]
                await asyncio.sleep(PAUSE)
                await self._application(scope, _nothing_more, _nowhere)
