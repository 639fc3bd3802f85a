"""Which facts of an inventory the graph carries: a fact is carried when a passage of some resource holds its span."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rdflib.term import Node

from kg.archive import archived_texts, read_archive
from kg.checks.evidence_iris import EVIDENCE
from kg.content import read_text
from kg.dataset import Dataset, document_slug
from kg.errors import InputError
from kg.finding import displayed
from kg.passages import Passage, parse_passage

LARGEST_SHARE: Final = 0.6
"""A passage that covers more of its document than this proves nothing about a fact inside it."""

LOOSE_FACTOR: Final = 8
LOOSE_LENGTH: Final = 400
"""A passage is called loose when it is longer than LOOSE_LENGTH characters and LOOSE_FACTOR times its fact's span."""


@dataclass(frozen=True)
class Fact:
    """A fact of an inventory: characters [start, end) of `document`, a file name or the slug of a source."""

    id: str
    document: str
    start: int
    end: int


@dataclass(frozen=True)
class Coverage:
    """A fact with the resource whose passage holds it most tightly, or the reason why it was left out, or neither."""

    fact: Fact
    slug: str
    resource: Node | None = None
    passage: Passage | None = None
    reason: str = ""

    @property
    def loose(self) -> bool:
        """Whether the passage is far longer than the span of the fact."""
        if self.passage is None:
            return False
        length = self.passage.end - self.passage.start
        return length > LOOSE_LENGTH and length > LOOSE_FACTOR * (self.fact.end - self.fact.start)

    @property
    def missing(self) -> bool:
        """Whether the fact is neither carried nor left out for a reason."""
        return self.resource is None and not self.reason


def _fact(row: dict[str, Any], place: str) -> Fact:
    """Return one row of an inventory as a fact. Raises InputError when a field is missing or not a span."""
    try:
        document = row["document"] if "document" in row else row["source"]
        start = int(row["span_start"] if "span_start" in row else row["start"])
        end = int(row["span_end"] if "span_end" in row else row["end"])
        fact = Fact(str(row["id"]), str(document), start, end)
    except KeyError as error:
        raise InputError(f"{place}: no field {error}; a fact has id, document, span_start and span_end.") from error
    except (TypeError, ValueError) as error:
        raise InputError(f"{place}: the span is not two whole numbers.") from error
    if not 0 <= fact.start < fact.end:
        raise InputError(f"{place}: the span {fact.start} to {fact.end} is empty or negative.")
    return fact


def read_inventory(path: Path) -> list[Fact]:
    """Read an inventory: JSON lines with id, document, span_start, span_end; or CSV with id, source, start, end.

    Raises InputError with the line when the file cannot be read as that, and when it holds no fact.
    """
    facts = (_facts_of_csv if path.suffix == ".csv" else _facts_of_json_lines)(displayed(path), read_text(path))
    if not facts:  # else nothing would be missing
        raise InputError(f"{displayed(path)}: the inventory holds no fact.")
    return facts


def _facts_of_csv(name: str, text: str) -> list[Fact]:
    """Return the facts of an inventory in CSV; `name` is that of the file. Raises InputError with the line."""
    reader = csv.DictReader(io.StringIO(text))
    return [_fact(row, f"{name}:{reader.line_num}") for row in reader]


def _facts_of_json_lines(name: str, text: str) -> list[Fact]:
    """Return the facts of an inventory in JSON lines; `name` is that of the file. Raises InputError with the line."""
    facts = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(f"{name}:{number}:{error.colno}: not JSON: {error.msg}.") from error
            if not isinstance(row, dict):
                raise InputError(f"{name}:{number}: not a JSON object.")
            facts.append(_fact(row, f"{name}:{number}"))
    return facts


def read_reasons(path: Path) -> dict[str, str]:
    """Read why facts are left out: CSV with id and reason. Raises InputError when it is not that."""
    reader = csv.DictReader(io.StringIO(read_text(path)))
    if not {"id", "reason"} <= set(reader.fieldnames or ()):
        raise InputError(f"{displayed(path)}:1: the columns must be id and reason.")
    reasons = {row["id"]: (row["reason"] or "").strip() for row in reader}
    if empty := [identifier for identifier, reason in reasons.items() if not reason]:
        raise InputError(f"{displayed(path)}: no reason is given for {', '.join(empty)}.")
    return reasons


def _lengths(dataset: Dataset) -> dict[str, int]:
    """Return the length in characters of each document's text as the graph states it."""
    return {text.slug: text.character_count for text in archived_texts(dataset) if text.character_count}


def _passages(dataset: Dataset) -> dict[str, list[tuple[Node, Passage]]]:
    """Return the passages that count as evidence, with their resources, by the slug of the document."""
    lengths = _lengths(dataset)
    passages: dict[str, list[tuple[Node, Passage]]] = {}
    for file in dataset.sources:
        slug = document_slug(dataset, file)
        kept = passages.setdefault(slug, [])
        for subject, iri in file.graph.subject_objects(EVIDENCE):
            passage = parse_passage(str(iri))
            if passage and passage.slug == slug:
                length = lengths.get(slug)
                if length is None or passage.end - passage.start <= LARGEST_SHARE * length:
                    kept.append((subject, passage))
    return passages


def _slugs(dataset: Dataset, documents: Iterable[str], archive: Path | None) -> dict[str, str]:
    """Map each document of the inventory to a slug: it is one, or it is a file of the archive whose SHA-256 is known.

    Raises InputError when a document is neither, or when the folder of the archive cannot be read.
    """
    known = {document_slug(dataset, file) for file in dataset.sources}
    by_digest = {text.sha256: text.slug for text in archived_texts(dataset)}
    files = {} if archive is None else read_archive(archive)
    names = {file.path.name: by_digest[digest] for digest, file in files.items() if digest in by_digest}
    slugs = {}
    for document in documents:
        slug = document if document in known else names.get(document)
        if slug is None:
            raise InputError(
                f"{document} is neither the slug of a source nor an archived text that the graph knows by its SHA-256; "
                "name the folder of the archived texts with --archive."
            )
        slugs[document] = slug
    return slugs


def measure_coverage(
    dataset: Dataset, facts: list[Fact], archive: Path | None = None, reasons: dict[str, str] | None = None
) -> list[Coverage]:
    """Return, for each fact, the resource and the tightest passage that hold its span, in the order of the inventory.

    `archive` is the folder of the archived texts, needed when the inventory names files; `reasons` says, by the id of a
    fact, why it was left out. Raises InputError when a document of the inventory is unknown, or the folder unreadable.
    """
    slugs = _slugs(dataset, {fact.document: None for fact in facts}, archive)
    passages = _passages(dataset)
    covered = []
    for fact in facts:
        slug = slugs[fact.document]
        holding = [pair for pair in passages.get(slug, []) if pair[1].contains(fact.start, fact.end)]
        if holding:
            resource, passage = min(holding, key=lambda pair: (pair[1].end - pair[1].start, str(pair[0])))
            covered.append(Coverage(fact, slug, resource, passage))
        else:
            covered.append(Coverage(fact, slug, reason=(reasons or {}).get(fact.id, "")))
    return covered
