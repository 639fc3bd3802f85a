"""The pages: templates, their texts in two languages, and what the store says about itself."""

import json
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from kg.media import qualities_of_languages
from kg.questions import StoredQuery
from kg.results import RESULT_FORMATS, serialise
from kg.store import GraphStore, evaluate

LANGUAGES: Final = ("th", "en")
"""The languages of the pages, the one for who names none first."""

_PACKAGE: Final = files("kg.server")
_STATIC: Final = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}


@dataclass(frozen=True)
class StaticFile:
    """A file that is sent as it is."""

    content_type: str
    body: bytes


@cache
def static_files() -> dict[str, StaticFile]:
    """Return the files under `static/` by name."""
    folder = _PACKAGE / "static"
    return {name: StaticFile(kind, (folder / name).read_bytes()) for name, kind in _STATIC.items()}


@cache
def _texts() -> dict[str, dict[str, str]]:
    """Return the texts of the pages by language and key."""
    return tomllib.loads((_PACKAGE / "texts.toml").read_text("utf-8"))


@cache
def _environment() -> Environment:
    """Return the template engine; a name that is not there is an error."""
    return Environment(
        loader=PackageLoader("kg.server"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def language_of(asked: str | None, cookie: str | None, accept_language: str | None) -> str:
    """Return the language of a page: that of `?lang=`, else of the cookie, else of `Accept-Language`, else Thai."""
    for choice in (asked, cookie):
        if choice in LANGUAGES:
            return choice
    wanted = qualities_of_languages(accept_language or "")
    best = max(LANGUAGES, key=lambda language: wanted.get(language, 0.0))
    return best if wanted.get(best, 0.0) > 0 else LANGUAGES[0]


def _rows(data: GraphStore, name: str) -> list[dict[str, str]]:
    """Return the solutions of one of our own queries: variable to text, which is empty where there is no value."""
    query = (_PACKAGE / "queries" / f"{name}.rq").read_text("utf-8")
    body = json.loads(serialise(evaluate(data, query), RESULT_FORMATS[0], data.prefixes))
    names = body["head"]["vars"]
    return [{name: row[name]["value"] if name in row else "" for name in names} for row in body["results"]["bindings"]]


class Pages:
    """The pages of one data set."""

    def __init__(self, data: GraphStore, questions: dict[str, StoredQuery]) -> None:
        """Take the data and the stored queries by name."""
        self._data = data
        self._questions = questions

    @cached_property
    def _classes(self) -> list[dict[str, str]]:
        """Return the classes that the page counts: `class`, `label_th`, `label_en`, `number`."""
        return _rows(self._data, "classes")

    @cached_property
    def _graphs(self) -> list[dict[str, Any]]:
        """Return the named graphs: `iri`, `name`, `triples`; that of a document also its labels and its page."""
        documents = {row["graph"]: row for row in _rows(self._data, "documents")}
        return [
            {**documents.get(iri, {}), "iri": iri, "name": iri.rpartition("/")[2], "triples": number}
            for iri, number in self._data.graphs.items()
        ]

    def home(self, language: str, endpoint: str, question: str | None) -> str:
        """Return the home page. `endpoint` is the address of `/sparql`; `question` names the query in the form."""
        chosen = self._questions.get(question or "") or next(iter(self._questions.values()), None)
        return (
            _environment()
            .get_template("home.html")
            .render(
                lang=language,
                other=next(other for other in LANGUAGES if other != language),
                text=_texts()[language],
                endpoint=endpoint,
                chosen=chosen,
                questions=list(self._questions.values()),
                classes=self._classes,
                documents=[graph for graph in self._graphs if "label_th" in graph],
                graphs=self._graphs,
                triples=self._data.triples,
                result_formats=RESULT_FORMATS,
            )
        )
