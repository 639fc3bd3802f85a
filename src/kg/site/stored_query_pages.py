"""The pages of the stored queries: all of them by topic, and one with its question, answer, documents and query.

Readers are shown the answer in columns with headings (`kg.site.answer_columns`); `?raw=1` shows it as SPARQL gives it.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from pyoxigraph import NamedNode
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.namespaces import SOURCE
from kg.questions import StoredQuery
from kg.site.answer_columns import readable
from kg.site.answer_views import AnswerViews, downloads, for_terms
from kg.site.samples import samples
from kg.site.site import Row, Site
from kg.tokens import tokenise


@dataclass(frozen=True)
class Topic:
    """A topic under which stored queries are listed: its name in addresses, its titles, and the names that tell it."""

    name: str
    titles: Mapping[str, str]
    uses: frozenset[str]


@cache
def topics() -> tuple[Topic, ...]:
    """Return the topics in their order; the last one takes what belongs to no other."""
    entries = tomllib.loads((files("kg.site") / "topics.toml").read_text("utf-8"))["topic"]
    return tuple(
        Topic(entry["name"], {"th": entry["th"], "en": entry["en"]}, frozenset(entry["uses"])) for entry in entries
    )


def topic_of(query: str) -> Topic:
    """Return the topic of a query: that of which it uses the most names, the first of equals, or the last of all."""
    used = {token.text for token in tokenise(query) if token.kind == "name"}
    best = max(topics(), key=lambda topic: len(topic.uses & used))
    return best if best.uses & used else topics()[-1]


def by_topic(questions: Iterable[StoredQuery]) -> list[tuple[Topic, list[StoredQuery]]]:
    """Return stored queries under their topics; a topic without any is left out."""
    found: dict[str, list[StoredQuery]] = {}
    for question in questions:
        found.setdefault(topic_of(question.query).name, []).append(question)
    return [(topic, found[topic.name]) for topic in topics() if topic.name in found]


class StoredQueryPages:
    """The pages of the stored queries of one site."""

    def __init__(self, site: Site, views: AnswerViews, documents: str) -> None:
        """Take the site, what runs queries, and the query for the labels of documents."""
        self._site = site
        self._views = views
        self._documents = documents
        self._by_topic = by_topic(site.questions.values())

    async def all_stored(self, request: Request) -> Response:
        """Answer `/queries`: all stored queries by topic."""
        return self._site.page(request, "stored-queries.html", "query", menu="query", examples=self._by_topic)

    async def stored(self, request: Request) -> Response:
        """Answer `/queries/{name}`: the question, its answer, the documents it rests on, and the query.

        With `?raw=1` the answer has the columns of the query as they are. Raises QueryError.
        """
        site, language = self._site, self._site.language_of(request)
        question = site.questions.get(request.path_params["name"])
        if question is None:
            raise HTTPException(404)
        base = site.base_of(request)
        shown = await self._views.shown(question.query, request)
        table, raw = shown.table, request.query_params.get("raw") == "1"
        is_graph = bool(table and table.is_graph)
        reading = None
        if table is not None and table.rows and not is_graph and not raw:
            reading = await readable(site, table, question.columns.get(language, ()), language)
        return site.page(
            request,
            "stored-query.html",
            "query",
            headers={"cache-control": "no-cache"},
            menu="query",
            question=question,
            query=question.query,
            shown=shown,
            reading=reading,
            raw=raw,
            topic=topic_of(question.query),
            sources=await self._sources(question),
            downloads=downloads(question.query, base, is_graph=is_graph),
            excel=None if is_graph else f"{base}/query.csv?query={quote(question.query, safe='')}",
            samples=samples(question.query, f"{base}/sparql", is_graph=is_graph),
            permalink=f"{base}/queries/{question.name}",
            **for_terms(site),
        )

    async def _sources(self, question: StoredQuery) -> list[Row]:
        """Return the documents that the answer to a stored query rests on, as rows with labels where they are known."""
        known = {row["source"]: row for row in await self._site.rows(self._documents)}
        nodes = [NamedNode(f"{SOURCE}{slug}") for slug in question.sources]
        return [known.get(node, {"source": node}) for node in nodes]


def routes(site: Site, pages: StoredQueryPages) -> list[BaseRoute]:
    """Return the routes of the pages of a site."""
    return [
        Route("/queries", site.answering(pages.all_stored, keep=True), methods=["GET"]),
        Route("/queries/{name}", site.answering(pages.stored), methods=["GET"]),
    ]
