"""Every IRI of the project answers here: things, named graphs, the ontology with its versions, the shapes.

An address of this server is that of a document about the thing, and answers with 200 and `Content-Location`; the IRI at
w3id.org is that of the thing, and leads here with 303. So no further redirect is needed, and a page can be shared as it
stands in the address bar.
"""

import difflib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final
from urllib.parse import urlencode

from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.namespaces import BASE, ONTOLOGY
from kg.results import Format
from kg.site.addresses import encoded, own_path, path_of
from kg.site.display import local
from kg.site.json_ld import Context
from kg.site.linked_data import (
    SHAPES,
    Document,
    context_of,
    description,
    labels,
    missing,
    query,
    serialised,
    vocabulary_graph,
    whole_graph,
)
from kg.site.negotiation import (
    HTML,
    METHODS,
    PREFLIGHT_HEADERS,
    RDF_HEADERS,
    SUFFIX_OF,
    Wanted,
    alternates,
    by_accept,
    by_suffix,
    links,
    not_acceptable,
    split_suffix,
)
from kg.site.parameters import bound
from kg.site.resource_pages import Pages, with_labels
from kg.site.site import Handler, Site

NEAREST: Final = 8
"""How many names are shown where there is nothing at an address."""

_VARY: Final = ("Accept", "Accept-Language", "Cookie")


def nearest(path: str, paths: Sequence[str]) -> list[str]:
    """Return the paths whose last segment is most like that of a path, best first.

    They are of the same folder, or of the one with the nearest name where there is none of this name.
    """
    folder, _, name = path[:200].rpartition("/")
    folders: dict[str, dict[str, str]] = {}
    for known in paths:
        above, _, last = known.rpartition("/")
        folders.setdefault(above, {})[last] = known
    if folder not in folders:
        folder = next(iter(difflib.get_close_matches(folder, folders, 1, 0.5)), "")
    names = folders.get(folder, {})
    close = difflib.get_close_matches(name, names, NEAREST, 0.5)
    parts = [known for known in names if len(name) > 2 and name in known and known not in close]
    return [names[known] for known in (*close, *parts)][:NEAREST]


