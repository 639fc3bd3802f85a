"""The home page: what this is, the numbers with what they mean, map, timeline, newest documents, questions to try.

On top are questions that visitors come with, which lead to the pages that answer them; they are in the texts (`asked`).

The numbers come from the queries of `queries/pages/home` whose view is `figures`; there the first column is a number,
the second says what it counts, and the third is where to see it, a resource or the path of a page; a column `said`
tells whether that is planned, announced or so. Those of the first
such query come first, those of others after map and timeline. Its other queries are sections.
"""

from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kg.media import negotiated
from kg.questions import StoredQuery
from kg.site.chart_pages import MAP, TIMELINE, layer_words, linker, sorted_divisions
from kg.site.charts.map import layer, map_svg
from kg.site.charts.timeline import happenings, timeline_svg
from kg.site.negotiation import HTML, OFFERS, RDF_HEADERS, links
from kg.site.parameters import page_queries
from kg.site.sections import footnotes, sections
from kg.site.site import Site
from kg.site.stored_query_pages import by_topic

HOME: Final = "home"
"""The folder of the queries behind the page."""

FIGURES: Final = "figures"
EXAMPLES: Final = 5
"""How many stored questions are shown at most."""


def examples(questions: Sequence[StoredQuery]) -> list[StoredQuery]:
    """Return the questions that are shown: those that say so (`featured`) in their order, else one a topic."""
    featured = sorted((one for one in questions if one.featured), key=lambda one: (one.featured, one.name))
    return (featured or [of_topic[0] for _, of_topic in by_topic(questions)])[:EXAMPLES]


class Home:
    """The home page of one site."""

    def __init__(self, site: Site) -> None:
        """Take the site. Raises InputError when a query is not as it should be."""
        self._site = site
        queries = page_queries(site.content)
        self._sections = [(HOME, query) for query in queries.get(HOME, ())]
        self._divisions = next((query for query in queries.get(MAP, ()) if query.view != MAP), None)
        self._layer = next((query for query in queries.get(MAP, ()) if query.view == MAP), None)
        self._timeline = next(iter(queries.get(TIMELINE, ())), None)

    async def _map(self, request: Request) -> dict[str, Any] | None:
        """Return what the page shows of the map, or None where its queries are missing."""
        site, language = self._site, self._site.language_of(request)
        if self._divisions is None or self._layer is None:
            return None
        words, title = layer_words(site.texts[language]["map"], self._layer), self._layer.titles[language]
        places = sorted_divisions(await site.rows(self._divisions.query), language)
        shown = layer(await site.rows(self._layer.query), language, words)
        svg = map_svg(places, shown, linker(site, request), words, title)
        return {"title": title, "query": self._layer.query, "shown": shown, "svg": svg, "words": words}

    async def _time(self, request: Request) -> dict[str, Any] | None:
        """Return what the page shows of the timeline, or None where its query is missing."""
        site, language = self._site, self._site.language_of(request)
        if self._timeline is None:
            return None
        words, title = site.texts[language]["timeline"], self._timeline.titles[language]
        happened = happenings(await site.rows(self._timeline.query), language, words["until"])
        svg = timeline_svg(happened, linker(site, request), words, title, language)
        return {"query": self._timeline.query, "svg": svg, "happenings": happened}

    async def respond(self, request: Request) -> Response:
        """Answer `/`; who prefers RDF is led to the catalogue. Raises QueryError when the data cannot be asked."""
        site = self._site
        catalogue = f"{site.base_of(request)}/catalog"
        form = negotiated(request.headers.get("accept"), OFFERS)
        if form not in {None, HTML}:
            return RedirectResponse(catalogue, 303, {**RDF_HEADERS, "vary": "Accept"})
        notes = await footnotes(site)
        made = await sections(site, self._sections, notes)
        return site.page(
            request,
            "home.html",
            "home",
            headers={"link": links([(catalogue, {"rel": "describedby"})])},
            vary=("Accept",),
            figures=[one for one in made if one.view == FIGURES],
            sections=[one for one in made if one.view != FIGURES],
            questions=examples(list(site.questions.values())),
            total=len(site.questions),
            map=await self._map(request),
            timeline=await self._time(request),
            footnotes=notes.notes,
        )


def routes(site: Site) -> list[BaseRoute]:
    """Return the route of the home page. Raises InputError when a query is not as it should be."""
    return [Route("/", site.answering(Home(site).respond, keep=True), methods=["GET", "HEAD"])]
