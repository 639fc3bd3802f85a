"""What crawlers read: the site map of sitemaps.org with the languages of each page, and robots.txt (RFC 9309)."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.site.addresses import path_of
from kg.site.dcat import value_in
from kg.site.linked_data import query
from kg.site.site import LANGUAGES, Site

SITE_MAP_LENGTH: Final = 25_000
"""How many pages stand in one file of the site map; the protocol of sitemaps.org takes 50,000."""

_NOT_CRAWLED: Final = ("sparql", "query", "search", "reconcile", "suggest")
"""Paths that a crawler could follow without end."""


class SiteMap:
    """The site map: every page, its languages, and when what it shows was last checked."""

    def __init__(self, site: Site, pages: Sequence[str]) -> None:
        """Take the site, and the paths of pages that are no resource's."""
        self._site = site
        self._pages = tuple(pages)

    async def entries(self) -> list[tuple[str, str | None]]:
        """Return the path of each page and the day of its last change, if it is known. Raises QueryError."""
        last = None
        found: list[tuple[str, str | None]] = []
        for row in await self._site.rows(query("pages-with-days")):
            path, day = path_of(value_in(row, "thing")), value_in(row, "modified") or None
            if path and "#" not in path:
                found.append((path, day))
                last = max(filter(None, (last, day)), default=None)
        described = {path for path, _ in found}
        graphs = [path_of(graph) or "" for graph in self._site.summary.graphs]
        pages = [page for page in self._pages if page not in _NOT_CRAWLED]
        rest = [*pages, "ontology", "shapes", "catalog", *graphs]
        return [*((path, last) for path in dict.fromkeys(rest) if path not in described), *found]

    async def respond(self, request: Request) -> Response:
        """Send the site map, or its index where it is long. Raises QueryError when the data cannot be asked."""
        base = self._site.base_of(request)
        entries = await self.entries()
        parts = [entries[start : start + SITE_MAP_LENGTH] for start in range(0, len(entries), SITE_MAP_LENGTH)]
        number = request.path_params.get("number")
        if number is None and len(parts) > 1:
            lines = [
                f"<sitemap><loc>{escape(f'{base}/sitemap-{n}.xml')}</loc></sitemap>" for n in range(1, len(parts) + 1)
            ]
            kind, body = "sitemapindex", lines
        else:
            wanted = 1 if number is None else number
            if not 1 <= wanted <= len(parts):
                return self._site.problem(request, 404, "There is no such part of the site map.")
            kind, body = "urlset", [self._entry(base, path, day) for path, day in parts[wanted - 1]]
        document = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
            + "\n".join(body)
            + f"\n</{kind}>\n"
        )
        return self._site.respond(request, document.encode(), "application/xml")

    @staticmethod
    def _entry(base: str, path: str, day: str | None) -> str:
        """Return the entry of a page."""
        address = f"{base}/{path}"
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(f"{address}?lang={language}")}/>'
            for language in LANGUAGES
        )
        changed = f"<lastmod>{escape(day)}</lastmod>" if day else ""
        return f"<url><loc>{escape(address)}</loc>{changed}{others}</url>"


def routes(site: Site, pages: Sequence[str] = ("",)) -> list[BaseRoute]:
    """Return the routes of the site map and of robots.txt.

    `pages` are the paths of pages that are no resource's, without a slash before them.
    """
    site_map = SiteMap(site, pages)

    async def robots(request: Request) -> Response:
        base = site.base_of(request)
        closed = "".join(f"Disallow: {urlsplit(base).path}/{path}\n" for path in _NOT_CRAWLED)
        body = f"User-agent: *\n{closed}Allow: /\n\nSitemap: {base}/sitemap.xml\n"
        return site.respond(request, body.encode(), "text/plain; charset=utf-8")

    return [
        Route("/sitemap.xml", site.answering(site_map.respond, keep=True), methods=["GET", "HEAD"]),
        Route("/sitemap-{number:int}.xml", site.answering(site_map.respond, keep=True), methods=["GET", "HEAD"]),
        Route("/robots.txt", site.answering(robots), methods=["GET", "HEAD"]),
    ]
