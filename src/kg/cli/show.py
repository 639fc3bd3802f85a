"""`kg show`: what the graph says of one thing."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from kg.cli.options import RootOption
from kg.cli.solutions import ShownLanguage, solutions

if TYPE_CHECKING:
    from kg.content import Content
    from kg.store import GraphStore

FORMATS: Final = ("text", "ttl", "nt", "rdfxml", "jsonld")

_LABEL: Final = "http://www.w3.org/2000/01/rdf-schema#label"

_STATEMENTS: Final = f"""
SELECT ?property ?value ?graph ?property_label ?value_label WHERE {{
  GRAPH ?graph {{ <SUBJECT> ?property ?value }}
  OPTIONAL {{ ?property <{_LABEL}> ?property_label FILTER(LANG(?property_label) = "LANGUAGE") }}
  OPTIONAL {{ ?value <{_LABEL}> ?value_label FILTER(LANG(?value_label) = "LANGUAGE") }}
}} ORDER BY ?property ?value ?graph"""

_USES: Final = f"""
SELECT ?property ?property_label (COUNT(*) AS ?number) WHERE {{
  ?subject ?property <SUBJECT> .
  OPTIONAL {{ ?property <{_LABEL}> ?property_label FILTER(LANG(?property_label) = "LANGUAGE") }}
}} GROUP BY ?property ?property_label ORDER BY DESC(?number) ?property"""

_DESCRIPTION: Final = f"""
CONSTRUCT {{ <SUBJECT> ?property ?value . ?value <{_LABEL}> ?label }}
WHERE {{ <SUBJECT> ?property ?value OPTIONAL {{ ?value <{_LABEL}> ?label }} }}"""


def _asked(query: str, iri: str, language: str = "") -> str:
    """Return a query about one subject."""
    return query.replace("LANGUAGE", language).replace("<SUBJECT>", f"<{iri}>")


def _is_described(data: "GraphStore", iri: str) -> bool:
    """Whether the graph has anything with an IRI as subject."""
    from pyoxigraph import NamedNode

    try:
        return next(iter(data.store.quads_for_pattern(NamedNode(iri), None, None)), None) is not None
    except ValueError:  # not an IRI
        return False


def _subject(data: "GraphStore", content: "Content", name: str, language: str) -> str:
    """Return the IRI that is meant by an IRI, a prefixed name, the end of an IRI of ours, or a name.

    Raises InputError when there is none, with what is near.
    """
    from kg.cli.report import say
    from kg.cli.solutions import search_index
    from kg.errors import InputError
    from kg.namespaces import BASE, ID

    prefix, colon, local = name.partition(":")
    candidates = [name.strip("<>"), f"{ID}{name}", f"{BASE}{name.lstrip('/')}"]
    if colon and prefix in data.prefixes:
        candidates.insert(0, f"{data.prefixes[prefix]}{local}")
    for iri in candidates:
        if _is_described(data, iri):
            return iri
    found = search_index(content, data).search(name, language=language)
    exact = [hit.resource for hit in found.hits if hit.how == "exact"]
    if not exact:
        near = "; ".join(f"{hit.resource.label(language)} <{hit.resource.iri}>" for hit in found.hits[:3])
        raise InputError(f"{name}: nothing here has this IRI or name." + (f" Did you mean {near}?" if near else ""))
    for other in exact[1:]:
        say(f"Also called so: {other.label(language)} <{other.iri}>")
    return exact[0].iri


def _shown(row: Mapping[str, Any], name: str, prefixes: Mapping[str, str]) -> str:
    """Return a term for a reader: a label and the IRI, or a literal with its language."""
    from pyoxigraph import Literal, NamedNode

    from kg.vocabulary import abbreviated

    value = row[name]
    if isinstance(value, NamedNode):
        iri = abbreviated(value.value, prefixes)
        label = row.get(f"{name}_label")
        return f"{label.value} ({iri})" if label is not None else iri
    if isinstance(value, Literal):
        return f"{value.value} @{value.language}" if value.language else value.value
    return str(value)


def _print_text(data: "GraphStore", iri: str, language: str) -> None:
    """Print what the graph says of a resource: its statements by property, each with its graphs, and its uses."""
    from pyoxigraph import Literal

    from kg.namespaces import GRAPH, RDF

    prefixes = {"rdf": RDF} | data.prefixes
    rows = solutions(data, _asked(_STATEMENTS, iri, language))
    rows.sort(key=lambda row: row["property"].value not in {_LABEL, f"{RDF}type"})  # the others stay in order
    named = [row["value"] for row in rows if row["property"].value == _LABEL]
    labels = {value.language: value.value for value in named if isinstance(value, Literal)}
    if labels:
        print(labels.get(language) or next(iter(labels.values())))
    print(f"<{iri}>")
    graphs: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        graph = row["graph"].value
        values = graphs.setdefault(_shown(row, "property", prefixes), {})
        values.setdefault(_shown(row, "value", prefixes), []).append(graph.removeprefix(GRAPH))
    for name, values in graphs.items():
        print(f"\n{name}")
        for value, stems in values.items():
            print(f"  {value}  [{', '.join(dict.fromkeys(stems))}]")
    uses = solutions(data, _asked(_USES, iri, language))
    if uses:
        print("\n" + ("สิ่งที่ชี้มาที่นี่" if language == "th" else "What points here"))
        for row in uses:
            print(f"  {row['number'].value:>4}  {_shown(row, 'property', data.prefixes)}")


def _serialised(data: "GraphStore", iri: str, form: str) -> bytes:
    """Return the statements of a resource, and the labels of what they lead to, in a format of `kg.results`."""
    from pyoxigraph import QueryTriples, RdfFormat, serialize

    from kg.media import named
    from kg.results import GRAPH_FORMATS, finished
    from kg.store import evaluate

    chosen = named(form, GRAPH_FORMATS)
    result = evaluate(data, _asked(_DESCRIPTION, iri))
    assert chosen is not None  # noqa: S101  # FORMATS are names of theirs
    assert isinstance(chosen.engine, RdfFormat)  # noqa: S101
    assert isinstance(result, QueryTriples)  # noqa: S101  # the query is a CONSTRUCT
    ordered = sorted(set(result), key=lambda triple: (str(triple.subject) != f"<{iri}>", str(triple)))
    return finished(serialize(ordered, format=chosen.engine, prefixes=data.prefixes) or b"", chosen)


def show(
    name: Annotated[str, typer.Argument(metavar="IRI|NAME", help="An IRI, its end (division/TH-50), or a name.")],
    form: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="How to write it.")] = "text",
    language: Annotated[ShownLanguage, typer.Option(help="Language of the labels.")] = ShownLanguage.THAI,
    root: RootOption = None,
) -> None:
    """Print what the graph says of a thing, with the graph that says so after each value.

    As RDF: its statements, and the labels of what they lead to.
    """
    from kg.content import find_content
    from kg.store import load_content

    if form not in FORMATS:
        raise typer.BadParameter(f"choose one of {', '.join(FORMATS)}.", param_hint="--format")
    content = find_content(root)
    data = load_content(content)
    iri = _subject(data, content, name, language.value)
    if form == "text":
        _print_text(data, iri, language.value)
        return
    body = _serialised(data, iri, form)
    sys.stdout.flush()
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()
