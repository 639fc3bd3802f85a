"""What stands for a version: a folder, a file of RDF, or a revision of the git repository in which we are."""

import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, RdfFormat

from kg.content import REQUIRED_FOLDERS, Content
from kg.differences.statements import Triple
from kg.errors import InputError
from kg.finding import displayed
from kg.namespaces import graph_iri
from kg.project import turtle_below
from kg.turtle import TurtleSyntaxError

Keys = Literal["files", "graphs", "nothing"]
"""By what the graphs of a version are told apart."""

FORMATS: Final = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".trig": RdfFormat.TRIG,
}
"""The formats that a file can have, by its suffix."""


@dataclass(frozen=True)
class Version:
    """Graphs by a key: the path of a file relative to its folder, the IRI of a named graph, or an empty text.

    `published` is the keys of the files that a dump of the tree holds, each with the IRI of its named graph: for a tree
    of content all files but the shapes, for any other folder all. `prefixes` is what the files declare.
    """

    title: str
    keys: Keys
    graphs: dict[str, list[Triple]] = field(repr=False)
    published: dict[str, str] = field(repr=False, default_factory=dict)
    prefixes: dict[str, str] = field(repr=False, default_factory=dict)

    def triples(self) -> Iterable[Triple]:
        """Yield the triples of all graphs."""
        for graph in self.graphs.values():
            yield from graph

    def by_graph(self) -> "Version":
        """Return the files of the version that a dump would hold, by the IRI of their named graphs."""
        graphs: dict[str, list[Triple]] = {}
        for key, iri in self.published.items():  # two files of one stem are one graph
            graphs.setdefault(iri, []).extend(self.graphs[key])
        return Version(self.title, "graphs", graphs, prefixes=self.prefixes) if self.keys == "files" else self

    def merged(self) -> "Version":
        """Return all graphs that a dump would hold as one. Blank nodes have labels of their own in each graph."""
        return Version(self.title, "nothing", {"": list(self.by_graph().triples())}, prefixes=self.prefixes)


def _read_file(path: Path, name: str, base: str) -> tuple[dict[str, list[Triple]], dict[str, str]]:
    """Return the graphs of a file by the IRI of each, the default graph by an empty text, and its prefixes.

    `name` is what the file is called in messages. Raises TurtleSyntaxError when the file is not of its format, and
    InputError when it cannot be read or has triple terms, which RDF 1.1 does not know.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise InputError(f"{name}: the suffix must be one of {', '.join(FORMATS)}.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}.") from error
    graphs: dict[str, list[Triple]] = {}
    parser = pyoxigraph.parse(
        content,
        format=form,
        base_iri=base if form in {RdfFormat.TURTLE, RdfFormat.TRIG} else None,
        rename_blank_nodes=True,
    )
    try:
        for quad in parser:
            if isinstance(quad.subject, pyoxigraph.Triple) or isinstance(quad.object, pyoxigraph.Triple):
                raise InputError(f"{name}: the file has triple terms of RDF 1.2, which are not compared.")
            graph = quad.graph_name
            key = "" if isinstance(graph, DefaultGraph) else graph.value
            if isinstance(graph, BlankNode):
                raise InputError(f"{name}: a graph is named by a blank node; give it an IRI.")
            graphs.setdefault(key, []).append((quad.subject, quad.predicate, quad.object))
    except SyntaxError as error:
        raise TurtleSyntaxError(Path(name), error.lineno or 1, error.offset or 1, error.msg) from error
    return graphs, dict(parser.prefixes)


def _read_folder(folder: Path, title: str, prefix: str) -> Version:
    """Read the Turtle files of a folder; `prefix` stands before their names in messages. Raises InputError."""
    if all((folder / name).is_dir() for name in REQUIRED_FOLDERS):
        content = Content(folder)
        files = content.turtle_files()
        published = {*content.ontology_files(), *content.data_files()}
    else:
        files = turtle_below(folder)
        published = set(files)
    if not files:
        raise InputError(f"{title}: no Turtle files here.")
    version = Version(title, "files", {})
    for path in files:
        key = path.relative_to(folder).as_posix()
        graphs, prefixes = _read_file(path, f"{prefix}{key}", graph_iri(path))
        version.graphs[key] = graphs.get("", [])
        version.prefixes.update(prefixes)
        if path in published:
            version.published[key] = graph_iri(path)
    return version


def _read_path(path: Path, title: str, prefix: str) -> Version:
    """Read a folder or a file. Raises InputError when it cannot be read."""
    if path.is_dir():
        return _read_folder(path, title, prefix)
    graphs, prefixes = _read_file(path, title, graph_iri(path))
    if set(graphs) <= {""}:
        return Version(title, "nothing", {"": graphs.get("", [])}, prefixes=prefixes)
    return Version(title, "graphs", graphs, prefixes=prefixes)


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in the working folder. Raises InputError when there is no git."""
    try:
        return subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S607
    except FileNotFoundError as error:
        raise InputError("There is no program git, which a revision needs.") from error


