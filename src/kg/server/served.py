"""What is served at the moment: the data, and the pages and descriptions that are made of them.

When the data are exchanged everything that was made of the old ones goes with them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

from starlette.requests import cookie_parser
from starlette.types import Receive, Scope, Send

from kg import __version__
from kg.media import negotiated
from kg.protocol import QueryRequest
from kg.questions import StoredQuery
from kg.results import GRAPH_FORMATS, Format
from kg.server.address import Addressing
from kg.server.asking import Asking
from kg.server.compression import WORTHWHILE, compressor
from kg.server.endpoint import encoding_of, refused
from kg.server.engine import NotAcceptableError, chosen
from kg.server.pages import LANGUAGES, Contents, Pages, language_of
from kg.server.pool import WorkerPool
from kg.server.response import MAXIMUM_AGE, entity_tag
from kg.server.response import Response as EndpointResponse
from kg.server.service import Ask, AskOnce, description, serialised_description
from kg.server.worker import Limits
from kg.store import Summary

PAGE_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Headers of everything but `/sparql`, which has its own."""

_HTML: Final = Format(("html",), "text/html", ("text/html", "application/xhtml+xml"), GRAPH_FORMATS[0].engine)
"""What a browser takes; nothing is serialised in this format."""

VOID_PATH: Final = "/.well-known/void"
"""Where the description is a document (section 7.2 of the VoID note); the suffixes of `_SUFFIXES` choose a format."""

_SUFFIXES: Final = {
    next(suffix for suffix in ("ttl", "nt", "rdf", "jsonld") if suffix in form.names): form for form in GRAPH_FORMATS
}

_Made = TypeVar("_Made")


def _of_document(address: str, form: Format) -> dict[str, str]:
    """Return the header fields that tell where a document is in its formats, and in the one that is sent."""
    links = [f'<{address}>; rel="canonical"', f'<{address}.ttl>; rel="describedby"; type="text/turtle"']
    addresses = {other: f"{address}.{suffix}" for suffix, other in _SUFFIXES.items()}
    links += [f'<{one}>; rel="alternate"; type="{other.media_types[0]}"' for other, one in addresses.items()]
    return {"content-location": addresses[form], "link": ", ".join(links)}


class SiteOfData(Protocol):
    """The site of one state of the data.

    `pages` are the paths below `/` of its pages that are no resource's, an empty one where it has a home page; `dumps`
    those of the files that hold all the data.
    """

    @property
    def pages(self) -> Sequence[str]:
        """Return the paths of pages, without a slash before them."""

    @property
    def dumps(self) -> Sequence[str]:
        """Return the paths of the dumps of all the data, without a slash before them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send, /) -> None:
        """Answer a request."""

    def frame(self, scope: Scope, contents: Contents, /) -> str:
        """Return a page that answers a request, with the menu and the look of the site, where it has a home page."""

    async def prepare(self) -> None:
        """Ask what takes long beforehand."""


MakeSite = Callable[[Summary, dict[str, StoredQuery], Ask], SiteOfData]
"""Makes the site of a state of the data."""


class Describing:
    """What the service says of itself, in RDF or as a page."""

    def __init__(
        self,
        summary: Summary,
        ask: Ask,
        pages: Pages,
        limits: Limits,
        maximum_age: int,
        addressing: Addressing,
        dumps: Sequence[str] = (),
    ) -> None:
        """Take what is known of the data, who answers further questions, the pages, and what a question may take.

        `maximum_age` is for how many seconds a description may be used again without asking; `dumps` are the paths of
        the files that hold all the data.
        """
        self._summary = summary
        self._ask = ask
        self._pages = pages
        self._limits = limits
        self._maximum_age = maximum_age
        self._addressing = addressing
        self._dumps = dumps
        self._made: dict[tuple[str, str], bytes] = {}

    async def respond(
        self, scope: Scope, wanted: QueryRequest, accept: str | None, *, page: bool = True
    ) -> EndpointResponse:
        """Return the description of the endpoint, as RDF or for a browser, compressed as the client takes it.

        Without `page` it is the document at `VOID_PATH`, which leads a browser to the page of the endpoint.
        """
        made = await self._whole(scope, wanted, accept, page)
        encoding = encoding_of(dict(scope["headers"]).get(b"accept-encoding", b"").decode("latin-1"))
        coder = compressor(encoding) if made.status == 200 and len(made.body) >= WORTHWHILE else None
        if coder is not None:
            made.body = coder.compress(made.body) + coder.flush()
            made.fields = {**made.fields, "content-encoding": encoding, "content-length": str(len(made.body))}
        return made

    async def _whole(self, scope: Scope, wanted: QueryRequest, accept: str | None, page: bool) -> EndpointResponse:
        """Return the description as `respond` does, but not compressed."""
        base = self._addressing.of(scope)
        address = f"{base}/sparql"
        if wanted.format == "html" or (wanted.format is None and negotiated(accept, (*GRAPH_FORMATS, _HTML)) is _HTML):
            return await self._page(scope, address) if page else EndpointResponse(303, {"location": address})
        made = await self._rdf(scope, wanted, accept, address)
        if not page and made.status < 400:
            made.fields = {
                **made.fields,
                **_of_document(f"{base}{VOID_PATH}", chosen(wanted.format, accept, GRAPH_FORMATS)),
            }
        return made

    async def _rdf(self, scope: Scope, wanted: QueryRequest, accept: str | None, address: str) -> EndpointResponse:
        """Return the description of the endpoint at an address as RDF."""
        try:
            form = chosen(wanted.format, accept, GRAPH_FORMATS)
        except NotAcceptableError as error:
            return refused(406, str(error), accept, "not-acceptable")
        body = self._made.get((address, form.name))
        if body is None:
            described = await description(self._summary, self._ask, address, self._dumps)
            body = serialised_description(described, form)
            if not described.complete:
                made = EndpointResponse.of(200, form.content_type, body, outcome="described")
                made.fields = {**made.fields, "cache-control": "no-store"}
                return made
            if len(self._made) < 64:  # an address is what a client says it is
                self._made[address, form.name] = body
        tag = entity_tag(self._summary.digest, (address, form.content_type, __version__))
        seen = dict(scope["headers"]).get(b"if-none-match", b"").decode("latin-1")
        return EndpointResponse.of(200, form.content_type, body, tag, seen, "described", self._maximum_age)

    async def _page(self, scope: Scope, address: str) -> EndpointResponse:
        """Return the description for a browser."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(pair.partition("=")[::2] for pair in scope["query_string"].decode("latin-1").split("&"))
        cookies = cookie_parser(headers.get("cookie", ""))
        language = language_of(query.get("lang"), cookies.get("lang"), headers.get("accept-language"))
        html = await self._pages.service(language, address, self._limits, scope)
        response = EndpointResponse.of(
            200, "text/html; charset=utf-8", html.encode(), outcome="described", maximum_age=self._maximum_age
        )
        response.fields = {
            **response.fields,
            **PAGE_HEADERS,
            "content-language": language,
            "vary": "Accept, Accept-Encoding, Accept-Language, Cookie",
        }
        if query.get("lang") in LANGUAGES:  # the other pages are then in this language too
            kept = f"lang={language}; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax"
            response.fields = {**response.fields, "set-cookie": kept, "cache-control": "private, no-cache"}
        return response


