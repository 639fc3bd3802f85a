r"""What all pages of the site share: who is asked, the templates and their texts, languages, addresses, responses.

A part of the site is a module with `routes(site) -> list[BaseRoute]`; its handlers are `async (request) -> Response`.
Each page is a template that extends `base.html` and fills the blocks `title`, `description` (of `<meta>`), `head` (more
of `<head>`) and `main`. A template knows, beside what the handler gives it:

| name | what |
|---|---|
| `lang`, `other` | the language of the page, and the other one |
| `text` | the texts of the page's own section in `texts/<lang>.toml` |
| `texts` | all sections: `texts.base.search` |
| `root` | the way to the root of the site, `./` or `../../`: `<a href="{{ root }}query">` |
| `here` | the address of the page from itself, with its query but for `lang`: `{{ here \| in_language("en") }}` |
| `page_address` | the absolute address of the page, without `lang` |
| `version`, `digest` | of the data |

and the filters `date`, `day`, `grouped`, `literal`, `link`, `term`, `in_language` and `local` of `kg.site.display`.
"""

import asyncio
import json
import logging
import tomllib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)
from starlette.requests import Request
from starlette.responses import Response

from kg import __version__
from kg.content import Content
from kg.errors import QueryError
from kg.media import negotiated, qualities_of_codings
from kg.questions import StoredQuery
from kg.server.compression import WORTHWHILE, chosen_encoding, compressor
from kg.server.pages import LANGUAGES, language_of
from kg.server.problem import problem, serialised
from kg.server.response import MAXIMUM_AGE, entity_tag, matches
from kg.server.service import RESULTS, TRIPLES, Ask
from kg.site.abbreviations import spelled_out
from kg.site.addresses import path_of, relative_root, site_address
from kg.site.display import FILTERS
from kg.site.negotiation import OFFERS
from kg.store import Summary

__all__ = ["LANGUAGES", "PAGE_HEADERS", "Row", "Site"]

HTML: Final = "text/html; charset=utf-8"

