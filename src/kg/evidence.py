"""Is what the graph says was printed really there? Digests, lengths, passages and printed forms against the texts."""

import itertools
import re
from pathlib import Path

import rdflib
from rdflib.term import Node

from kg.archive import ArchivedText, archived_texts, printed_form, read_archive
from kg.checks.evidence_iris import EVIDENCE, check_evidence_iris
from kg.dataset import Dataset, GraphFile, document_slug, printed_properties
from kg.finding import Finding
from kg.passages import Passage, parse_passage
from kg.turtle import Position

_MOST_PLACES_NAMED = 3


def _violation(
    file: GraphFile, position: Position, rule: str, th: str, en: str, remedy: tuple[str, str] = ("", "")
) -> Finding:
    """Return a violation of a rule about evidence."""
    return Finding(file.path, *position, "violation", f"evidence-{rule}", th, en, *remedy)


def _check_text(archived: ArchivedText, text: str | None) -> list[Finding]:
    """Return a finding when the text is not in the archive or has another length than stated."""
    if text is None:
        digest = archived.sha256[:12] or "?"
        return [
            _violation(
                archived.file,
                archived.place("sha256"),
                "digest",
                f"ไม่มีไฟล์ใดในคลังที่มี SHA-256 เป็น {digest}… (เอกสาร {archived.slug})",
                f"No file of the archive has the SHA-256 {digest}… (document {archived.slug}).",
                ("ตรวจโฟลเดอร์คลังข้อความและค่า SHA-256", "Check the folder of the archive and the digest."),
            )
        ]
    if archived.character_count != len(text):
        return [
            _violation(
                archived.file,
                archived.place("characterCount"),
                "length",
                f"ข้อความของเอกสาร {archived.slug} มี {len(text)} อักขระ ไม่ใช่ {archived.character_count}",
                f"The text of {archived.slug} has {len(text)} characters, not {archived.character_count}.",
                (f"เขียน tsc:characterCount {len(text)}", f"Write tsc:characterCount {len(text)}."),
            )
        ]
    return []


def _occurrences(form: re.Pattern[str], text: str) -> list[str]:
    """Return the first few places of a printed form in a text as `#char=start,end`."""
    matches = itertools.islice(form.finditer(text), _MOST_PLACES_NAMED)
    return [f"#char={match.start()},{match.end()}" for match in matches]


def _check_passage(file: GraphFile, position: Position, passage: Passage, length: int) -> list[Finding]:
    """Return a finding when a passage ends after the text."""
    if passage.end <= length:
        return []
    over = passage.end - length
    return [
        _violation(
            file,
            position,
            "range",
            f"#char={passage.start},{passage.end} เลยท้ายข้อความไป {over} อักขระ (ข้อความยาว {length})",
            f"#char={passage.start},{passage.end} ends {over} characters after the text, which has {length}.",
            ("แก้ตำแหน่งท้าย", f"Let it end at {length} or before."),
        )
    ]


def _check_printed_form(
    file: GraphFile, position: Position, form: str, passages: list[Passage], text: str
) -> list[Finding]:
    """Return a finding when a printed form stands in none of the passages of its subject."""
    wanted = printed_form(form)
    if any(wanted.search(text, passage.start, passage.end) for passage in passages):
        return []
    places = _occurrences(wanted, text)
    if places:
        remedy = (
            f"รูปนี้พบที่ {', '.join(places)}",
            f"It stands at {', '.join(places)}: widen or add a passage.",
        )
    else:
        remedy = (
            "รูปนี้ไม่พบที่ใดในข้อความ ตรวจการสะกดกับเอกสาร",
            "It stands nowhere in the text: compare the spelling with the document.",
        )
    if not passages:
        remedy = (f"เพิ่ม tsc:evidence; {remedy[0]}", f"Add tsc:evidence. {remedy[1]}")
    return [
        _violation(
            file,
            position,
            "printed-form",
            f'ไม่พบ "{form}" ในข้อความตอนใดที่เป็นหลักฐานของทรัพยากรนี้',
            f'"{form}" stands in no passage of its subject.',
            remedy,
        )
    ]


def _check_source(file: GraphFile, slug: str, text: str, printed: frozenset[Node]) -> list[Finding]:
    """Return the findings about the passages and printed forms of one source file."""
    found: list[Finding] = []
    passages: dict[Node, list[Passage]] = {}
    for (subject, predicate, object_), position in file.turtle.positions.items():
        if predicate == EVIDENCE and (passage := parse_passage(str(object_))) and passage.slug == slug:
            passages.setdefault(subject, []).append(passage)
            found += _check_passage(file, position, passage, len(text))
    for (subject, predicate, object_), position in file.turtle.positions.items():
        if predicate in printed and isinstance(object_, rdflib.Literal):
            found += _check_printed_form(file, position, str(object_), passages.get(subject, []), text)
    return found


def check_evidence(dataset: Dataset, archive: Path) -> list[Finding]:
    """Compare the graph with the archived texts in the folder `archive`, which are found by their SHA-256.

    Returns findings: a text that is missing or has another length; evidence that is not a passage of the right document
    or ends after the text; a printed form (a literal of `tsc:asPrinted` or of a sub-property) that stands in no passage
    of its subject. Raises InputError when the folder cannot be read.
    """
    found = check_evidence_iris(dataset)
    files = read_archive(archive)
    texts: dict[str, str] = {}
    described = archived_texts(dataset)
    for archived in described:
        text_file = files.get(archived.sha256)
        found += _check_text(archived, text_file.text if text_file else None)
        if text_file:
            texts[archived.slug] = text_file.text
    known = {archived.slug for archived in described}
    printed = printed_properties(dataset)
    for file in dataset.sources:
        slug = document_slug(dataset, file)
        if slug in texts:
            found += _check_source(file, slug, texts[slug], printed)
        elif slug not in known:
            found.append(
                _violation(
                    file,
                    Position(1, 1),
                    "no-text",
                    f"เอกสาร {slug} ไม่มี tsc:ArchivedText",
                    f"The document {slug} has no tsc:ArchivedText.",
                    ("อธิบายข้อความพร้อม SHA-256", "Describe its text with the SHA-256."),
                )
            )
    return found
