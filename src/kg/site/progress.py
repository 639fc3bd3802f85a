"""The page that sets what was planned beside what was reached, as far as the documents report it.

Each query of `queries/pages/progress` is a section, in the order of the file names. Three of them are shown in a way of
their own, by the names of their files: those of `COMPARED`, where the rows of one comparison stand side by side, and
`NUMBERS`, which is drawn as bars (see `kg.site.charts.targets`) in its place among them, and whose numbers the other
sections hold in tables.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.questions import StoredQuery
from kg.site.chart_pages import linker
from kg.site.charts.targets import scales, signs_of, targets_svg
from kg.site.parameters import page_queries
from kg.site.sections import footnotes, sections
from kg.site.site import Site

PROGRESS: Final = "progress"
"""The folder of the queries behind the page, and the path of the page."""

NUMBERS: Final = "numbers"
"""The name of the query that is drawn, without its number."""

COMPARED: Final = ("side-by-side", "differences")
"""The names of the queries whose rows are compared, the first of them in cards. A row has its comparison, then columns
of what is said, and at last a note on the comparison."""


def _name(query: StoredQuery) -> str:
    """Return the name of a query without the number that orders it."""
    return query.name.partition("-")[2] or query.name


class Progress:
    """The page of one site."""

    def __init__(self, site: Site) -> None:
        """Take the site. Raises InputError when a query is not as it should be."""
        self._site = site
        queries = page_queries(site.content).get(PROGRESS, ())
        self._numbers = next((query for query in queries if _name(query) == NUMBERS), None)
        self._sections = [(PROGRESS, query) for query in queries if query is not self._numbers]
        drawn = self._numbers.name if self._numbers else ""
        self._ahead = {f"{PROGRESS}-{_name(query)}" for query in queries if query.name < drawn}

    async def respond(self, request: Request) -> Response:
        """Answer `/progress`. Raises QueryError when the data cannot be asked."""
        site, language = self._site, self._site.language_of(request)
        notes = await footnotes(site)
        made = await sections(site, self._sections, notes)
        drawn = scales(await site.rows(self._numbers.query), language) if self._numbers else []
        longest = max((scale.longest for scale in drawn), default=0.0)
        words = site.texts[language][PROGRESS]
        return site.page(
            request,
            "progress.html",
            PROGRESS,
            menu=PROGRESS,
            ahead=[one for one in made if one.identifier in self._ahead],
            behind=[one for one in made if one.identifier not in self._ahead],
            cards=f"{PROGRESS}-{COMPARED[0]}",
            compared=f"{PROGRESS}-{COMPARED[1]}",
            numbers=self._numbers,
            signs=signs_of(drawn),
            drawings=[
                (
                    scale.name,
                    targets_svg(scale, longest, linker(site, request), words["description"], f"targets-{number}"),
                )
                for number, scale in enumerate(drawn, 1)
            ],
            footnotes=notes.notes,
        )


def routes(site: Site) -> list[BaseRoute]:
    """Return the route of the page. Raises InputError when a query is not as it should be."""
    return [Route(f"/{PROGRESS}", site.answering(Progress(site).respond, keep=True), methods=["GET", "HEAD"])]
