"""Both parsers must read a file, and read the same triples out of it."""

from kg.finding import Finding
from kg.turtle import BYTE_ORDER_MARK, TurtleFile, TurtleSyntaxError

RULE = "syntax"


def syntax_finding(error: TurtleSyntaxError) -> Finding:
    """Return a syntax error as a finding. A parser stops where it can go on no further, so the fault may lie before."""
    message_th, message_en = (
        f"ไฟล์นี้ไม่เป็นไปตามไวยากรณ์ Turtle: {error.message}",
        f"This is not Turtle: {error.message}",
    )
    remedy_th = "ตรวจจุดนี้และข้อความก่อนหน้า อาจขาด . ; , ] เครื่องหมายคำพูด หรือบรรทัด @prefix"
    remedy_en = "Look here and at the statement before: a . ; , ] a quotation mark or a @prefix line may be missing."
    if isinstance(error.__cause__, UnicodeDecodeError):
        message_th, message_en = "ไฟล์นี้ไม่ใช่ UTF-8", error.message
        remedy_th, remedy_en = "บันทึกไฟล์เป็น UTF-8", "Save the file as UTF-8."
    elif error.message == BYTE_ORDER_MARK:
        message_th, message_en = "ไฟล์นี้ขึ้นต้นด้วย byte order mark", error.message
        remedy_th, remedy_en = "บันทึกไฟล์เป็น UTF-8 แบบไม่มี BOM", "Save the file as UTF-8 without a byte order mark."
    return Finding(
        error.path, error.line, error.column, "violation", RULE, message_th, message_en, remedy_th, remedy_en
    )


def check_parsers(turtle: TurtleFile) -> list[Finding]:
    """Return a finding where rdflib and pyoxigraph begin to read different triples. Depends on the file alone."""
    if turtle.disagreement is None:
        return []
    return [
        Finding(
            turtle.path,
            *turtle.disagreement,
            "violation",
            "parsers-agree",
            "rdflib และ pyoxigraph อ่านไฟล์นี้ได้ข้อมูลไม่ตรงกันตั้งแต่จุดนี้",
            "From here on rdflib and pyoxigraph read different triples.",
            "เขียนตัวเลขและ IRI ในรูปแบบที่ธรรมดาที่สุด เช่น IRI แบบเต็ม",
            "Write numbers and IRIs in their plainest form, for example IRIs in full.",
        )
    ]