class Resources:
    """What answers for the IRIs of the project."""

    def __init__(self, site: Site, others: Mapping[str, Handler] | None = None) -> None:
        """Take the site, and by path who makes the pages that are not made here.

        Raises InputError when a query of the sections is not as it should be.
        """
        self._site = site
        self._others = others or {}
        self._pages = Pages(site)

    @cached_property
    def _context(self) -> Context:
        return context_of(self._site)

    # --- What there is ---

    async def _vocabulary(self, iri: str) -> str | None:
        """Return the graph that declares an ontology, or for the shapes their own IRI; None for anything else."""
        if iri == SHAPES:
            return SHAPES
        return await vocabulary_graph(self._site, iri) if iri.startswith(ONTOLOGY.rstrip("#")) else None

    async def _is_known(self, iri: str) -> bool:
        """Whether an IRI answers."""
        if iri in self._site.summary.graphs or iri == SHAPES or self._site.labels.get(iri):
            return True
        return await self._site.holds(bound(query("known"), subject=iri))

    async def _paths(self) -> list[str]:
        """Return the paths of everything that has an IRI, for who mistyped one."""
        found = [
            path_of(row["thing"].value)
            for row in await self._site.rows(query("things"))
            if isinstance(row["thing"], NamedNode)
        ]
        graphs = [path_of(graph) for graph in self._site.summary.graphs]
        return [path for path in (*found, *graphs) if path is not None and "#" not in path]

    async def _wanted(self, request: Request) -> tuple[Wanted | None, str]:
        """Return what a request asks for, or None where there is no such thing, and a suffix that is not known."""
        path = own_path(request.scope).lstrip("/")
        accept = request.headers.get("accept")
        if set(path) & set("#?"):  # they were percent-encoded; an IRI with them as they are is answered elsewhere
            return None, ""
        try:
            NamedNode(f"{BASE}{path}")
            if await self._is_known(f"{BASE}{path}"):
                return by_accept(path, accept), ""
            named = by_suffix(path)
            if named is not None and await self._is_known(f"{BASE}{named.path}"):
                return named, ""
            stem, suffix = split_suffix(path)
            if suffix and named is None and await self._is_known(f"{BASE}{stem}"):
                return Wanted(stem, None), suffix
        except ValueError:  # not an IRI
            return None, ""
        return None, ""

    async def respond(self, request: Request) -> Response:
        """Answer for the IRI at the path of a request. Raises QueryError when the data cannot be asked."""
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT_HEADERS)
        wanted, unknown = await self._wanted(request)
        if wanted is None:
            return await self.not_found(request)
        address = f"{self._site.base_of(request)}/{path_of(BASE + wanted.path)}"
        if wanted.form is None:
            also = {"link": links(alternates(address)), "access-control-allow-origin": "*"}
            return self._site.problem(request, 406, not_acceptable(unknown), also)
        try:
            page = int(request.query_params.get("page", "1"))
        except ValueError:
            return await self.not_found(request)
        iri = f"{BASE}{wanted.path}"
        if wanted.form is HTML:
            response = await self._page(request, iri, page, wanted, address)
        else:
            response = await self._rdf(request, iri, page, wanted, wanted.form, address)
        return response or await self.not_found(request)

    def _headers(
        self, request: Request, iri: str, address: str, form: Format, page: int, pages: int, *, is_whole: bool = False
    ) -> dict[str, str]:
        """Return the header fields that tell of the other representations and of the other pages.

        `is_whole` says that the RDF has no pages, though the HTML may have.
        """
        of_page = f"?page={page}" if page > 1 else ""  # the first page does not hold it (section 3 of RFC 6596)
        of_data = "" if is_whole else of_page
        pairs = [
            (f"{address}{of_page}", {"rel": "canonical"}),
            (f"{address}.ttl{of_data}", {"rel": "describedby", "type": "text/turtle"}),
            (f"{BASE}{path_of(iri)}", {"rel": "about"}),  # header fields hold no Thai
            *alternates(address, of_page, of_data),
        ]
        if pages > 1:
            others = {"first": 1, "prev": page - 1, "next": page + 1, "last": pages}
            pairs += [(f"{address}?page={n}", {"rel": rel}) for rel, n in others.items() if 1 <= n <= pages]
        parameters: dict[str, object] = {"page": page} if "page" in request.query_params else {}
        if form is HTML:
            parameters["lang"] = self._site.language_of(request)
        location = f"{address}.{SUFFIX_OF[form.name]}"
        return {
            "link": links(pairs),
            "content-location": f"{location}?{urlencode(parameters)}" if parameters else location,
        }

    # --- RDF ---

    async def document(self, request: Request, iri: str, page: int) -> Document | None:
        """Return the RDF for an IRI, or None when there is none or no such page."""
        graph = iri if iri in self._site.summary.graphs else await self._vocabulary(iri)
        if graph is not None:
            return await whole_graph(self._site, graph) if page == 1 else None
        return await description(self._site, request, iri, page)

    async def _rdf(
        self, request: Request, iri: str, page: int, wanted: Wanted, form: Format, address: str
    ) -> Response | None:
        """Return a response in RDF, or None when there is nothing."""
        document = await self.document(request, iri, page)
        if document is None:
            return None
        return self._site.respond(
            request,
            serialised(document, form, self._context),
            form.content_type,
            headers={
                **RDF_HEADERS,
                **self._headers(request, iri, address, form, document.page, document.pages),
            },
            vary=() if wanted.suffix else _VARY,
        )

    async def not_found(self, request: Request) -> Response:
        """Answer that there is nothing at an address: a page, or the response in RDF, with the nearest names.

        Raises QueryError when the data cannot be asked.
        """
        path = own_path(request.scope).lstrip("/")
        wanted = by_suffix(path) or by_accept(path, request.headers.get("accept"))
        close = [f"{BASE}{found}" for found in nearest(wanted.path, await self._paths())]
        sentences = {language: texts["resource"]["missing"] for language, texts in self._site.texts.items()}
        if wanted.form is not None and wanted.form is not HTML:
            document = missing(f"{self._site.base_of(request)}/{encoded(path)}", sentences, close)
            body = serialised(document, wanted.form, self._context)
            return self._site.respond(
                request, body, wanted.form.content_type, status=404, headers=RDF_HEADERS, vary=_VARY
            )
        if wanted.form is None:
            return self._site.problem(request, 404, sentences["en"], {"access-control-allow-origin": "*"})
        known = await labels(self._site, close)
        return self._site.page(
            request,
            "not-found.html",
            "resource",
            status=404,
            vary=("Accept",),
            asked=path,
            search_words=local(wanted.path).replace("-", " ")[:200],
            nearest=[with_labels(iri, known) for iri in close],
        )

    # --- HTML ---

    async def _page(self, request: Request, iri: str, page: int, wanted: Wanted, address: str) -> Response | None:
        """Return the page for an IRI, or None when there is none."""
        if wanted.path in self._others:
            response = await self._others[wanted.path](request)
            response.headers.update(self._headers(request, iri, address, HTML, 1, 1))
            response.headers.add_vary_header("Accept")
            return response
        graph = iri if iri in self._site.summary.graphs else None
        vocabulary = None if graph is not None else await self._vocabulary(iri)
        if graph is not None:
            made = await self._pages.graph(iri, page)
        elif vocabulary is not None:
            made = await self._pages.vocabulary(iri, vocabulary, page)
        else:
            made = await self._pages.thing(iri, page)
        if made is None:
            return None
        return self._site.page(
            request,
            made.template,
            "resource",
            headers=self._headers(request, iri, address, HTML, page, made.pages, is_whole=bool(graph or vocabulary)),
            vary=() if wanted.suffix else ("Accept",),
            iri=iri,
            address=address,
            formats=self._formats(request, iri),
            page=page,
            pages=made.pages,
            **made.context,
        )

    def _formats(self, request: Request, iri: str) -> list[tuple[str, str, str]]:
        """Return name, address and media type of each representation of an IRI in RDF."""
        names = {"ttl": "Turtle", "nt": "N-Triples", "rdf": "RDF/XML", "jsonld": "JSON-LD"}
        types = {
            suffix: parameters["type"] for suffix, (_, parameters) in zip(("html", *names), alternates(""), strict=True)
        }
        stem = self._site.address_of(iri, request)
        return [(name, f"{stem}.{suffix}", types[suffix]) for suffix, name in names.items()]


def routes(site: Site, others: Mapping[str, Handler] | None = None) -> list[BaseRoute]:
    """Return the routes of everything that has an IRI of the project.

    `others` are handlers of pages that are made elsewhere, by path without a slash before it, as `ontology`; header
    fields that tell of the other representations are added to what they send. Raises InputError as `Resources` does.
    """
    resources = Resources(site, others)
    handler = site.answering(resources.respond, keep=True)

    async def context(request: Request) -> Response:
        path = site.content.root / "ontology" / "context.jsonld"
        if not path.is_file():
            return await resources.not_found(request)
        return site.respond(request, path.read_bytes(), "application/ld+json", headers=RDF_HEADERS)

    paths = ("/id/{path:path}", "/graph/{path:path}", "/ontology{path:path}", "/shapes{path:path}")
    return [
        Route("/ontology/context.jsonld", site.answering(context, keep=True), methods=["GET", "HEAD"]),
        *(Route(path, handler, methods=list(METHODS)) for path in paths),
    ]
