"""The catalogue of what can be downloaded and asked, as a page and in RDF, and the dumps that it lists."""

import gzip
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kg.media import qualities_of_codings
from kg.namespaces import DCTERMS
from kg.results import Format
from kg.server.response import entity_tag, matches
from kg.site.dcat import catalogue_document, distributions, periods
from kg.site.dumps import CHECKSUMS, GZIP, Dumps, NotWritableError
from kg.site.json_ld import Context
from kg.site.linked_data import context_of, dataset_iri, labels, serialised
from kg.site.negotiation import (
    HTML,
    METHODS,
    PREFLIGHT_HEADERS,
    RDF_HEADERS,
    SUFFIX_OF,
    SUFFIXES,
    Wanted,
    alternates,
    by_accept,
    links,
    not_acceptable,
)
from kg.site.site import COMMON_HEADERS, Site

_VARY: Final = ("Accept", "Accept-Language", "Cookie")


class Catalogue:
    """The catalogue of the data set that is served."""

    def __init__(self, site: Site, dumps: Dumps) -> None:
        """Take the site and its dumps."""
        self._site = site
        self._dumps = dumps
        self._context: Context | None = None

    async def respond(self, request: Request) -> Response:
        """Answer for the catalogue. Raises QueryError when the data cannot be asked."""
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT_HEADERS)
        suffix = request.path_params.get("suffix", "")
        address = f"{self._site.base_of(request)}/catalog"
        wanted = (
            Wanted("catalog", SUFFIXES.get(suffix), suffix)
            if suffix
            else by_accept("catalog", request.headers.get("accept"))
        )
        if wanted.form is None:
            also = {"link": links(alternates(address)), "access-control-allow-origin": "*"}
            return self._site.problem(request, 406, not_acceptable(wanted.suffix), also)
        pairs = [
            (address, {"rel": "canonical"}),
            (f"{address}.ttl", {"rel": "describedby", "type": "text/turtle"}),
            *alternates(address),
        ]
        location = f"{address}.{SUFFIX_OF[wanted.form.name]}"
        if wanted.form is HTML:
            location += f"?lang={self._site.language_of(request)}"
        headers = {"link": links(pairs), "content-location": location}
        vary = () if wanted.suffix else _VARY
        if wanted.form is HTML:
            return await self._page(request, address, headers, vary)
        return await self._rdf(request, wanted.form, headers, vary)

    async def _rdf(self, request: Request, form: Format, headers: dict[str, str], vary: Sequence[str]) -> Response:
        """Return the catalogue in RDF."""
        if self._context is None:
            self._context = context_of(self._site)
        body = serialised(await catalogue_document(self._site, self._dumps, request), form, self._context)
        return self._site.respond(request, body, form.content_type, headers={**RDF_HEADERS, **headers}, vary=vary)

    async def _page(self, request: Request, address: str, headers: dict[str, str], vary: Sequence[str]) -> Response:
        """Return the catalogue as a page."""
        site = self._site
        document = await catalogue_document(self._site, self._dumps, request)
        dataset = await dataset_iri(site)
        about: dict[str, list[Any]] = {}
        for triple in document.triples:
            if isinstance(triple.subject, NamedNode) and triple.subject.value == dataset:
                about.setdefault(triple.predicate.value, []).append(triple.object)
        language = site.language_of(request)

        def texts(term: str) -> str:
            found = {value.language: value.value for value in about.get(term, ()) if isinstance(value, Literal)}
            return found.get(language) or next(iter(found.values()), "")

        all_of_them = await distributions(self._dumps, site.base_of(request))
        root = site.root_of(request)
        names = await labels(site, self._dumps.graphs)
        spoken_of = await periods(site)
        folder = f"{root}dumps/{quote(self._dumps.version, safe='')}"
        graphs = [
            {
                "row": {"x": NamedNode(graph)} | {f"x_{tag}": text for tag, text in names.get(graph, {}).items()},
                "triples": site.summary.graphs.get(graph, 0),
                "period": spoken_of.get(graph),
                "dumps": [(one.dump.form, f"{folder}/{one.name}") for one in all_of_them if one.dump.graph == graph],
            }
            for graph in self._dumps.graphs
        ]
        return site.page(
            request,
            "catalogue.html",
            "catalogue",
            headers=headers,
            vary=[name for name in vary if name == "Accept"],
            address=address,
            dataset=dataset,
            title=texts(f"{DCTERMS}title"),
            description=texts(f"{DCTERMS}description"),
            licences=[value.value for value in about.get(f"{DCTERMS}license", ()) if isinstance(value, NamedNode)],
            issued=[value for value in about.get(f"{DCTERMS}issued", ()) if isinstance(value, Literal)],
            modified=[value for value in about.get(f"{DCTERMS}modified", ()) if isinstance(value, Literal)],
            distributions=[(one, f"{folder}/{one.name}") for one in all_of_them if one.dump.graph is None],
            checksums=f"{folder}/{CHECKSUMS}",
            graphs=graphs,
            triples=site.summary.triples,
            formats=[
                (name, f"{root}catalog.{suffix}", SUFFIXES[suffix].media_types[0])
                for suffix, name in (("ttl", "Turtle"), ("nt", "N-Triples"), ("rdf", "RDF/XML"), ("jsonld", "JSON-LD"))
            ],
        )


