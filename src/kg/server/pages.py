"""The pages: templates, their texts in two languages, and what the data say about themselves."""

import json
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pyoxigraph import Literal, NamedNode
from starlette.types import Scope

from kg.errors import QueryError
from kg.guard import MAXIMUM_LENGTH
from kg.media import qualities_of_languages
from kg.namespaces import DCTERMS
from kg.protocol import MAXIMUM_BODY
from kg.questions import StoredQuery
from kg.results import GRAPH_FORMATS, RESULT_FORMATS
from kg.server.service import RESULTS, VOID, Ask, AskOnce, Description, description, stored_query
from kg.server.worker import Limits
from kg.store import Summary
from kg.vocabulary import abbreviated

LANGUAGES: Final = ("th", "en")
"""The languages of the pages, the one for who names none first."""

FORMAT_NAMES: Final = {
    "json": "JSON",
    "xml": "XML",
    "csv": "CSV",
    "tsv": "TSV",
    "ttl": "Turtle",
    "nt": "N-Triples",
    "rdfxml": "RDF/XML",
    "jsonld": "JSON-LD",
}
"""What people call the formats of `kg.results`."""

TOTALS: Final = ("triples", "entities", "distinctSubjects", "distinctObjects", "classes", "properties")
"""The statistics of VoID that the page of the service shows, by their local names."""

_EXAMPLES: Final = 4
"""How many stored queries the page of the service shows: the shortest ones."""

_PACKAGE: Final = files("kg.server")


@dataclass(frozen=True)
class Contents:
    """What a page holds, to be put in a frame: its title, a summary of it, and the markup of `<head>` and `<main>`."""

    title: str
    summary: str
    head: Markup
    main: Markup


Frame = Callable[[Scope, Contents], str]
"""Makes the HTML of a page, with menu and look of the site, from the request that it answers and its contents."""


@cache
def texts() -> dict[str, dict[str, Any]]:
    """Return the texts of the pages by language and key: a text each, but for `months`, which are twelve."""
    return tomllib.loads((_PACKAGE / "texts.toml").read_text("utf-8"))


