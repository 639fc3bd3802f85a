"""The one form of Turtle files: turtlefmt's, with every triple and every comment kept, or the file is left alone.

turtlefmt moves a comment that stands on a line of its own inside a statement to the end of the line before, joins
comments that meet there, and writes `###` as `# ##`. The first two tear a comment from what it is about, so such a file
is refused with the line of the comment; the third is undone.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from bisect import bisect_right
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pyoxigraph
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat

from kg.errors import InputError, KnowledgeGraphError
from kg.finding import Finding, displayed
from kg.turtle import Position, TurtleSyntaxError, decoded, refusal

RULE: Final = "format"

_PROGRAM: Final = "turtlefmt"
_SECONDS: Final = 60
_BASE: Final = "urn:base:"
"""What relative IRIs rest on while two readings of a file are compared."""

_COMMENTS: Final = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}"""  # long strings
    r"""|"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*'"""  # strings
    r"""|<[^<>\s]*>|\\."""  # IRIs, and escapes of local names
    r"""|(?P<comment>\#[^\r\n]*)""",
    re.DOTALL,
)


class FormattingError(InputError):
    """A file cannot be formatted without harm. The messages are sentences; the place counts from 1."""

    def __init__(self, path: Path, position: Position, message_th: str, message_en: str) -> None:
        """Keep the parts beside the sentence."""
        super().__init__(f"{displayed(path)}:{position.line}:{position.column}: {message_en}")
        self.path, self.position, self.message_th, self.message_en = path, position, message_th, message_en


@dataclass(frozen=True)
class _Comment:
    """A comment of a text: where it begins, its text with the sign, and whether it has a line of its own."""

    start: int
    text: str
    alone: bool

    @property
    def words(self) -> str:
        """What it says, without the sign and the spaces around: by this it is known again."""
        return self.text[1:].strip()


def _comments(text: str) -> list[_Comment]:
    """Return the comments of a Turtle text in their order (RDF 1.1 Turtle, section 6.2)."""
    found = []
    for match in _COMMENTS.finditer(text):
        if match["comment"]:
            before = text[: match.start()]
            line = before[max(before.rfind("\n"), before.rfind("\r")) + 1 :]
            found.append(_Comment(match.start(), match["comment"].rstrip(), not line.strip()))
    return found


def _position(text: str, index: int) -> Position:
    """Return the line and the column of an index of a text."""
    starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]
    line = bisect_right(starts, index)
    return Position(line, index - starts[line - 1] + 1)


def _canonical(path: Path, content: bytes) -> Counter[str]:
    """Return the triples after RDF Dataset Canonicalization. Raises TurtleSyntaxError when the content is no Turtle."""
    try:
        quads = list(pyoxigraph.parse(content, format=RdfFormat.TURTLE, base_iri=_BASE))
    except SyntaxError as error:
        raise refusal(path, content.decode("utf-8", "replace"), error) from error
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return Counter(map(str, dataset))


@cache
def _program() -> str:
    """Return the path of turtlefmt: that of our environment, else the first in PATH. Raises KnowledgeGraphError."""
    for folder in (str(Path(sys.executable).parent), sysconfig.get_path("scripts"), None):
        if found := shutil.which(_PROGRAM, path=folder):
            return found
    raise KnowledgeGraphError(f"The program {_PROGRAM} is not there; install the package {_PROGRAM}.")


