"""The archived texts of the source documents: found by their SHA-256, whatever the files are called."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import rdflib
from rdflib.term import Node

from kg.dataset import Dataset, GraphFile, locate, typed
from kg.errors import InputError
from kg.finding import displayed
from kg.namespaces import ONTOLOGY, SOURCE
from kg.turtle import Position

_SPACE_OR_SARA_AM: Final = re.compile("(?P<space> )|(?P<tone>[\u0e48-\u0e4b]?)\u0e33|(?P<other>.)", re.DOTALL)
_ANY_SPACE: Final = "[ \u00a0\r\n]"


def printed_form(form: str) -> re.Pattern[str]:
    """Return a pattern for a printed form in a text as it is, so that the places that it finds are true.

    A space of the form stands for a space, a no-break space or a line end of the text, and SARA AM (U+0E33) also for
    its two parts (U+0E4D U+0E32), between which a tone mark may stand. Everything else stands for itself.
    """

    def pattern(match: re.Match[str]) -> str:
        if match["space"]:
            return _ANY_SPACE
        if match["other"]:
            return re.escape(match["other"])
        return f"(?:{match['tone']}\u0e33|\u0e4d{match['tone']}\u0e32)"

    return re.compile(_SPACE_OR_SARA_AM.sub(pattern, form))


@dataclass(frozen=True)
class ArchivedText:
    """What the graph says about an archived text: the slug of its document, its digest, its length in characters."""

    slug: str
    sha256: str
    character_count: int | None
    node: Node
    file: GraphFile
    position: Position

    def place(self, name: str) -> Position:
        """Return where the property `tsc:<name>` of the text is stated."""
        return locate([self.file], self.node, rdflib.URIRef(ONTOLOGY + name))[1]


@dataclass(frozen=True)
class TextFile:
    """A file of an archive. `text` has its line ends as they are, so that offsets stay true."""

    path: Path
    sha256: str
    text: str = field(repr=False)


def archived_texts(dataset: Dataset) -> list[ArchivedText]:
    """Return the `tsc:ArchivedText` resources of the data, by slug."""
    texts = []
    for file, node in typed(dataset.data, f"{ONTOLOGY}ArchivedText"):
        digest = file.graph.value(node, rdflib.URIRef(f"{ONTOLOGY}sha256"))
        count = file.graph.value(node, rdflib.URIRef(f"{ONTOLOGY}characterCount"))
        slug = str(node).removeprefix(SOURCE).removesuffix("/text")
        number = int(str(count)) if count is not None and str(count).isdecimal() else None
        texts.append(ArchivedText(slug, str(digest or "").lower(), number, node, file, locate([file], node)[1]))
    return sorted(texts, key=lambda text: text.slug)


def read_archive(folder: Path) -> dict[str, TextFile]:
    """Read every UTF-8 file of a folder (not of its subfolders), by SHA-256.

    Raises InputError when the folder cannot be read. A file that is not UTF-8 is left out: it is no archived text.
    """
    if not folder.is_dir():
        raise InputError(f"{displayed(folder)}: no such folder; name the folder of the archived texts.")
    files = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        content = path.read_bytes()
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            continue
        digest = hashlib.sha256(content).hexdigest()
        files[digest] = TextFile(path, digest, text)
    return files
