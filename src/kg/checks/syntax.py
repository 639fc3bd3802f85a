"""Both parsers must read a file, and read the same triples out of it."""

from kg.dataset import Dataset
from kg.finding import Finding
from kg.turtle import TurtleSyntaxError

RULE = "syntax"


def syntax_finding(error: TurtleSyntaxError) -> Finding:
    """Return a syntax error as a finding. A parser stops where it can go on no further, so the fault may lie before."""
    if isinstance(error.__cause__, UnicodeDecodeError):
        remedy_th, remedy_en = "บันทึกไฟล์เป็น UTF-8", "Save the file as UTF-8."
    else:
        remedy_th = "ตรวจจุดนี้และข้อความก่อนหน้า อาจขาด . ; , ] เครื่องหมายคำพูด หรือบรรทัด @prefix"
        remedy_en = (
            "Look here and at the statement before: a . ; , ] a quotation mark or a @prefix line may be missing."
        )
    return Finding(
        error.path,
        error.line,
        error.column,
        "violation",
        RULE,
        f"ไฟล์นี้ไม่เป็นไปตามไวยากรณ์ Turtle: {error.message}",
        f"This is not Turtle: {error.message}",
        remedy_th,
        remedy_en,
    )


def check_syntax(dataset: Dataset) -> list[Finding]:
    """Return a finding for each file of which rdflib and pyoxigraph read different triples."""
    return [
        Finding(
            file.path,
            1,
            1,
            "violation",
            "parsers-agree",
            "rdflib และ pyoxigraph อ่านไฟล์นี้ได้ข้อมูลไม่ตรงกัน",
            "rdflib and pyoxigraph read different triples out of this file.",
            "เขียนตัวเลขและ IRI ในรูปแบบที่ธรรมดาที่สุด เช่น 3 แทน +3",
            "Write numbers and IRIs in their plainest form, for example 3 instead of +3.",
        )
        for file in dataset.files
        if not file.turtle.parsers_agree
    ]