class Downloads:
    """Sends the dumps."""

    def __init__(self, site: Site, dumps: Dumps) -> None:
        """Take the site and its dumps."""
        self._site = site
        self._dumps = dumps

    async def respond(self, request: Request) -> Response:
        """Send a dump, compressed where its name or the client says so, or the list of digests.

        Raises QueryError when it cannot be made.
        """
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT_HEADERS)
        version, name = request.path_params["version"], request.path_params["name"]
        plain = name.removesuffix(f".{GZIP}")
        if version != self._dumps.version:
            return self._missing(request, f"The version that is served here is {self._dumps.version}.")
        if name == CHECKSUMS:
            body = (await self._dumps.checksums()).encode()
            return self._site.respond(request, body, "text/plain; charset=utf-8", headers=RDF_HEADERS)
        if plain not in self._dumps.dumps:
            return self._missing(request, f"There is no such file; they are: {', '.join(self._dumps.dumps)}.")
        return await self._file(request, name, plain)

    async def _file(self, request: Request, name: str, plain: str) -> Response:
        """Send a dump by the name of the file, `plain` being that without `.gz`."""
        try:
            one = await self._dumps.get(plain)
        except NotWritableError as error:
            return self._missing(request, str(error))
        fields = {
            **COMMON_HEADERS,
            **RDF_HEADERS,
            "etag": entity_tag(one.digest, (name,)),
            "cache-control": "public, max-age=3600",
            "vary": "Accept-Encoding",
            "content-disposition": f'attachment; filename="{name}"',
            "content-type": self._dumps.dumps[plain].content_type if plain == name else "application/gzip",
        }
        if matches(request.headers.get("if-none-match", ""), fields["etag"]):
            return Response(status_code=304, headers=fields)
        accepted = qualities_of_codings(request.headers.get("accept-encoding", ""))
        wanted = accepted.get("gzip", accepted.get("*", 0.0))
        if plain != name:
            body = one.compressed
        elif wanted > 0 and wanted >= accepted.get("identity", 0.0):
            body = one.compressed
            fields["content-encoding"] = "gzip"
        else:
            body = gzip.decompress(one.compressed)
        return Response(body, headers=fields)

    def _missing(self, request: Request, sentence: str) -> Response:
        """Return that there is no such dump."""
        return self._site.problem(request, 404, sentence, {"access-control-allow-origin": "*"})


def routes(site: Site, dumps: Dumps | None = None) -> list[BaseRoute]:
    """Return the routes of the catalogue and the dumps; `dumps` are those to send, where others share them."""
    shared = dumps or Dumps(site)
    catalogue, downloads = Catalogue(site, shared), Downloads(site, shared)

    async def latest(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT_HEADERS)
        address = f"{site.base_of(request)}/dumps/{quote(shared.version, safe='')}/{quote(request.path_params['name'])}"
        return RedirectResponse(address, 307, RDF_HEADERS)

    return [
        Route("/catalog", site.answering(catalogue.respond, keep=True), methods=list(METHODS)),
        Route("/catalog.{suffix}", site.answering(catalogue.respond, keep=True), methods=list(METHODS)),
        Route("/dumps/latest/{name}", site.answering(latest), methods=list(METHODS)),
        Route("/dumps/{version}/{name}", site.answering(downloads.respond), methods=list(METHODS)),
    ]
