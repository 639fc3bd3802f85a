"""The page of the ontology: its classes and properties with their meaning, use, an example each, and their shapes.

Each term stands at the fragment of its IRI, so that the IRI leads to it. What the shapes are is read from their files,
as they are not among the data. The classes are drawn as trees of special cases.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode, RdfFormat, parse
from starlette.requests import Request
from starlette.responses import Response

from kg.content import Content, ShapeScope
from kg.errors import InputError
from kg.namespaces import ONTOLOGY, RDFS, SHACL
from kg.site.charts.drawing import element, joined, width
from kg.site.display import label_in, local, text_of
from kg.site.linked_data import labels
from kg.site.parameters import page_queries
from kg.site.site import LANGUAGES, Handler, Row, Site

FOLDER: Final = "ontology"
"""The folder of the queries behind the page: terms, how often classes and properties are used, and changes."""

PATH: Final = "ontology"
"""The path of the page, without a slash before it: the key for `others` of `kg.site.resources.routes`."""

_OWL: Final = "http://www.w3.org/2002/07/owl#"
_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_LABEL: Final = f"{RDFS}label"
_DEFINITION: Final = f"{_SKOS}definition"
_NOTES: Final = (f"{_SKOS}scopeNote", f"{_SKOS}example")
_ABOVE: Final = f"{RDFS}subClassOf"
_KINDS: Final = {
    f"{_OWL}Class": "classes",
    f"{_OWL}ObjectProperty": "object_properties",
    f"{_OWL}DatatypeProperty": "datatype_properties",
    f"{_OWL}AnnotationProperty": "annotation_properties",
    f"{RDFS}Datatype": "datatypes",
}
"""What kinds of terms there are, in the order of the page, with the keys of their headings in the texts."""

_ROW: Final = 26.0
_STEP: Final = 22.0
_COLUMN: Final = 330.0
_COLUMNS: Final = 3
_SIZE: Final = 13.0
_TOP: Final = 8.0


@dataclass
class Term:
    """A term of the ontology: its IRI, the fragment of that, its kind, and what is said of it.

    `names` and `definitions` are by language, `notes` too, several each; `relations` maps a property to values, each as
    a row for the filter `link`. `number` is how often it is used, `example` who uses it, `shapes` are those that bind
    it.
    """

    iri: str
    fragment: str
    kind: str
    names: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    relations: dict[str, list[str]] = field(default_factory=dict)
    number: int = 0
    example: str | None = None
    shapes: list[str] = field(default_factory=list)


def read_terms(rows: Iterable[Row]) -> dict[str, Term]:
    """Return the terms of rows with the columns term, kind, relation and value, by IRI in the order of the rows."""
    found: dict[str, Term] = {}
    for row in rows:
        iri, relation, value = text_of(row["term"]), text_of(row["relation"]), row["value"]
        term = found.setdefault(iri, Term(iri, local(iri), text_of(row["kind"])))
        if isinstance(value, Literal):
            tag = value.language or ""
            if relation == _LABEL:
                term.names[tag] = value.value
            elif relation == _DEFINITION:
                term.definitions[tag] = value.value
            elif relation in _NOTES:
                texts = term.notes.setdefault(tag, [])
                if value.value not in texts:
                    texts.append(value.value)
        elif isinstance(value, NamedNode):
            values = term.relations.setdefault(relation, [])
            if value.value not in values:
                values.append(value.value)
    return found


@dataclass(frozen=True)
class Version:
    """A version of the ontology: its name, or "" for what came after the last one; its day; and what it changed.

    `notes` are literals of the language of the page, or of the other one where there are none.
    """

    name: str
    day: Literal | None
    notes: list[Literal]


def read_versions(rows: Iterable[Row], language: str) -> list[Version]:
    """Return the versions of rows with the columns version, day and note, in the order of the rows."""
    found: dict[str, tuple[Row, list[Literal]]] = {}
    for row in rows:
        notes = found.setdefault(local(row["version"]) if "version" in row else "", (row, []))[1]
        if isinstance(note := row["note"], Literal) and note not in notes:
            notes.append(note)
    return [
        Version(
            name,
            day if isinstance(day := row.get("day"), Literal) else None,
            [note for note in notes if note.language == language] or notes,
        )
        for name, (row, notes) in found.items()
    ]


def shapes_by_term(content: Content) -> dict[str, list[str]]:
    """Return by the IRI of a class or a property the IRIs of the shapes that bind it: by target class or by path.

    Raises InputError when a file of the shapes cannot be read.
    """
    found: dict[str, list[str]] = {}
    wanted = {f"{SHACL}targetClass", f"{SHACL}path"}
    for path in (path for scope in get_args(ShapeScope) for path in content.shape_files(scope)):
        try:
            for quad in parse(path=path, format=RdfFormat.TURTLE):
                if quad.predicate.value not in wanted or not isinstance(quad.subject, NamedNode):
                    continue
                if isinstance(quad.object, NamedNode):
                    shapes = found.setdefault(quad.object.value, [])
                    if quad.subject.value not in shapes:
                        shapes.append(quad.subject.value)
        except (OSError, SyntaxError) as error:
            raise InputError(f"{path}: {error}") from error
    return {iri: sorted(shapes) for iri, shapes in found.items()}


# --- The drawing ---


@dataclass(frozen=True)
class _Line:
    """A line of the drawing: a class, how deep it stands, and which line its parent is on, if it has one."""

    iri: str
    depth: int
    parent: int | None


def trees(above: Mapping[str, Sequence[str]]) -> list[list[_Line]]:
    """Return the trees of classes, each as lines with the root first; `above` maps a class to the ones above it.

    A class with several parents stands below each. A parent that is above no other stands as the root of its own tree.
    """
    below: dict[str, list[str]] = {}
    for iri, parents in above.items():
        for parent in parents:
            below.setdefault(parent, []).append(iri)
    roots = sorted({*(iri for iri in above if not above[iri]), *(parent for parent in below if parent not in above)})

    def grown(iri: str, depth: int, parent: int | None, lines: list[_Line], path: tuple[str, ...]) -> None:
        own = len(lines)
        lines.append(_Line(iri, depth, parent))
        for child in sorted(set(below.get(iri, ()))):
            if child not in path:
                grown(child, depth + 1, own, lines, (*path, child))

    found = []
    for root in roots:
        lines: list[_Line] = []
        grown(root, 0, None, lines, (root,))
        found.append(lines)
    return found


def in_columns(blocks: Sequence[Sequence[_Line]], number: int) -> list[list[Sequence[_Line]]]:
    """Return trees in columns of about the same height, the tallest trees first."""
    columns: list[list[Sequence[_Line]]] = [[] for _ in range(number)]
    for block in sorted(blocks, key=lambda block: (-len(block), block[0].iri)):
        shortest = min(range(number), key=lambda index: (sum(len(other) for other in columns[index]), index))
        columns[shortest].append(block)
    return columns


def hierarchy_svg(
    above: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
    link: Callable[[str], str],
    title: str,
    description: str,
) -> Markup:
    """Return the drawing of the classes: trees of special cases in columns, each class a link.

    `above` maps each class to those above it, `names` its IRI to its name; all by IRI.
    """
    columns = in_columns(trees(above), _COLUMNS)
    pieces: list[Markup] = []
    tallest = 0.0
    for index, blocks in enumerate(columns):
        left, top = index * _COLUMN + 6.0, _TOP
        for block in blocks:
            for number, line in enumerate(block):
                x, y = left + line.depth * _STEP, top + number * _ROW
                if line.parent is not None:
                    start = top + line.parent * _ROW + _ROW - 5
                    pieces.append(
                        element("path", class_="axis", d=f"M{x - _STEP + 6:g} {start:g}V{y + 12:g}H{x - 3:g}")
                    )
                name = names.get(line.iri, local(line.iri))
                own = line.iri.startswith(ONTOLOGY)
                box = element(
                    "rect",
                    class_="box box-body" if own else "box",
                    x=x,
                    y=y + 1,
                    width=width(name, _SIZE) + 20,
                    height=_ROW - 5,
                    rx=4,
                )
                text = element("text", name, x=x + 8, y=y + 16)
                pieces.append(element("a", box, text, href=link(line.iri)) if own else element("g", box, text))
            top += len(block) * _ROW + 8
        tallest = max(tallest, top)
    return element(
        "svg",
        element("title", title, id="hierarchy-title"),
        element("desc", description, id="hierarchy-description"),
        joined(pieces),
        class_="chart network",
        viewBox=f"0 0 {_COLUMNS * _COLUMN:g} {tallest:g}",
        role="group",
        aria_labelledby="hierarchy-title",
        aria_describedby="hierarchy-description",
    )


# --- The page ---


class OntologyPage:
    """The page of the ontology of one site."""

    def __init__(self, site: Site) -> None:
        """Take the site. Raises InputError when a query that is needed is not there, or a shape cannot be read."""
        self._site = site
        try:
            self._terms, self._classes, self._properties, self._changes = page_queries(site.content)[FOLDER]
        except (KeyError, ValueError) as error:
            wanted = "terms, classes, properties, changes"
            raise InputError(f"queries/pages/{FOLDER}/ must hold four queries: {wanted}.") from error
        self._shapes = shapes_by_term(site.content)

    async def _read(self) -> dict[str, Term]:
        """Return the terms of the ontology with their use. Raises QueryError."""
        terms = read_terms(await self._site.rows(self._terms.query))
        for query in (self._classes, self._properties):
            for row in await self._site.rows(query.query):
                term = terms.get(text_of(row["term"]))
                if term is not None:
                    term.number = int(text_of(row["number"]))
                    if "example" in row:  # the least is not known of blank nodes
                        term.example = text_of(row["example"])
        for iri, term in terms.items():
            term.shapes = self._shapes.get(iri, [])
        return terms

    async def respond(self, request: Request) -> Response:
        """Answer `/ontology`. Raises QueryError when the data cannot be asked."""
        site, language = self._site, self._site.language_of(request)
        terms = await self._read()
        others = {value for term in terms.values() for values in term.relations.values() for value in values}
        used = {*others, *(relation for term in terms.values() for relation in term.relations)}
        examples = {term.example for term in terms.values() if term.example}
        known = await labels(site, used | examples)
        classes = {iri: term for iri, term in terms.items() if term.kind == f"{_OWL}Class"}
        names = {iri: label_in(term.names, language, term.fragment)[0] for iri, term in classes.items()}
        for iri in others - names.keys():
            names[iri] = label_in(known.get(iri, {}), language, local(iri))[0]

        def shown(iri: str) -> dict[str, Any]:
            own = terms[iri].names if iri in terms else known.get(iri, {})
            return {"x": NamedNode(iri)} | {f"x_{tag}": text for tag, text in own.items() if tag in LANGUAGES}

        def key(term: Term) -> str:
            return term.fragment.lower()

        words = site.texts[language]["ontology"]
        return site.page(
            request,
            "ontology.html",
            "ontology",
            iri=ONTOLOGY.rstrip("#"),
            groups=[
                (heading, sorted((term for term in terms.values() if term.kind == kind), key=key))
                for kind, heading in _KINDS.items()
                if any(term.kind == kind for term in terms.values())
            ],
            shown=shown,
            terms_query=self._terms,
            versions=read_versions(await site.rows(self._changes.query), language),
            changes_query=self._changes,
            svg=hierarchy_svg(
                {iri: term.relations.get(_ABOVE, []) for iri, term in classes.items()},
                names,
                lambda iri: f"#{local(iri)}",
                words["hierarchy"],
                words["hierarchy_note"],
            ),
        )


def pages(site: Site) -> dict[str, Handler]:
    """Return the page by its path, as `kg.site.resources.routes` takes it; none where its queries are missing.

    Raises InputError as `OntologyPage` does.
    """
    return {PATH: OntologyPage(site).respond} if FOLDER in page_queries(site.content) else {}
