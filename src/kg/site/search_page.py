"""Search on the site: the page, JSON for programs, suggestions for browsers, and reconciliation for tables.

| path | what |
|---|---|
| `/search?q=` | the page: what was found by kind, or all of one `kind`, page by page |
| `/search.json?q=` | the same as JSON; docs/search.md has its form |
| `/suggest?q=`, `/opensearch.xml` | suggestions for browsers, and the description of the search: OpenSearch 1.1 |
| `/search-key?q=` | the key of a text, for who compares with `tsc:searchKey` |
| `/reconcile` | Reconciliation Service API 0.2 of the W3C community group, with suggestions of things and types |

The index is made once for a loading of the data, from what the site asks, and is held in this process.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.errors import QueryError
from kg.folding import Span
from kg.namespaces import ID, ONTOLOGY
from kg.search import (
    MAXIMUM_LENGTH,
    Hit,
    How,
    Kind,
    Resource,
    Results,
    SearchIndex,
    label_in,
    search_document,
    search_queries,
    shown_name,
)
from kg.site.site import Site

GROUPS: Final = 10
"""How many kinds are shown with what was found of them; the others are in the list of kinds."""

IN_A_GROUP: Final = 5
"""How many of a kind are shown among the others."""

ON_A_PAGE: Final = 20
"""How many are shown on a page of one kind."""

WORDS: Final = 8
"""How many words that find nothing together are looked for singly."""

MOST: Final = 200
"""How many hits JSON gives at a time."""

BATCH: Final = 50
"""How many queries a request for reconciliation may have."""

MAXIMUM_BODY: Final = 256 * 1024
"""Bytes that a request for reconciliation may have."""

EXAMPLES: Final = ("เชียงใหม่", "TH-83", "1/2561", "สมาร์ทซิตี้", "depa", "ดร.ณัฐพล")
"""Shown to who has typed nothing: a name, a code, the number of a meeting, a variant, a short form, a title."""

JSON: Final = "application/json; charset=utf-8"
OPEN_HEADERS: Final = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
"""Header fields of what any script of any site may read."""

_SCORES: Final[Mapping[How, int]] = {"exact": 100, "prefix": 70, "word": 60, "part": 50, "words": 40, "near": 30}
"""Scores of reconciliation by how a name matches; to all but the first up to ten are added for how much of it does."""

_INDEXES: Final[WeakKeyDictionary[Site, SearchIndex]] = WeakKeyDictionary()


class ParameterError(ValueError):
    """A parameter of a request is not as it should be."""


async def index_of(site: Site) -> SearchIndex:
    """Return the index over the names of the data of a site; it is made once. Raises QueryError when it cannot be."""
    index = _INDEXES.get(site)
    if index is None:
        tables = {name: await site.rows(query) for name, query in search_queries(site.content).items()}
        index = _INDEXES[site] = SearchIndex(tables)
    return index


@dataclass(frozen=True)
class ShownHit:
    """A hit as the page shows it.

    `label` is in the language of the page if there is one, else `label_language` says which; `other` is the label in
    the other language. `name` is the name that matched where it is neither, in `name_language`; `role` is that name's.
    """

    address: str
    label: Markup
    label_language: str
    other: Markup
    name: Markup | None
    name_language: str
    role: str


@dataclass(frozen=True)
class ShownGroup:
    """What was found of one kind: how many in all, and those that are shown. `address` leads to all of them."""

    kind: Kind
    total: int
    hits: list[ShownHit]
    address: str


def marked(text: str, ranges: Iterable[Span]) -> Markup:
    """Return a text as HTML with the parts that match in `mark`."""
    pieces: list[Markup] = []
    last = 0
    for begin, end in ranges:
        pieces += [escape(text[last:begin]), Markup("<mark>{}</mark>").format(text[begin:end])]
        last = end
    return Markup().join([*pieces, escape(text[last:])])


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    """Return a whole number from the address. Raises ParameterError when it is none, or out of bounds."""
    value = request.query_params.get(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 6 or not least <= int(value) <= most:
        raise ParameterError(f"{name} is a whole number from {least} to {most}, not {value[:40]!r}.")
    return int(value)


def _words(request: Request, name: str = "q") -> str:
    """Return what a request looks for, no longer than is looked for. Raises ParameterError when nothing is said."""
    value = request.query_params.get(name)
    if value is None:
        raise ParameterError(f"Say what to look for: ?{name}=…")
    return value[:MAXIMUM_LENGTH]


class SearchPages:
    """The search of one site."""

    def __init__(self, site: Site) -> None:
        """Take the site."""
        self._site = site

    def routes(self) -> list[BaseRoute]:
        """Return what is answered by what."""
        pages = {
            "/search": self.page,
            "/search.json": self.json,
            "/suggest": self.suggest,
            "/search-key": self.key,
            "/opensearch.xml": self.description,
            "/reconcile/suggest/entity": self.suggest_entity,
            "/reconcile/suggest/type": self.suggest_type,
        }
        reconcile = Route("/reconcile", self.reconcile, methods=["GET", "HEAD", "POST"])
        routes = (
            Route(path, self._site.answering(handler), methods=["GET", "HEAD"]) for path, handler in pages.items()
        )
        return [*routes, reconcile]

    # --- For people ---

    async def page(self, request: Request) -> Response:
        """Answer with the page. Where the workers cannot be asked, it says so, with status 503."""
        site = self._site
        language = site.language_of(request)
        words = request.query_params.get("q", "")[:MAXIMUM_LENGTH]
        slug = request.query_params.get("kind") or None
        try:
            index = await index_of(site)
        except QueryError:
            return site.page(
                request, "search.html", "search", status=503, words=words, state="unavailable", search_words=words
            )
        results = index.search(words, language=language)
        groups = results.by_kind()
        chosen = index.kinds.get(slug) if slug is not None else None
        shown = results if chosen is None else index.search(words, chosen.slug, language)
        pages = -(-len(shown.hits) // ON_A_PAGE)
        try:
            number = min(_number(request, "page", 1, 1, 9_999), max(pages, 1))
        except ParameterError:
            number = 1
        if chosen is not None:
            groups = {chosen: list(shown.hits[(number - 1) * ON_A_PAGE : number * ON_A_PAGE])} if shown.hits else {}
        facets = [(kind, len(hits)) for kind, hits in results.by_kind().items()]
        state = "results" if shown.hits else "nothing" if results.key else "empty"
        return site.page(
            request,
            "search.html",
            "search",
            words=words,
            search_words=words,
            state=state,
            total=len(results.hits),
            facets=facets[:GROUPS],
            other_facets=facets[GROUPS:],
            chosen=chosen,
            chosen_total=len(shown.hits),
            groups=[
                self._group(request, index, kind, hits, shown, chosen) for kind, hits in list(groups.items())[:GROUPS]
            ],
            suggestion=shown.suggestion,
            page_number=number,
            pages=pages if chosen is not None else 1,
            first=(number - 1) * ON_A_PAGE + 1,
            singly=[] if shown.hits else index.singly(words, chosen.slug if chosen else None, language)[:WORDS],
            examples=EXAMPLES,
            languages_of_kinds={kind: _language_of(kind.labels, language) for kind, _ in facets},
        )

    def _group(
        self, request: Request, index: SearchIndex, kind: Kind, hits: list[Hit], shown: Results, chosen: Kind | None
    ) -> ShownGroup:
        """Return a group of hits as the page shows it: some of them, or where its kind is chosen all of the page."""
        some = hits if chosen is not None else hits[:IN_A_GROUP]
        total = len(shown.hits) if chosen is not None else len(hits)
        return ShownGroup(kind, total, [self._hit(request, index, hit) for hit in some], kind.slug)

    def _hit(self, request: Request, index: SearchIndex, hit: Hit) -> ShownHit:
        """Return a hit as the page shows it."""
        language = self._site.language_of(request)
        labels = hit.resource.labels
        other = next((text for tag, text in labels.items() if tag in {"th", "en"} and tag != language), "")
        label = hit.resource.label(language)
        matched = shown_name(hit, language) if hit.name.role != "code" else hit.name.text

        def shown(text: str) -> Markup:
            """Return a name, marked if it is the one that matched."""
            return marked(text, index.ranges(hit, text)) if text == matched else escape(text)

        return ShownHit(
            self._site.address_of(hit.resource.iri, request),
            shown(label),
            _language_of(labels, language),
            shown(other) if other != label else Markup(),
            shown(matched) if matched not in {label, other} else None,
            hit.name.language,
            hit.name.role,
        )

    # --- For programs ---

    def _json(self, request: Request, document: object, media_type: str = JSON, **more: Any) -> Response:
        """Return a JSON document that any script may read."""
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {**OPEN_HEADERS, **more.pop("headers", {})}
        return self._site.respond(request, body, media_type, headers=headers, **more)

    def _problem(self, request: Request, status: int, sentence: str) -> Response:
        """Return what went wrong, as RFC 9457 has it."""
        document = {"type": "about:blank", "status": status, "detail": sentence}
        headers = {"retry-after": "5"} if status == 503 else {}
        return self._json(request, document, "application/problem+json", status=status, headers=headers)

    async def json(self, request: Request) -> Response:
        """Answer with what was found as JSON."""
        try:
            words = _words(request)
            limit = _number(request, "limit", ON_A_PAGE, 1, MOST)
            offset = _number(request, "offset", 0, 0, 99_999)
            index = await index_of(self._site)
            kind = request.query_params.get("kind") or None
            if kind is not None and kind not in index.kinds:
                raise ParameterError(f"kind is one of {', '.join(sorted(index.kinds))}.")
        except ParameterError as error:
            return self._problem(request, 400, str(error))
        except QueryError as error:
            return self._problem(request, 503, str(error))
        results = index.search(words, kind, self._site.language_of(request))
        addresses = {
            hit.resource.iri: self._site.address_of(hit.resource.iri, request, absolute=True)
            for hit in results.hits[offset : offset + limit]
        }
        document = search_document(index, results, offset, limit, addresses)
        return self._json(request, document, vary=("Accept-Language", "Cookie"))

    async def suggest(self, request: Request) -> Response:
        """Answer with suggestions: what was typed, then lists of names, of what they are, and of addresses."""
        try:
            words = _words(request)
            index = await index_of(self._site)
        except ParameterError as error:
            return self._problem(request, 400, str(error))
        except QueryError as error:
            return self._problem(request, 503, str(error))
        language = self._site.language_of(request)
        hits = index.suggestions(words, language=language)
        document = [
            words,
            [shown_name(hit, language) for hit in hits],
            [hit.resource.kind.label(language) for hit in hits],
            [self._site.address_of(hit.resource.iri, request, absolute=True) for hit in hits],
        ]
        return self._json(request, document, "application/x-suggestions+json", vary=("Accept-Language", "Cookie"))

    async def key(self, request: Request) -> Response:
        """Answer with the key of a text, as plain text."""
        try:
            words = _words(request)
            index = await index_of(self._site)
        except ParameterError as error:
            return self._problem(request, 400, str(error))
        except QueryError as error:
            return self._problem(request, 503, str(error))
        key = index.folding.key(words)
        return self._site.respond(request, key.encode(), "text/plain; charset=utf-8", headers=OPEN_HEADERS)

    async def description(self, request: Request) -> Response:
        """Answer with the description of the search for browsers, in the language of the request."""
        base = self._site.base_of(request)
        body = self._site.render(request, "opensearch.xml", "search", base=base).encode()
        media_type = "application/opensearchdescription+xml; charset=utf-8"
        return self._site.respond(request, body, media_type, vary=("Accept-Language", "Cookie"))

    # --- Reconciliation ---

    async def reconcile(self, request: Request) -> Response:
        """Answer with the manifest of the service, or with candidates for a batch of queries.

        The batch is a JSON object, `queries`, in the address or in the body as a form has it.
        """
        try:
            index = await index_of(self._site)
            batch = await _batch(request)
            if batch is None:
                return self._json(request, self._manifest(request, index), vary=("Accept-Language", "Cookie"))
            language = self._site.language_of(request)
            answers = {name: {"result": _candidates(index, query, language)} for name, query in batch.items()}
        except ParameterError as error:
            return self._problem(request, 400, str(error))
        except QueryError as error:
            return self._problem(request, 503, str(error))
        return self._json(request, answers, vary=("Accept-Language", "Cookie"))

    def _manifest(self, request: Request, index: SearchIndex) -> dict[str, Any]:
        """Return what the service says of itself: its manifest."""
        base = self._site.base_of(request)
        language = self._site.language_of(request)
        return {
            "versions": ["0.2"],
            "name": self._site.texts[language]["base"]["site"],
            "identifierSpace": ID,
            "schemaSpace": ONTOLOGY,
            "defaultTypes": [_type(kind, language) for kind in _kinds(index)],
            "view": {"url": f"{base}/id/{{{{id}}}}"},
            "suggest": {
                name: {"service_url": base, "service_path": f"/reconcile/suggest/{name}"} for name in ("entity", "type")
            },
            "batchSize": BATCH,
        }

    async def suggest_entity(self, request: Request) -> Response:
        """Answer with resources whose names begin with or hold `prefix`."""
        try:
            index = await index_of(self._site)
            prefix = _words(request, "prefix")
        except ParameterError as error:
            return self._problem(request, 400, str(error))
        except QueryError as error:
            return self._problem(request, 503, str(error))
        language = self._site.language_of(request)
        hits = [hit for hit in index.search(prefix, language=language).hits if hit.resource.iri.startswith(ID)]
        found = [
            {
                "id": hit.resource.iri.removeprefix(ID),
                "name": hit.resource.label(language),
                "notable": [_type(hit.resource.kind, language)],
            }
            for hit in hits[:ON_A_PAGE]
        ]
        return self._json(request, {"result": found}, vary=("Accept-Language", "Cookie"))

    async def suggest_type(self, request: Request) -> Response:
        """Answer with classes whose names hold `prefix`."""
        try:
            index = await index_of(self._site)
            key = index.folding.key(_words(request, "prefix"))
        except ParameterError as error:
            return self._problem(request, 400, str(error))
        except QueryError as error:
            return self._problem(request, 503, str(error))
        language = self._site.language_of(request)
        found = [
            _type(kind, language)
            for kind in _kinds(index)
            if any(key in index.folding.key(name) for name in (kind.slug, *kind.labels.values()))
        ]
        return self._json(request, {"result": found}, vary=("Accept-Language", "Cookie"))


def _language_of(labels: Mapping[str, str], language: str) -> str:
    """Return the language of the label that is shown on a page in a language; empty when it is that of the page."""
    shown = label_in(labels, language)
    return "" if labels.get(language) == shown else next((tag for tag, text in labels.items() if text == shown), "")


def _kinds(index: SearchIndex) -> list[Kind]:
    """Return the narrowest classes of what has an IRI below `/id/`, the largest first."""
    counts: dict[Kind, int] = {}
    for resource in index.resources:
        if resource.iri.startswith(ID):
            counts[resource.kind] = counts.get(resource.kind, 0) + 1
    return sorted(counts, key=lambda kind: (-counts[kind], kind.iri))


def _type(kind: Kind, language: str) -> dict[str, str]:
    """Return a class as reconciliation knows it."""
    return {"id": kind.iri, "name": kind.label(language)}


async def _batch(request: Request) -> dict[str, dict[str, Any]] | None:
    """Return the queries of a request for reconciliation by name, or None when it has none. Raises ParameterError."""
    text = request.query_params.get("queries")
    if request.method == "POST":
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MAXIMUM_BODY:
                raise ParameterError(f"The body is longer than {MAXIMUM_BODY} bytes; send fewer queries at a time.")
        try:
            text = parse_qs(body.decode(), max_num_fields=16).get("queries", [text])[0]
        except ValueError as error:
            raise ParameterError("The body is not a form in UTF-8 with a field named queries.") from error
        if text is None:
            raise ParameterError("The form has no field named queries.")
    if text is None:
        return None
    try:
        batch = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"queries is not JSON: {error}") from error
    if not isinstance(batch, dict) or not all(isinstance(query, dict) for query in batch.values()):
        raise ParameterError('queries is an object of objects: {"q0": {"query": "…"}}.')
    if len(batch) > BATCH:
        raise ParameterError(f"queries has {len(batch)} queries; send {BATCH} at most.")
    return batch


def _fits(resource: Resource, types: list[str], index: SearchIndex, *, every: bool) -> bool:
    """Whether a resource is of one of some types, or of every one."""
    iris = {index.kinds[slug].iri for slug in resource.kinds}
    return (all if every else any)(one in iris for one in types)


def _candidates(index: SearchIndex, query: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Return the candidates for a query, the best first. Raises ParameterError.

    A candidate is a match when it is the only one that is called so. Properties are not looked at.
    """
    words, types, limit = query.get("query", ""), query.get("type", []), query.get("limit", 10)
    types = [types] if isinstance(types, str) else types
    if (
        not isinstance(words, str)
        or not isinstance(types, list)
        or not all(isinstance(one, str) for one in types)
        or not isinstance(limit, int)
        or limit < 1
    ):
        raise ParameterError("query is a text, type a text or a list of them, limit a whole number above zero.")
    words = words[:MAXIMUM_LENGTH]
    results = index.search(words, language=language)
    hits = [hit for hit in results.hits if hit.resource.iri.startswith(ID)]
    if types and query.get("type_strict", "any") != "should":
        every = query.get("type_strict") == "all"
        hits = [hit for hit in hits if _fits(hit.resource, types, index, every=every)]
    exact = sum(hit.how == "exact" for hit in hits)
    return [
        {
            "id": hit.resource.iri.removeprefix(ID),
            "name": hit.resource.label(language),
            "type": [_type(hit.resource.kind, language)],
            "score": _score(index, hit, results.key),
            "match": hit.how == "exact" and exact == 1,
        }
        for hit in hits[:limit]
    ]


def _score(index: SearchIndex, hit: Hit, key: str) -> float:
    """Return how good a candidate is, up to 100."""
    if hit.how == "exact":
        return 100.0
    return round(_SCORES[hit.how] + 10 * min(len(key) / max(len(index.folding.key(hit.name.text)), 1), 1.0), 1)


def routes(site: Site) -> list[BaseRoute]:
    """Return what of the search of a site is answered by what."""
    return SearchPages(site).routes()