def displayed_date(value: str, language: str) -> str:
    """Return an ISO 8601 date in words, the year of the Buddhist era in Thai; anything else as it is."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    year = day.year + (543 if language == "th" else 0)
    return f"{day.day} {texts()[language]['months'][day.month - 1]} {year}"


@cache
def _environment() -> Environment:
    """Return the template engine; a name that is not there is an error."""
    environment = Environment(
        loader=PackageLoader("kg.server"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["date"] = displayed_date
    environment.filters["grouped"] = lambda number: f"{int(number):,}"
    return environment


def language_of(asked: str | None, cookie: str | None, accept_language: str | None) -> str:
    """Return the language of a page: that of `?lang=`, else of the cookie, else of `Accept-Language`, else Thai."""
    for choice in (asked, cookie):
        if choice in LANGUAGES:
            return choice
    wanted = qualities_of_languages(accept_language or "")
    others = wanted.get("*", 0.0)  # of every language that is not named (section 2.1 of RFC 4647)
    return max(LANGUAGES, key=lambda language: wanted.get(language, others))


@dataclass(frozen=True)
class Statistics:
    """What the description says of the data set, as the page shows it.

    `totals` maps those of `TOTALS` that are known to their numbers. `classes` and `properties` have rows `iri`, `name`
    (prefixed), `number`, `label_th` and `label_en`, the largest number first. `licenses` and `modified` are as the
    catalogue states them.
    """

    dataset: str
    totals: dict[str, int]
    classes: list[dict[str, Any]]
    properties: list[dict[str, Any]]
    licenses: list[str]
    modified: list[str]


def statistics(described: Description, labels: Mapping[str, Mapping[str, str]]) -> Statistics:
    """Return what a description says of the data set. `labels` maps a term to its `label_th` and `label_en`."""
    values: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for triple in described.triples:
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode | Literal):
            values[triple.subject.value][triple.predicate.value].append(triple.object.value)
    of_dataset = values[described.dataset]

    def partitions(kind: str, term: str, number: str) -> list[dict[str, Any]]:
        rows = [
            {
                "iri": values[node][f"{VOID}{term}"][0],
                "name": abbreviated(values[node][f"{VOID}{term}"][0], described.prefixes),
                "number": int(values[node][f"{VOID}{number}"][0]),
                "label_th": "",
                "label_en": "",
                **labels.get(values[node][f"{VOID}{term}"][0], {}),
            }
            for node in of_dataset[f"{VOID}{kind}Partition"]
        ]
        return sorted(rows, key=lambda row: (-row["number"], row["iri"]))

    return Statistics(
        described.dataset,
        {name: int(of_dataset[f"{VOID}{name}"][0]) for name in TOTALS if of_dataset[f"{VOID}{name}"]},
        partitions("class", "class", "entities"),
        partitions("property", "property", "triples"),
        of_dataset[f"{DCTERMS}license"],
        of_dataset[f"{DCTERMS}modified"],
    )


class Pages:
    """The pages of one data set. What they ask is asked once; what cannot be had is left out."""

    def __init__(
        self,
        summary: Summary,
        questions: dict[str, StoredQuery],
        ask: Ask,
        *,
        has_query_page: bool = False,
        frame: Frame | None = None,
    ) -> None:
        """Take what is known of the data, the stored queries by name, and who answers further questions.

        `has_query_page` says whether the site has a page at `/query`; `frame` is that of the site, if it has one.
        """
        self._frame = frame
        self._summary = summary
        self._questions = questions
        self._ask = ask if isinstance(ask, AskOnce) else AskOnce(ask)
        self._has_query_page = has_query_page
        self._statistics: Statistics | None = None

    async def _rows(self, name: str) -> list[dict[str, str]]:
        """Return the solutions of one of our own queries, variable to text, or none when it fails.

        The text is empty where there is no value.
        """
        try:
            body = json.loads(await self._ask(stored_query(name), RESULTS))
        except QueryError:
            return []
        names = body["head"]["vars"]
        rows = body["results"]["bindings"]
        return [{name: row[name]["value"] if name in row else "" for name in names} for row in rows]

    async def _statistics_of(self, endpoint: str) -> Statistics:
        """Return what the description of the service says of the data set."""
        if self._statistics is not None:
            return self._statistics
        described = await description(self._summary, self._ask, endpoint)
        labels = {row["term"]: row for row in await self._rows("labels")}
        found = statistics(described, labels)
        if described.complete and not found.dataset.startswith(f"{endpoint}#"):  # else its name is a client's word
            self._statistics = found
        return found

    def _shared(self, language: str, chosen: StoredQuery | None) -> dict[str, Any]:
        """Return what all pages show."""
        return {
            "lang": language,
            "other": next(other for other in LANGUAGES if other != language),
            "text": texts()[language],
            "chosen": chosen,
            "has_query_page": self._has_query_page,
            "graphs": self._summary.graphs,
            "triples": self._summary.triples,
            "result_formats": RESULT_FORMATS,
            "graph_formats": GRAPH_FORMATS,
            "format_names": FORMAT_NAMES,
        }

    def _page(self, name: str, title: str, summary: str, scope: Scope | None, **known: Any) -> str:
        """Return a page by the name of its template, in the frame of the site if it answers a request and has one."""
        environment = _environment()
        head, main = (Markup(environment.get_template(part).render(**known)) for part in ("head.html", name))  # noqa: S704
        contents = Contents(title, summary, head, main)
        if self._frame is not None and scope is not None:
            return self._frame(scope, contents)
        return environment.get_template("frame.html").render(**known, contents=contents)

    async def home(self, language: str, endpoint: str, question: str | None) -> str:
        """Return the home page, for a site that has none: in a frame without a menu.

        `endpoint` is the address of `/sparql`; `question` names the query in the form.
        """
        chosen = self._questions.get(question or "") or next(iter(self._questions.values()), None)
        text = texts()[language]
        return self._page(
            "home.html",
            text["title"],
            text["lead"],
            None,
            **self._shared(language, chosen),
            root="./",
            kept=f"&question={quote(chosen.name)}" if chosen else "",
            endpoint=endpoint,
            questions=list(self._questions.values()),
            classes=await self._rows("classes"),
            documents=await self._rows("documents"),
        )

    async def service(self, language: str, endpoint: str, limits: Limits, scope: Scope | None = None) -> str:
        """Return the page of the service: how to ask, formats, limits, and what there is to ask about.

        `endpoint` is the address of `/sparql`, `limits` are those of a question, `scope` is that of the request, for
        the frame of the site. Links are paths from the root, as the page is also found at an address that ends in a
        slash.
        """
        examples = sorted(self._questions.values(), key=lambda question: len(question.query))[:_EXAMPLES]
        text = texts()[language]
        return self._page(
            "service.html",
            text["service_title"],
            text["service_lead"],
            scope,
            **self._shared(language, examples[0] if examples else None),
            kept="",
            root=f"{urlsplit(endpoint).path.rpartition('/')[0]}/",
            endpoint=endpoint,
            examples=examples,
            limits=limits,
            query_length=MAXIMUM_LENGTH,
            body_length=MAXIMUM_BODY,
            version=self._summary.version,
            statistics=await self._statistics_of(endpoint),
        )