PAGE_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Header fields of every page."""

COMMON_HEADERS: Final = {"referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}
"""Header fields of everything that is no page."""

KEPT: Final = 16 * 1024 * 1024
"""Bytes of answers, and as many of pages, that the site keeps."""

RETRY_AFTER: Final = 2
"""Seconds that a client is asked to wait when the data cannot be asked."""

_LOG: Final = logging.getLogger("kg.site")

Handler = Callable[[Request], Awaitable[Response]]
"""Answers a request."""

Kept = TypeVar("Kept")
Term = NamedNode | BlankNode | Literal | Triple
Row = dict[str, Term]
"""A solution: variable to term; what is not bound is not in it."""


def texts() -> dict[str, dict[str, Any]]:
    """Return the texts of the pages by language, section and key, as `texts/th.toml` and `texts/en.toml` have them."""
    folder = files("kg.site") / "texts"
    return {language: tomllib.loads((folder / f"{language}.toml").read_text("utf-8")) for language in LANGUAGES}


class Recent(Generic[Kept]):
    """Keeps what was used last, up to a number of bytes."""

    def __init__(self, limit: int = KEPT) -> None:
        """Take how many bytes to keep."""
        self._limit = limit
        self._size = 0
        self._entries: OrderedDict[tuple[str, ...], tuple[Kept, int]] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> Kept | None:
        """Return what is kept under a key, or None."""
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        return self._entries[key][0]

    def put(self, key: tuple[str, ...], value: Kept, size: int) -> None:
        """Keep a value of so many bytes; what was not used for longest has to go."""
        if key in self._entries:
            self._size -= self._entries.pop(key)[1]
        whole = size + sum(len(part) for part in key) + 512  # what an entry takes beside its bytes, about
        self._entries[key] = value, whole
        self._size += whole
        while self._size > self._limit and self._entries:
            self._size -= self._entries.popitem(last=False)[1][1]


class Answers:
    """Answers by query and media type, those asked for last; a query that is asked twice at a time is asked once."""

    def __init__(self, ask: Ask) -> None:
        """Take who is asked."""
        self._ask = ask
        self._answers: Recent[bytes] = Recent()
        self._asked: dict[tuple[str, str], asyncio.Task[bytes]] = {}

    async def __call__(self, query: str, media_type: str, /) -> bytes:
        """Return the serialised result of a query. Raises QueryError when there is none."""
        key = (query, media_type)
        answer = self._answers.get(key)
        if answer is not None:
            return answer
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._answer(key))
        return await asyncio.shield(task)

    async def _answer(self, key: tuple[str, str]) -> bytes:
        """Ask, and keep the answer."""
        try:
            answer = await self._ask(*key)
        finally:
            del self._asked[key]
        self._answers.put(key, answer, len(answer))
        return answer


@dataclass(frozen=True, eq=False)
class Site:
    """The site of one loading of the data.

    `content` is where the files are, `summary` what is known of the data without asking, `questions` the stored queries
    by name, `ask` who answers further questions. `public_url` is the address of the site for the world, without a slash
    at its end; where it is None, `trust_forwarded` says whether the headers of a proxy are believed.
    """

    content: Content
    summary: Summary
    questions: Mapping[str, StoredQuery]
    ask: Ask
    public_url: str | None = None
    trust_forwarded: bool = False

    # --- Asking ---

    @cached_property
    def answers(self) -> Ask:
        """Return who is asked, with what was answered before kept."""
        return Answers(self.ask)

    async def table(self, query: str) -> tuple[list[str], list[Row]]:
        """Return the variables of a SELECT, in their order, and its solutions.

        Raises QueryError when there are none to be had, for whatever reason.
        """
        solutions = parse_query_results(await self.answers(query, RESULTS), format=QueryResultsFormat.JSON)
        assert isinstance(solutions, QuerySolutions)  # noqa: S101  # the query is a SELECT of ours
        names = [variable.value for variable in solutions.variables]
        found: list[Row] = []
        for solution in solutions:
            values = zip(names, solution, strict=True)
            found.append({name: value for name, value in values if value is not None})
        return names, found

    async def prefetch(self, queries: Iterable[str]) -> None:
        """Ask several SELECT queries at the same time; their answers are kept for who asks one after the other.

        Raises QueryError when one of them cannot be answered.
        """
        await asyncio.gather(*(self.answers(query, RESULTS) for query in queries))

    async def rows(self, query: str) -> list[Row]:
        """Return the solutions of a SELECT. Raises QueryError when there are none to be had, for whatever reason."""
        return (await self.table(query))[1]

    @cached_property
    def labels(self) -> dict[str, dict[str, str]]:
        """Return the labels that were looked up so far, by IRI and language, for `kg.site.linked_data.labels`."""
        return {}

    async def holds(self, query: str) -> bool:
        """Return the answer of an ASK. Raises QueryError when there is none."""
        return bool(json.loads(await self.answers(query, RESULTS))["boolean"])

    async def triples(self, query: str) -> list[Triple]:
        """Return the triples of a CONSTRUCT. Raises QueryError when there are none to be had, for whatever reason."""
        return [quad.triple for quad in parse(await self.answers(query, TRIPLES), format=RdfFormat.N_TRIPLES)]

    # --- Addresses ---

    def root_of(self, request: Request) -> str:
        """Return the way from the address of a request to the root of the site: `./`, `../` and so on."""
        return relative_root(request.scope)

    def base_of(self, request: Request) -> str:
        """Return the absolute address of the root of the site as the client knows it, without a slash at its end."""
        return site_address(request.scope, self.public_url, trust_forwarded=self.trust_forwarded)

    def address_of(self, iri: str, request: Request, *, absolute: bool = False) -> str:
        """Return where to find out about an IRI: a relative link for one of ours, the IRI itself for any other.

        With `absolute` that of one of ours begins with `base_of`.
        """
        path = path_of(iri)
        if path is None:
            return iri
        return f"{self.base_of(request)}/{path}" if absolute else f"{self.root_of(request)}{path}"

    def language_of(self, request: Request) -> str:
        """Return the language of a page: `?lang=`, else the cookie, else `Accept-Language`, else Thai."""
        asked = request.query_params.get("lang")
        return language_of(asked, request.cookies.get("lang"), request.headers.get("accept-language"))

    @staticmethod
    def _query_without_language(request: Request) -> str:
        """Return the query of the address of a request with its question mark but without `lang`; it may be empty."""
        pairs = [
            (key, value)
            for key, value in parse_qsl(request.url.query, keep_blank_values=True, errors="replace")
            if key != "lang"
        ]
        return f"?{urlencode(pairs)}" if pairs else ""

    # --- Responses ---

    def answering(self, handler: Handler, *, keep: bool = False) -> Handler:
        """Return a handler that answers 503 where the data cannot be asked now.

        With `keep`, what was sent with 200 is sent again to who asks the same. That is right for pages that depend on
        nothing but the data, the address, the language and which of `OFFERS` the client prefers.
        """

        async def answered(request: Request) -> Response:
            try:
                response = await (self._kept(request, handler) if keep else handler(request))
            except QueryError as error:
                _LOG.warning("A page cannot be made: %s", error)
                return self.problem(request, 503, "The data cannot be asked now. Try again in a few seconds.")
            return self._with_cookie(request, response)

        return answered

    def _with_cookie(self, request: Request, response: Response) -> Response:
        """Return a response that keeps the language that `?lang=` names in the cookie `lang`, if it is that of a page.

        It is another one than the given, which may be kept for others.
        """
        if request.query_params.get("lang") not in LANGUAGES or "content-language" not in response.headers:
            return response
        made = Response(response.body, response.status_code, dict(response.headers))
        path = f"{request.scope.get('root_path', '')}/" if self.public_url is None else "/"
        made.set_cookie("lang", self.language_of(request), max_age=31_536_000, path=path, samesite="lax", httponly=True)
        if made.status_code < 400:
            made.headers["cache-control"] = "private, no-cache"  # a kept copy would not set the cookie again
        return made

    @cached_property
    def responses(self) -> Recent[Response]:
        """Return the responses that are kept."""
        return Recent()

    async def _kept(self, request: Request, handler: Handler) -> Response:
        """Return the response to a request that was sent before, or that of the handler, which is then kept."""
        if request.method not in {"GET", "HEAD"}:
            return await handler(request)
        headers = request.headers
        form = negotiated(headers.get("accept"), OFFERS)
        key = (
            request.url.path,
            self._query_without_language(request),
            self.base_of(request),
            self.language_of(request),
            "" if form is None else form.name,
            chosen_encoding(qualities_of_codings(headers.get("accept-encoding", ""))),
        )
        kept = self.responses.get(key)
        if kept is None:
            made = await handler(request)
            if made.status_code == 200:
                self.responses.put(key, made, len(made.body))
            return made
        if matches(headers.get("if-none-match", ""), kept.headers.get("etag", "")):
            left_out = {"content-type", "content-length", "content-encoding"}
            return Response(
                status_code=304, headers={name: value for name, value in kept.headers.items() if name not in left_out}
            )
        return kept

    def problem(self, request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
        """Return an error as problem details (RFC 9457), or as text for who wants that."""
        content_type, body = serialised(problem(status, None, detail), request.headers.get("accept"))
        fields = {"retry-after": str(RETRY_AFTER)} if status == 503 else {}
        also = {**fields, **(headers or {})}
        return self.respond(request, body, content_type, status=status, headers=also, vary=("Accept",))

    @cached_property
    def texts(self) -> dict[str, dict[str, Any]]:
        """Return the texts of the pages by language, section and key."""
        return texts()

    @cached_property
    def templates(self) -> Environment:
        """Return the template engine; a name that is not there is an error."""
        environment = Environment(
            loader=PackageLoader("kg.site"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(FILTERS)
        environment.globals["named"] = NamedNode
        return environment

    def render(self, request: Request, template: str, section: str, **context: Any) -> str:
        """Return the HTML of a page in the language that the request wants.

        `template` is a file of `templates/`, `section` the section of the texts that is its `text`.
        """
        language = self.language_of(request)
        last = request.url.path.rpartition("/")[2].removesuffix(".html")  # so a page is the same by its suffix
        query = self._query_without_language(request)
        own = request.url.path[len(str(request.scope.get("root_path", "")).rstrip("/")) :]
        known: dict[str, Any] = {
            "site": self,
            "request": request,
            "lang": language,
            "other": next(other for other in LANGUAGES if other != language),
            "text": self.texts[language][section],
            "texts": self.texts[language],
            "root": self.root_of(request),
            "here": f"./{last}{query}",
            "page_address": f"{self.base_of(request)}{own}{query}",
            "version": self.summary.version,
            "digest": self.summary.digest,
        }
        page = self.templates.get_template(template).render(**(known | context))
        return spelled_out(page, self.texts[language]["abbreviations"])

    def page(
        self,
        request: Request,
        template: str,
        section: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        vary: Iterable[str] = (),
        **context: Any,
    ) -> Response:
        """Return a page, as `render` makes it, with its header fields; `vary` names fields that also chose it.

        The language that `?lang=` names is kept in the cookie `lang` by `answering`.
        """
        language = self.language_of(request)
        return self.respond(
            request,
            self.render(request, template, section, **context).encode(),
            HTML,
            status=status,
            headers={**PAGE_HEADERS, "content-language": language, **(headers or {})},
            vary=(*vary, "Accept-Language", "Cookie"),
        )

    def respond(
        self,
        request: Request,
        body: bytes,
        content_type: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        vary: Iterable[str] = (),
    ) -> Response:
        """Return a response with an entity tag, compressed as the client takes it, or 304 where it has it already.

        `headers` come beside those of every response, in lower case. An error is not kept by anybody.
        """
        fields = {**COMMON_HEADERS, **(headers or {}), "vary": ", ".join(dict.fromkeys([*vary, "Accept-Encoding"]))}
        if status >= 400:
            fields["cache-control"] = "no-store"
        else:
            fields.setdefault("cache-control", f"public, max-age={MAXIMUM_AGE}")
            fields["etag"] = entity_tag(
                self.summary.digest, (__version__, content_type, blake2b(body, digest_size=16).hexdigest())
            )
            if matches(request.headers.get("if-none-match", ""), fields["etag"]):
                return Response(status_code=304, headers=fields)
        encoding = chosen_encoding(qualities_of_codings(request.headers.get("accept-encoding", "")))
        coder = compressor(encoding) if len(body) >= WORTHWHILE else None
        if coder is not None:
            body = coder.compress(body) + coder.flush()
            fields["content-encoding"] = encoding
        return Response(body, status, fields | {"content-type": content_type})