def _run(path: Path, text: str) -> str:
    """Return what turtlefmt makes of a Turtle text. Raises FormattingError when it cannot read it."""
    with tempfile.TemporaryDirectory(prefix="kg-format-") as folder:
        file = Path(folder) / "file.ttl"
        file.write_bytes(text.encode())
        try:
            done = subprocess.run([_program(), str(file)], capture_output=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise KnowledgeGraphError(f"{displayed(path)}: {_PROGRAM} has not ended in {_SECONDS} seconds.") from error
        if done.returncode == 0:
            return file.read_bytes().decode()
    reason = next(iter(done.stderr.decode("utf-8", "replace").splitlines()), "no reason given").removeprefix("Error: ")
    place = re.search(r"on line (\d+)", reason)
    raise FormattingError(
        path,
        Position(int(place[1]) if place else 1, 1),
        f"{_PROGRAM} อ่านไฟล์นี้ไม่ได้ จึงไม่ได้แก้ไฟล์: {reason}",
        f"{_PROGRAM} cannot read this, so the file is left as it is: {reason}",
    )


def _with_comments_of(path: Path, text: str, formatted: str) -> str:
    """Return the formatted text with the comments of the original, as they were written.

    Raises FormattingError when a comment is lost, was joined with another, or has been moved from a line of its own.
    """
    places: defaultdict[str, deque[_Comment]] = defaultdict(deque)
    for comment in _comments(formatted):
        places[comment.words].append(comment)
    pairs, parted = [], []
    for comment in _comments(text):
        waiting = places[comment.words]
        place = next((other for other in waiting if other.alone == comment.alone), waiting[0] if waiting else None)
        if place is None or (comment.alone and not place.alone):
            parted.append(comment)
            continue
        waiting.remove(place)
        pairs.append((place, comment))
    if parted:  # of two that would be joined, the one on a line of its own is to blame
        culprit = next((comment for comment in parted if comment.alone), parted[0])
        raise FormattingError(
            path,
            _position(text, culprit.start),
            "การจัดรูปแบบจะพาหมายเหตุนี้ไปจากสิ่งที่กล่าวถึง จึงไม่ได้แก้ไฟล์ "
            "ให้ย้ายหมายเหตุไปไว้ก่อนข้อความทั้งชุด หรือท้ายบรรทัดที่กล่าวถึง บรรทัดละหนึ่งหมายเหตุ",
            "Formatting would part this comment from what it is about, so the file is left as it is; "
            "put it before the whole statement or at the end of the line that it is about, one comment a line.",
        )
    for place, comment in sorted(pairs, key=lambda pair: pair[0].start, reverse=True):
        start, end = place.start, place.start + len(place.text)
        if place.alone:  # the first line of a file is given a space before the comment
            start = formatted.rfind("\n", 0, start) + 1
        written = comment.text if comment.text.startswith("##") else place.text
        formatted = formatted[:start] + written + formatted[end:]
    return formatted


def format_turtle(path: Path, content: bytes) -> bytes:
    """Return the content of a Turtle file in the one form; `path` is only named in messages.

    Raises TurtleSyntaxError when it is no Turtle, FormattingError when a triple or a comment would be lost or moved.
    """
    text = decoded(path, content)
    triples = _canonical(path, content)
    result = _with_comments_of(path, text, _run(path, text)).encode()
    try:
        same = _canonical(path, result) == triples
    except TurtleSyntaxError:
        same = False
    if not same:
        raise FormattingError(
            path,
            Position(1, 1),
            f"{_PROGRAM} เปลี่ยนข้อมูลในไฟล์นี้ จึงไม่ได้แก้ไฟล์",
            f"{_PROGRAM} would change the triples of this file, so it is left as it is.",
        )
    return result


def _first_difference(text: str, formatted: str) -> Position:
    """Return where two texts that are not the same begin to differ, as a place in the first."""
    index = next(
        (index for index, (one, other) in enumerate(zip(text, formatted, strict=False)) if one != other),
        min(len(text), len(formatted)),
    )
    return _position(text, min(index, max(len(text) - 1, 0)))


def refusal_finding(error: FormattingError) -> Finding:
    """Return what speaks against formatting a file as a finding."""
    return Finding(error.path, *error.position, "violation", RULE, error.message_th, error.message_en)


def format_finding(path: Path, content: bytes, formatted: bytes) -> Finding:
    """Return the finding that a file is not formatted, where its content first differs from the formatted one."""
    return Finding(
        path,
        *_first_difference(content.decode(), formatted.decode()),
        "violation",
        RULE,
        "ไฟล์นี้ยังไม่ได้จัดรูปแบบตั้งแต่จุดนี้",
        "From here on the file is not formatted.",
        f"สั่ง kg fmt {displayed(path)}",
        f"Run kg fmt {displayed(path)}.",
    )


def check_format(path: Path, content: bytes) -> Finding | None:
    """Return a finding where a Turtle file first differs from the one form or cannot be brought into it, else None.

    Raises TurtleSyntaxError when it is no Turtle.
    """
    try:
        formatted = format_turtle(path, content)
    except FormattingError as error:
        return refusal_finding(error)
    return None if formatted == content else format_finding(path, content, formatted)