def _read_revision(title: str, revision: str, path: str) -> Version:
    """Read a revision of the repository of the working folder, or a path in it. Raises InputError."""
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit.returncode:
        reason = commit.stderr.decode("utf-8", "replace").strip() or f"the repository has no revision {revision}"
        raise InputError(f"{title}: {reason.removeprefix('fatal: ').rstrip('.')}.")
    top = _git("rev-parse", "--show-toplevel").stdout.decode().strip()
    with tempfile.TemporaryDirectory(prefix="kg-diff-") as folder:
        archive, tree = Path(folder) / "tree.tar", Path(folder) / "tree"
        wanted = [path] if path else []
        name = commit.stdout.decode().strip()
        done = _git("-C", top, "archive", "--format=tar", f"--output={archive}", name, "--", *wanted)
        if done.returncode:
            reason = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1].removeprefix("fatal: ")
            raise InputError(f"{title}: {reason.rstrip('.')}.")
        with tarfile.open(archive) as file:
            file.extractall(tree, filter="data")
        return _read_path(tree / path, title, f"{revision}:{path}/" if path else f"{revision}:")


def read_version(name: str) -> Version:
    """Read what a name stands for: a folder, a file, or `git:REV`, `REV:` or `REV:PATH` for a revision.

    A file or folder of that name goes before a revision. A revision is taken out by `git archive` into a temporary
    folder, so that the working tree is not touched. Raises InputError when it cannot be read.
    """
    path = Path(name)
    if path.exists():
        return _read_path(path, name, f"{displayed(path)}/" if path.is_dir() else "")
    if name.startswith("git:"):
        return _read_revision(name, *_revision_and_path(name.removeprefix("git:")))
    if ":" in name:
        return _read_revision(name, *_revision_and_path(name))
    raise InputError(f"{name}: no such file or folder; a revision is written git:REV or REV: with a colon.")


def _revision_and_path(text: str) -> tuple[str, str]:
    """Return the revision and the path in it, which may be empty."""
    revision, _, path = text.partition(":")
    return revision, path.strip("/")


def aligned(before: Version, after: Version) -> tuple[Version, Version]:
    """Return two versions whose graphs have keys of the same kind.

    Two trees are compared file by file; a tree and a dump of quads graph by graph; anything and triples as one graph.
    """
    if before.keys == after.keys:
        return before, after
    if "nothing" in {before.keys, after.keys}:
        return before.merged(), after.merged()
    return before.by_graph(), after.by_graph()


def replaced(graph: Iterable[Triple], names: dict[str, str]) -> list[Triple]:
    """Return a graph in which resources have other IRIs, and with them their fragments (RFC 3986, section 3.5)."""

    def named(term: NamedNode) -> NamedNode:
        if new := names.get(term.value):
            return NamedNode(new)
        whole, sign, fragment = term.value.partition("#")
        return NamedNode(f"{names[whole]}#{fragment}") if sign and whole in names else term

    return [
        (
            named(subject) if isinstance(subject, NamedNode) else subject,
            predicate,
            named(object_) if isinstance(object_, NamedNode) else object_,
        )
        for subject, predicate, object_ in graph
    ]
