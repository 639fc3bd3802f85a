"""The timeline: what is said to have happened, and below it what is planned or announced.

A row has a resource or a text in the column `item`, a date or a year in `day`, and may have `until` (the last day or
year), `day_basis` (the concept on which the date rests), `kind`, and `planned` (true for what was not yet). A dot is
filled when the document states the date; a bar lasts from one day to another.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from markupsafe import Markup

from kg.site.charts.drawing import element, joined, label, width
from kg.site.display import BUDDHIST_ERA, date_in_words, local, text_of

WIDTH: Final = 1080.0
STATED: Final = "stated"
"""The local name of the basis of a date that the document states."""

_LEFT: Final = 16.0
_RIGHT: Final = 16.0
_LINE: Final = 27.0
_TEXT: Final = 13.0
_HEAD: Final = 30.0
_HEADING: Final = 30.0


@dataclass(frozen=True)
class Happening:
    """Something in time: its IRI or "", its name, its first and last day, how they are written, on what they rest."""

    iri: str
    name: str
    kind: str
    first: date
    last: date
    written: str
    basis: str
    certain: bool
    planned: bool


def days_of(text: str) -> tuple[date, date] | None:
    """Return the first and the last day of a date, a month or a year of XML Schema, or None for anything else."""
    pieces = text.partition("T")[0].removesuffix("Z").split("-")
    try:
        numbers = [int(piece) for piece in pieces]
        match numbers:
            case [year]:
                return date(year, 1, 1), date(year, 12, 31)
            case [year, month]:
                return date(year, month, 1), date(year, month, monthrange(year, month)[1])
            case [year, month, day]:
                return date(year, month, day), date(year, month, day)
    except ValueError:
        return None
    return None


def happenings(rows: Iterable[Mapping[str, Any]], language: str, until: str) -> list[Happening]:
    """Return what the rows of a result say, in order of time; `until` is the word between two days.

    Rows without a day are left out, and of rows that say the same of the same thing all but one.
    """
    found: dict[tuple[str, str, date, date, bool], Happening] = {}
    for row in rows:
        days = days_of(text_of(row["day"])) if row.get("day") is not None else None
        if days is None:
            continue
        first, last = days
        written = date_in_words(row["day"], language)
        ends = days_of(text_of(row["until"])) if row.get("until") is not None else None
        if ends is not None and ends[1] > last:
            last = ends[1]
            written = f"{written} {until} {date_in_words(row['until'], language)}"
        item = row.get("item")
        iri = text_of(item) if item is not None and type(item).__name__ == "NamedNode" else ""
        basis = row.get("day_basis")
        planned = row.get("planned") is not None and text_of(row["planned"]) in {"true", "1"}
        happening = Happening(
            iri,
            label(row, "item", language) or written,
            label(row, "kind", language),
            first,
            last,
            written,
            label(row, "day_basis", language),
            basis is None or local(basis) == STATED,
            planned,
        )
        found.setdefault((happening.iri, happening.name, first, last, planned), happening)
    return sorted(found.values(), key=lambda happening: (happening.first, happening.last, happening.name))


def _scale(shown: Sequence[Happening]) -> tuple[date, date, Callable[[date], float]]:
    """Return the first day of the first year, the last of the last one, and what maps a day to units."""
    start = date(min(happening.first.year for happening in shown), 1, 1)
    end = date(max(happening.last.year for happening in shown) + 1, 1, 1)
    across = WIDTH - _LEFT - _RIGHT

    def place(day: date) -> float:
        return _LEFT + across * ((day - start).days / (end - start).days)

    return start, end, place


def _lines(shown: Sequence[Happening], place: Callable[[date], float]) -> list[tuple[Happening, int, bool]]:
    """Return each happening with its line, from 0, and whether its text stands before it; no two texts overlap."""
    ends: list[float] = []
    found = []
    for happening in shown:
        left, right = place(happening.first), place(happening.last)
        room = width(_caption(happening), _TEXT) + 24
        free = WIDTH - right - 14, left - 14
        before = room > free[0] and free[1] > free[0]
        room = min(room, max(free))
        begins, finishes = (left - room, right + 10) if before else (left - 10, right + room)
        line = next((number for number, end in enumerate(ends) if end < begins), len(ends))
        ends[line : line + 1] = [finishes]
        found.append((happening, line, before))
    return found


def _caption(happening: Happening) -> str:
    """Return the text beside a dot or bar."""
    return f"{happening.name} · {happening.written}"


def _shortened(happening: Happening, room: float) -> str:
    """Return the name of a happening, cut where its caption has no more room."""
    name = happening.name
    while name and width(f"{name}… · {happening.written}", _TEXT) > room:
        name = name[:-1]
    return f"{name.rstrip()}…"


def _mark(happening: Happening, x: float, end: float, y: float) -> Markup:
    """Return the dot or the bar of a happening, and in words what it says on pointing at it."""
    words = ", ".join(filter(None, (happening.name, happening.kind, happening.written, happening.basis)))
    title = element("title", words)
    if end - x > 8:
        kind = "phase" if happening.certain else "phase open-end"
        return element("rect", title, x=x, y=y - 7, width=end - x, height=14, rx=3, class_=kind)
    kind = "certain" if happening.certain else "uncertain"
    return element("circle", title, cx=x, cy=y, r=5.5, class_=kind)


def _drawn(
    happening: Happening, y: float, place: Callable[[date], float], link: Callable[[str], str], before: bool
) -> Markup:
    """Return a happening: its mark and its text, as a link where it is a resource."""
    x, end = place(happening.first), place(happening.last)
    if end - x <= 8:
        end = x
    at = x - 12 if before else end + 12
    room = at if before else WIDTH - at
    name = happening.name if width(_caption(happening), _TEXT) <= room else _shortened(happening, room)
    text = element(
        "text",
        name, element("tspan", f" · {happening.written}", class_="quiet"), x=at, y=y + 4.5,
        class_="end" if before else None,
    )  # fmt: skip
    pieces = (_mark(happening, x, end, y), text)
    return element("a", *pieces, href=link(happening.iri)) if happening.iri else element("g", *pieces)


def timeline_svg(
    shown: Sequence[Happening], link: Callable[[str], str], words: Mapping[str, str], title: str, language: str,
    prefix: str = "timeline",
) -> Markup:  # fmt: skip
    """Return the timeline as SVG, or nothing when there is nothing to show.

    `link` gives the address of a resource; `words` has `happened`, `planned`, `description`. `prefix` begins every
    identifier in the drawing.
    """
    if not shown:
        return Markup()
    start, end, place = _scale(shown)
    lanes = [
        (words[name], [happening for happening in shown if happening.planned is planned])
        for name, planned in (("happened", False), ("planned", True))
    ]
    backs, drawn = [], []
    y = _HEAD
    for name, content in lanes:
        if not content:
            continue
        placed = _lines(content, place)
        depth = 1 + max(line for _, line, _ in placed)
        high = _HEADING + depth * _LINE + 8
        backs.append(element("rect", x=0, y=y, width=WIDTH, height=high, class_="lane", rx=6))
        drawn.append(element("text", name, x=_LEFT, y=y + 21, class_="strong"))
        for happening, line, before in placed:
            drawn.append(_drawn(happening, y + _HEADING + (line + 0.5) * _LINE, place, link, before))
        y += high + 10
    years = []
    step = max(1, (end.year - start.year) // 12)
    for year in range(start.year, end.year + 1, step):
        x = place(date(year, 1, 1))
        years.append(element("path", d=f"M{x:g} {_HEAD:g}V{y - 10:g}", class_="line"))
        if year < end.year:
            shown_year = year + (BUDDHIST_ERA if language == "th" else 0)
            years.append(element("text", str(shown_year), x=x + 4, y=_HEAD - 9, class_="quiet"))
    return element(
        "svg",
        element("title", title, id=f"{prefix}-title"),
        element("desc", words["description"], id=f"{prefix}-desc"),
        joined(backs),
        element("g", joined(years), aria_hidden="true"),
        joined(drawn),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {y:g}",
        class_="chart timeline",
        role="group",
        aria_labelledby=f"{prefix}-title",
        aria_describedby=f"{prefix}-desc",
    )
