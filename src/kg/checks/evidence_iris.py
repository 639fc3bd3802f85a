"""The form of evidence: RFC 5147 fragments of the text of the very document that the file is about."""

import rdflib

from kg.dataset import Dataset, document_slug
from kg.finding import Finding
from kg.namespaces import ONTOLOGY
from kg.passages import parse_passage

EVIDENCE = rdflib.URIRef(f"{ONTOLOGY}evidence")


def check_evidence_iris(dataset: Dataset) -> list[Finding]:
    """Return a finding for each `tsc:evidence` that is not a passage, or one of another document than its file's."""
    found = []
    for file in dataset.data:
        slug = document_slug(dataset, file) if file.role == "source" else None
        for (_, predicate, passage_iri), position in file.turtle.positions.items():
            if predicate != EVIDENCE:
                continue
            passage = parse_passage(str(passage_iri))
            if passage is None:
                found.append(
                    Finding(
                        file.path,
                        *position,
                        "violation",
                        "evidence-form",
                        f"<{passage_iri}> ไม่ใช่ข้อความตอนหนึ่งของเอกสารตามแบบ RFC 5147",
                        f"<{passage_iri}> is not a passage in the form of RFC 5147.",
                        "เขียน <#char=ต้น,ท้าย> โดยต้นน้อยกว่าท้าย",
                        "Write <#char=start,end> with start before end.",
                    )
                )
            elif slug is not None and passage.slug != slug:
                found.append(
                    Finding(
                        file.path,
                        *position,
                        "violation",
                        "evidence-document",
                        f"หลักฐานมาจากเอกสาร {passage.slug} แต่ไฟล์นี้ว่าด้วยเอกสาร {slug}",
                        f"The passage is of the document {passage.slug}, but this file is about {slug}.",
                        "ประกาศ @base ของเอกสารนี้ หรือย้ายข้อความไปยังไฟล์ของเอกสารนั้น",
                        "Declare the @base of this document, or move the statement to the other document's file.",
                    )
                )
    return found
