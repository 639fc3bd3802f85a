"""`kg stats`: how much there is of what."""

import json
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from kg.cli.options import RootOption
from kg.cli.solutions import ShownLanguage, solutions

_CLASSES: Final = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?class (SAMPLE(?thai) AS ?th) (SAMPLE(?english) AS ?en) (COUNT(DISTINCT ?thing) AS ?number) WHERE {
  ?thing a ?class .
  OPTIONAL { ?class rdfs:label ?thai FILTER(LANG(?thai) = "th") }
  OPTIONAL { ?class rdfs:label ?english FILTER(LANG(?english) = "en") }
} GROUP BY ?class ORDER BY DESC(?number) ?class"""

_LANGUAGES: Final = """
SELECT ?language (COUNT(*) AS ?number) WHERE {
  ?thing ?property ?text
  FILTER(ISLITERAL(?text))
  BIND(LANG(?text) AS ?language)
  FILTER(?language != "")
} GROUP BY ?language ORDER BY DESC(?number) ?language"""


class StatisticsFormat(StrEnum):
    """How statistics are written."""

    TEXT = "text"
    JSON = "json"


def stats(
    output: Annotated[StatisticsFormat, typer.Option("--format", help="How to write it.")] = StatisticsFormat.TEXT,
    language: Annotated[ShownLanguage, typer.Option(help="Language of the labels.")] = ShownLanguage.THAI,
    root: RootOption = None,
) -> None:
    """Print how many triples the graphs have, how many things each class has, and how many texts each language."""
    from kg.content import find_content
    from kg.store import load_content
    from kg.vocabulary import abbreviated

    data = load_content(find_content(root))
    values = [{name: term.value for name, term in row.items()} for row in solutions(data, _CLASSES)]
    classes: list[dict[str, Any]] = [
        {
            "iri": row["class"],
            "label": {tag: row[tag] for tag in ("th", "en") if tag in row},
            "count": int(str(row["number"])),
        }
        for row in values
    ]
    languages = {str(row["language"].value): int(str(row["number"].value)) for row in solutions(data, _LANGUAGES)}
    if output is StatisticsFormat.JSON:
        document = {"triples": data.triples, "graphs": data.graphs, "classes": classes, "languages": languages}
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    thai = language is ShownLanguage.THAI
    print(f"{data.triples:>7}  " + ("ข้อความ (triple) ไม่นับซ้ำ" if thai else "triples, each once"))
    print("\n" + ("กราฟ" if thai else "graphs"))
    for graph, number in data.graphs.items():
        print(f"{number:>7}  {graph}")
    print("\n" + ("ชนิด" if thai else "classes"))
    for one in classes:
        name = abbreviated(one["iri"], data.prefixes)
        label = one["label"].get(language.value)
        print(f"{one['count']:>7}  " + (f"{label} ({name})" if label else name))
    print("\n" + ("ภาษาของข้อความ" if thai else "languages of texts"))
    for tag, number in languages.items():
        print(f"{number:>7}  {tag}")
