"""The files of a tree of content as named graphs, each with a role that its folder gives it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import rdflib
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

from kg.content import Content
from kg.errors import InputError
from kg.finding import displayed
from kg.namespaces import DCTERMS, ONTOLOGY, SOURCE, graph_iri
from kg.turtle import Position, TurtleFile, TurtleSyntaxError, parse_turtle

Role = Literal["ontology", "catalog", "register", "source", "readings", "shapes"]

_ROLE_OF_FOLDER: dict[str, Role] = {"register": "register", "sources": "source", "readings": "readings"}


@dataclass(frozen=True)
class GraphFile:
    """A Turtle file as a named graph."""

    path: Path
    iri: str
    role: Role
    turtle: TurtleFile = field(repr=False)

    @property
    def graph(self) -> rdflib.Graph:
        """The triples of the file."""
        return self.turtle.graph

    @cached_property
    def first_positions(self) -> dict[Node | None, Position]:
        """Where each subject is described first."""
        first: dict[Node | None, Position] = {}
        first.update(self.turtle.subjects.items())
        return first

    @cached_property
    def statement_positions(self) -> dict[tuple[Node | None, Node | None], Position]:
        """Where each predicate of each subject has its first object."""
        first: dict[tuple[Node | None, Node | None], Position] = {}
        for (subject, predicate, _), position in self.turtle.positions.items():
            first[subject, predicate] = min(position, first.get((subject, predicate), position))
        return first


@dataclass(frozen=True)
class Dataset:
    """All files of a tree: what is served (ontology, catalog, register, sources, readings) and the shapes."""

    content: Content
    files: tuple[GraphFile, ...]

    def of(self, *roles: Role) -> tuple[GraphFile, ...]:
        """Return the files that have one of the roles."""
        return tuple(file for file in self.files if file.role in roles)

    @property
    def ontology(self) -> tuple[GraphFile, ...]:
        """The files of the ontology."""
        return self.of("ontology")

    @property
    def data(self) -> tuple[GraphFile, ...]:
        """The files below `data/`."""
        return self.of("catalog", "register", "source", "readings")

    @property
    def sources(self) -> tuple[GraphFile, ...]:
        """The files of the source documents."""
        return self.of("source")

    def context(self, file: GraphFile) -> tuple[GraphFile, ...]:
        """Return what a file is read with: ontology, catalog, register and itself; for the readings, everything."""
        if file.role == "readings":
            return (*self.ontology, *self.data)
        shared = self.of("ontology", "catalog", "register")
        return shared if file in shared else (*shared, file)

    @cached_property
    def subjects(self) -> frozenset[Node]:
        """Everything that is described in the ontology or the data."""
        return frozenset(node for file in (*self.ontology, *self.data) for node in file.graph.subjects())


def locate(
    files: Sequence[GraphFile], subject: Node | None, predicate: Node | None = None, value: Node | None = None
) -> tuple[GraphFile, Position]:
    """Return the file and the place of a triple, else of its predicate, else of its subject, else the first line."""
    for file in files:
        if exact := file.turtle.find(subject, predicate, value):
            return file, exact
    for file in files:
        if statement := file.statement_positions.get((subject, predicate)):
            return file, statement
    for file in files:
        if first := file.first_positions.get(subject):
            return file, first
    return files[0], Position(1, 1)


def union(files: Iterable[GraphFile]) -> rdflib.Graph:
    """Return the triples of several files as one graph."""
    graph = rdflib.Graph(bind_namespaces="none")
    for file in files:
        for triple in file.graph:
            graph.add(triple)
    return graph


def document_slug(dataset: Dataset, file: GraphFile) -> str:
    """Return the slug of the document that a source file is about: `dcterms:source` of its graph, else its stem."""
    for catalog in dataset.data:
        for document in catalog.graph.objects(rdflib.URIRef(file.iri), rdflib.URIRef(f"{DCTERMS}source")):
            if str(document).startswith(SOURCE):
                return str(document).removeprefix(SOURCE)
    return file.path.stem


def printed_properties(dataset: Dataset) -> frozenset[Node]:
    """Return `tsc:asPrinted` and every sub-property of it that the ontology declares, however deep."""
    ontology = union(dataset.ontology)
    root = rdflib.URIRef(f"{ONTOLOGY}asPrinted")
    return frozenset(node for node in ontology.transitive_subjects(RDFS.subPropertyOf, root) if node is not None)


def typed(files: Iterable[GraphFile], class_iri: str) -> Iterator[tuple[GraphFile, Node]]:
    """Yield each resource that a file says is of the class, with that file."""
    for file in files:
        for subject in file.graph.subjects(RDF.type, rdflib.URIRef(class_iri)):
            yield file, subject


def _role(content: Content, path: Path) -> Role:
    """Return the role of a file from its folder. A file outside the tree is read as a source."""
    try:
        parts = path.resolve().relative_to(content.root.resolve()).parts
    except ValueError:
        return "source"
    if parts[0] == "ontology":
        return "ontology"
    if parts[0] == "shapes":
        return "shapes"
    if parts[0] == "data" and len(parts) == 2:
        return "catalog"
    if parts[0] == "data" and parts[1] in _ROLE_OF_FOLDER:
        return _ROLE_OF_FOLDER[parts[1]]
    if parts[0] == "data":
        folders = ", ".join(f"data/{name}/" for name in _ROLE_OF_FOLDER)
        raise InputError(f"{displayed(path)}: no role for data/{parts[1]}/; data files stand in {folders} or data/.")
    return "source"


def _refuse_same_stems(paths: Iterable[Path]) -> None:
    """Raise InputError when two files would be the same named graph."""
    seen: dict[str, Path] = {}
    for path in paths:
        if other := seen.get(path.stem):
            raise InputError(
                f"{displayed(path)}: the graph {graph_iri(path)} is already that of {displayed(other)}; rename one."
            )
        seen[path.stem] = path


def read_dataset(content: Content, more: Iterable[Path] = ()) -> tuple[Dataset, list[TurtleSyntaxError]]:
    """Read every Turtle file of the tree, and `more` files as sources, each once.

    Returns the dataset of the files that are Turtle and the errors of those that are not.
    Raises InputError when a file cannot be read, has no role, or has the stem of another.
    """
    known = {path.resolve() for path in content.turtle_files()}
    paths = [*content.turtle_files(), *(path for path in more if path.resolve() not in known)]
    roles = {path: _role(content, path) for path in paths}
    _refuse_same_stems(path for path in paths if roles[path] != "shapes")
    files, errors = [], []
    for path in paths:
        try:
            files.append(GraphFile(path, graph_iri(path), roles[path], parse_turtle(path, graph_iri(path))))
        except TurtleSyntaxError as error:
            errors.append(error)
    return Dataset(content, tuple(files)), errors


def load_dataset(content: Content) -> Dataset:
    """Read every Turtle file of the tree. Raises InputError (TurtleSyntaxError) when one of them is not Turtle."""
    dataset, errors = read_dataset(content)
    if errors:
        raise errors[0]
    return dataset
