"""The pages of the drawings: map, timeline and network picture, each with the same rows in a table.

What is drawn is asked by queries of `queries/pages/map`, `timeline` and `network`. Each query of `map` whose view is a
map is a layer; adding a layer is adding a file.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.errors import InputError
from kg.questions import StoredQuery
from kg.site.charts.map import Division, layer, map_svg, read_divisions
from kg.site.charts.network import graph, legend, network_svg
from kg.site.charts.timeline import happenings, timeline_svg
from kg.site.display import text_of
from kg.site.lists import sort_key
from kg.site.parameters import page_queries
from kg.site.site import Row, Site

MAP: Final = "map"
TIMELINE: Final = "timeline"
NETWORK: Final = "structure"


def linker(site: Site, request: Request) -> Callable[[str], str]:
    """Return what gives the address of a resource on the page of a request."""
    return lambda iri: site.address_of(iri, request)


def layer_name(query: StoredQuery) -> str:
    """Return the name of a layer in addresses: that of its file without the number."""
    number, _, name = query.name.partition("-")
    return name if number.isdecimal() else query.name


def layer_words(words: Mapping[str, Any], query: StoredQuery) -> dict[str, Any]:
    """Return the texts of a map for a layer: what a count and a hatched division mean differs from layer to layer."""
    return {**words, **words["of_layer"].get(layer_name(query), {})}


def sorted_divisions(rows: Sequence[Row], language: str) -> list[Division]:
    """Return the divisions of rows in the order of their names in a language."""
    return sorted(read_divisions(rows, language), key=lambda place: sort_key(place.name, language))


class ChartPages:
    """The pages of the drawings of one site."""

    def __init__(self, site: Site) -> None:
        """Take the site. Raises InputError when a query that is needed is not there."""
        self._site = site
        self._drawn: dict[tuple[str, ...], Markup] = {}
        queries = page_queries(site.content)
        try:
            self._divisions = next(query for query in queries[MAP] if query.view != MAP)
            self._layers = {layer_name(query): query for query in queries[MAP] if query.view == MAP}
            (self._timeline,) = queries[TIMELINE]
            (self._network,) = queries[NETWORK]
        except (KeyError, StopIteration, ValueError) as error:
            raise InputError(f"a query of queries/pages/ for map, timeline or network is missing: {error}") from error

    def _drawing(self, request: Request, name: str, draw: Callable[[], Markup]) -> Markup:
        """Return a drawing, made once for each language and each place that its links start from."""
        key = (name, self._site.language_of(request), self._site.root_of(request))
        if key not in self._drawn:
            self._drawn[key] = draw()
        return self._drawn[key]

    async def divisions(self) -> Sequence[Row]:
        """Return the rows of the divisions. Raises QueryError when they cannot be had."""
        return await self._site.rows(self._divisions.query)

    async def map(self, request: Request) -> Response:
        """Answer `/map`; `?layer=` says what it shows."""
        site, language = self._site, self._site.language_of(request)
        chosen = request.query_params.get("layer", "")
        name = chosen if chosen in self._layers else next(iter(self._layers))
        query = self._layers[name]
        words = layer_words(site.texts[language]["map"], query)
        rows = await site.rows(query.query)
        places = sorted_divisions(await self.divisions(), language)
        order = {place.iri: number for number, place in enumerate(places)}
        shown = layer(rows, language, words)
        return site.page(
            request,
            "map.html",
            "map",
            menu="map",
            query=query,
            example=f"{MAP}/{query.name}",
            layers={key: entry.titles[language] for key, entry in self._layers.items()},
            layer=name,
            shown=shown,
            words=words,
            rows=sorted(
                (row for row in rows if row.get("division") is not None),
                key=lambda row: order.get(text_of(row["division"]), len(order)),
            ),
            dated=any(row.get("day") is not None for row in rows),
            without=[place for place in places if place.iri not in shown.marks],
            places=len(places),
            svg=self._drawing(
                request,
                query.name,
                lambda: map_svg(places, shown, linker(site, request), words, query.titles[language]),
            ),
        )

    async def timeline(self, request: Request) -> Response:
        """Answer `/timeline`."""
        site, language = self._site, self._site.language_of(request)
        words = site.texts[language]["timeline"]
        query = self._timeline
        rows = await site.rows(query.query)
        shown = happenings(rows, language, words["until"])
        return site.page(
            request,
            "timeline.html",
            "timeline",
            menu="timeline",
            query=query,
            example=f"{TIMELINE}/{query.name}",
            rows=rows,
            is_planned=lambda row: row.get("planned") is not None and text_of(row["planned"]) == "true",
            svg=self._drawing(
                request,
                TIMELINE,
                lambda: timeline_svg(shown, linker(site, request), words, query.titles[language], language),
            ),
        )

    async def network(self, request: Request) -> Response:
        """Answer `/network`."""
        site, language = self._site, self._site.language_of(request)
        words = site.texts[language]["network"]
        query = self._network
        rows = await site.rows(query.query)
        content = graph(rows, language)
        return site.page(
            request,
            "network.html",
            "network",
            menu="network",
            query=query,
            example=f"{NETWORK}/{query.name}",
            rows=rows,
            legend=legend(content, words["lines"]),
            kinds=sorted(set(content.kinds.values())),
            svg=self._drawing(
                request,
                NETWORK,
                lambda: network_svg(content, linker(site, request), words, query.titles[language]),
            ),
        )


def routes(site: Site) -> list[BaseRoute]:
    """Return the routes of the drawings. Raises InputError when a query that is needed is not there."""
    pages = ChartPages(site)
    return [
        Route("/map", site.answering(pages.map, keep=True), methods=["GET"]),
        Route("/timeline", site.answering(pages.timeline, keep=True), methods=["GET"]),
        Route("/network", site.answering(pages.network, keep=True), methods=["GET"]),
    ]