class _Version:
    """What is made of one state of the data and of the stored queries."""

    def __init__(
        self,
        summary: Summary,
        questions: dict[str, StoredQuery],
        pool: WorkerPool,
        maximum_age: int,
        make_site: MakeSite | None,
        addressing: Addressing,
    ) -> None:
        """Take what is known of the data, the stored queries by name, who answers further questions, and the site."""
        self.summary = summary
        self.questions = questions
        self.ask = AskOnce(Asking(pool, summary))
        self.site = None if make_site is None else make_site(summary, questions, self.ask)
        self.paths = () if self.site is None else self.site.pages
        frame = self.site.frame if self.site is not None and "" in self.paths else None
        self.pages = Pages(summary, questions, self.ask, has_query_page="query" in self.paths, frame=frame)
        dumps = () if self.site is None else self.site.dumps
        self.describing = Describing(summary, self.ask, self.pages, pool.limits, maximum_age, addressing, dumps)


class Served:
    """What is served at the moment."""

    def __init__(
        self,
        summary: Summary,
        questions: dict[str, StoredQuery],
        pool: WorkerPool,
        maximum_age: int = MAXIMUM_AGE,
        make_site: MakeSite | None = None,
        addressing: Addressing | None = None,
    ) -> None:
        """Take what is known of the data, the stored queries by name, and who answers further questions.

        `maximum_age` is for how many seconds a description may be used again without asking; `make_site` makes the site
        of each state of the data; `addressing` says how the address of the server is known.
        """
        self._pool = pool
        self._maximum_age = maximum_age
        self._make_site = make_site
        self.addressing = addressing or Addressing()
        self._version = _Version(summary, questions, pool, maximum_age, make_site, self.addressing)
        self._task: asyncio.Future[Any] | None = None

    @property
    def summary(self) -> Summary:
        """Return what is known of the data."""
        return self._version.summary

    @property
    def site(self) -> SiteOfData | None:
        """Return the site, if there is one."""
        return self._version.site

    @property
    def has_home(self) -> bool:
        """Whether the site has a home page."""
        return "" in self._version.paths

    @property
    def questions(self) -> dict[str, StoredQuery]:
        """Return the stored queries by name."""
        return self._version.questions

    def exchange(self, summary: Summary | None = None, questions: dict[str, StoredQuery] | None = None) -> None:
        """Go over to other data, which the pool answers from now on, or to other stored queries, or to both."""
        now = self._version
        self._version = _Version(
            now.summary if summary is None else summary,
            now.questions if questions is None else questions,
            self._pool,
            self._maximum_age,
            self._make_site,
            self.addressing,
        )
        self.prepare()

    def prepare(self) -> None:
        """Begin to ask what the pages and descriptions tell, so that nobody waits for it."""
        self.close()
        described = description(self.summary, self._version.ask, "http://localhost/sparql")
        site = self._version.site
        self._task = asyncio.gather(described, *([] if site is None else [site.prepare()]))

    def close(self) -> None:
        """Prepare no more."""
        if self._task is not None:
            self._task.cancel()

    async def home(self, language: str, endpoint: str, question: str | None) -> str:
        """Return the home page, as `Pages.home` does."""
        return await self._of_one_version(lambda version: version.pages.home(language, endpoint, question))

    async def description(
        self, scope: Scope, wanted: QueryRequest, accept: str | None, *, page: bool = True
    ) -> EndpointResponse:
        """Return the description of the endpoint, as `Describing.respond` does."""
        return await self._of_one_version(lambda version: version.describing.respond(scope, wanted, accept, page=page))

    async def _of_one_version(self, make: Callable[[_Version], Awaitable[_Made]]) -> _Made:
        """Make something, and make it anew if the data were exchanged meanwhile, so that it mixes nothing."""
        while True:
            version = self._version
            made = await make(version)
            if version is self._version:
                return made
