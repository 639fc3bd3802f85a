"""Every link of the site followed once, over HTTP: what it leads to is there, of the right type, at the right place."""

import asyncio
import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx

CONNECTIONS = 6
TYPES = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".js": "text/javascript",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".nt": "application/n-triples",
    ".rdf": "application/rdf+xml",
    ".svg": "image/svg+xml",
    ".ttl": "text/turtle",
    ".woff2": "font/woff2",
}
"""Media types by suffix; every other address without a `type` of its own is that of a page."""
BESIDE = re.compile(
    r"/(?:robots\.txt|opensearch\.xml|sparql|healthz|metrics|\.well-known/void|dumps/.*|catalog\.\w+)(?:\?.*)?"
)
"""What has a type that neither its suffix tells nor that of a page."""


class Links(HTMLParser):
    """The links of a page with the media type that they promise, and the fragments that it has."""

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.fragments: set[str] = {"", "top"}
        self.doubled: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the links and the fragment of an element."""
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            if given["id"] in self.fragments:
                self.doubled.append(given["id"])
            self.fragments.add(given["id"])
        for name in ("href", "src", "xlink:href"):
            if name in given and tag not in {"use", "image"}:
                self.links.append((given[name], given.get("type", "")))
        if tag == "form" and given.get("method", "get") == "get":
            self.links.append((given["action"], ""))


class Walk:
    """A walk over all links of a site, from some addresses on."""

    def __init__(self, address: str) -> None:
        """Take the address of the site."""
        self.address = address
        self.found: dict[str, str] = {}  # by address without its fragment: where it was first seen
        self.promised: dict[str, str] = {}
        self.pages: dict[str, set[str]] = {}  # fragments by address of a page
        self.wanted: dict[tuple[str, str], str] = {}  # where a link to a fragment was first seen
        self.outside: set[str] = set()
        self.followed: Counter[str] = Counter()
        self.faults: list[str] = []
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def add(self, link: str, seen_at: str, promised: str = "") -> None:
        """Take a link up, if it is new."""
        whole = urljoin(seen_at, link)
        if not whole.startswith((f"{self.address}/", f"{self.address}?")):
            if urlsplit(whole).scheme not in {"https", "http", "mailto"}:
                self.faults.append(f"{link} at {seen_at} leads nowhere")
            self.outside.add(whole)
            return
        target, fragment = urldefrag(whole)
        if fragment and not fragment.startswith("char="):  # a place in a text that is not published (RFC 5147)
            self.wanted.setdefault((target, fragment), seen_at)
        if "lang" in urlsplit(target).query.split("=")[::2] and seen_at != f"{self.address}/":
            target = re.sub(r"[?&]lang=\w+$", "", target)
        if target not in self.found:
            self.found[target] = seen_at
            self.promised[target] = promised
            self._queue.put_nowait(target)

    async def run(self) -> None:
        """Follow links until there is none left."""
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        headers = {"accept": "text/html,*/*;q=0.5", "accept-language": "th", "accept-encoding": "identity"}
        async with httpx.AsyncClient(limits=limits, headers=headers, timeout=120) as client:
            workers = [asyncio.create_task(self._work(client)) for _ in range(CONNECTIONS)]
            joined = asyncio.create_task(self._queue.join())
            await asyncio.wait([joined, *workers], return_when=asyncio.FIRST_COMPLETED)
            for worker in workers:
                if worker.done():
                    worker.result()  # raises what ended it
                worker.cancel()
            joined.cancel()

    async def _work(self, client: httpx.AsyncClient) -> None:
        """Follow links as they come."""
        while True:
            target = await self._queue.get()
            self._read(target, await client.get(target))
            self._queue.task_done()

    def _read(self, target: str, response: httpx.Response) -> None:
        """Check what a link led to, and take up its links in turn if it is a page of the site itself."""
        seen_at = self.found[target]
        if response.status_code in {301, 302, 303, 307, 308}:
            self.followed["redirect"] += 1
            self.add(response.headers["location"], target)
            return
        path = urlsplit(target).path
        media_type = response.headers.get("content-type", "").partition(";")[0]
        self.followed[media_type] += 1
        if response.status_code != 200:
            self.faults.append(f"{response.status_code}: {target} at {seen_at}")
            return
        suffix = re.search(r"\.\w+$", path.rpartition("/")[2])
        known = TYPES.get(suffix[0]) if suffix else None
        expected = self.promised[target] or known or "text/html"
        beside = BESIDE.fullmatch(target[len(self.address) :]) and not self.promised[target]
        if media_type != expected and not beside:
            self.faults.append(f"{media_type}, not {expected}: {target} at {seen_at}")
        query = urlsplit(target).query
        # What a query asks for is endless; such pages are looked at once and lead no further.
        if media_type == "text/html" and (not query or query.startswith(("page=", "example="))):
            page = Links(response.text)
            self.pages[target] = page.fragments
            self.faults += [f"two elements are called {name}: {target}" for name in page.doubled]
            for link, promised in page.links:
                self.add(link, target, promised)

    def fragments_that_are_not_there(self) -> list[str]:
        """Return links to fragments of pages that these do not have."""
        return [
            f"{target}#{fragment} at {seen_at}"
            for (target, fragment), seen_at in self.wanted.items()
            if target in self.pages and fragment not in self.pages[target]
        ]


def test_every_link_leads_somewhere(address: str, paths_by_kind: dict[str, list[str]]) -> None:
    """From the home page on; what the site map names is all found by links alone."""
    walk = Walk(address)
    walk.add("/", f"{address}/")
    asyncio.run(walk.run())
    print(dict(walk.followed), f"{len(walk.outside)} outside, {len(walk.wanted)} to fragments")
    assert walk.faults == []
    assert walk.fragments_that_are_not_there() == []
    named = {path for paths in paths_by_kind.values() for path in paths}
    assert sorted(named - {urlsplit(target).path for target in walk.pages}) == []
