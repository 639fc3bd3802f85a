"""Bars with open ends: who held which post, or what else lasted, by what the documents say.

A row says that what is in its column `item` held on the date or in the year in `day`; where a document states a
beginning or an end, these are in `begins` and `ends`. Each may have its basis (`day_basis` …, a concept). Rows of one
`item` are one bar, and bars of one `group`, if there is that column, stand together under its name. A bar reaches from
the first of its dates to the last. Where a beginning or an end is stated it is closed; else it goes on in dashes, for
nothing is known of the time before and after. A row without an item is a group of which no document names one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from markupsafe import Markup
from pyoxigraph import NamedNode

from kg.site.charts.drawing import element, joined, label, width
from kg.site.charts.timeline import STATED, days_of
from kg.site.display import BUDDHIST_ERA, date_in_words, local, text_of

WIDTH: Final = 720.0

_SIDE: Final = 34.0
"""Room on either side of the dates, for the open ends."""

_OPEN: Final = 22.0
_HEAD: Final = 26.0
_HEADING: Final = 27.0
_TEXT: Final = 13.0
_LINE: Final = 46.0
_YEARS: Final = 12
"""How many years are written at most."""


@dataclass(frozen=True)
class Dated:
    """A date as a document gives it: its first and last day, how it is written, in words on what it rests."""

    first: date
    last: date
    written: str
    basis: str
    certain: bool

    @property
    def words(self) -> str:
        """Return the date with its basis, if that has a name."""
        return f"{self.written} ({self.basis})" if self.basis else self.written


@dataclass
class Bar:
    """What lasted: its IRI or "", its name, the dates on which it is attested, and the stated ends, if any."""

    iri: str
    name: str
    attested: list[Dated] = field(default_factory=list)
    begins: Dated | None = None
    ends: Dated | None = None

    @property
    def dates(self) -> list[Dated]:
        """Return all its dates in order."""
        found = [*self.attested, *(date for date in (self.begins, self.ends) if date is not None)]
        return sorted(found, key=lambda one: (one.first, one.last))


@dataclass
class Group:
    """Bars that stand together: the IRI of what they share or "", its name or "", and the bars."""

    iri: str
    name: str
    bars: list[Bar] = field(default_factory=list)


def _iri(value: object) -> str:
    """Return the IRI of a resource, and "" for anything else."""
    return value.value if isinstance(value, NamedNode) else ""


def _dated(row: Mapping[str, Any], name: str, language: str) -> Dated | None:
    """Return the date in a column of a row, or None where there is none."""
    value = row.get(name)
    days = days_of(text_of(value)) if value is not None else None
    if days is None:
        return None
    basis = row.get(f"{name}_basis")
    certain = basis is None or local(basis) == STATED
    return Dated(*days, date_in_words(value, language), label(row, f"{name}_basis", language), certain)


def bars_of(rows: Iterable[Mapping[str, Any]], language: str) -> list[Group]:
    """Return what the rows of a result say: groups in the order of the rows, their bars in order of time.

    An item without any date is left out; a group whose rows have no item stays, without bars.
    """
    groups: dict[str, Group] = {}
    bars: dict[tuple[str, str], Bar] = {}
    for row in rows:
        key = text_of(row["group"]) if row.get("group") is not None else ""
        group = groups.setdefault(key, Group(_iri(row.get("group")), label(row, "group", language)))
        item = row.get("item")
        if item is None:
            continue
        bar = bars.get((key, text_of(item)))
        if bar is None:
            bar = bars[key, text_of(item)] = Bar(_iri(item), label(row, "item", language))
            group.bars.append(bar)
        found = _dated(row, "day", language)
        if found is not None and not any(found.written == known.written for known in bar.attested):
            bar.attested.append(found)
        bar.begins = _dated(row, "begins", language) or bar.begins
        bar.ends = _dated(row, "ends", language) or bar.ends
    for group in groups.values():
        group.bars = sorted((bar for bar in group.bars if bar.dates), key=lambda bar: (bar.dates[0].first, bar.name))
    return [group for group in groups.values() if group.bars or group.name]


def _middle(one: Dated) -> date:
    """Return the day in the middle of a date: of a year that is in summer."""
    return date.fromordinal((one.first.toordinal() + one.last.toordinal()) // 2)


def _extent(bar: Bar) -> tuple[date, date]:
    """Return the days from which to which a bar reaches."""
    middles = [_middle(one) for one in bar.attested]
    begins = [bar.begins.first] if bar.begins else []
    ends = [bar.ends.last] if bar.ends else []
    return min([*begins, *middles, *ends]), max([*begins, *middles, *ends])


def _caption(bar: Bar, words: Mapping[str, str]) -> str:
    """Return the dates from which to which a bar reaches, as they are written."""
    first, last = bar.dates[0], bar.dates[-1]
    if first.written == last.written:
        return f"{words['as_of']} {first.written}".strip()
    return f"{first.written} – {last.written}"


def in_words(bar: Bar, words: Mapping[str, str]) -> str:
    """Return what a bar says: its name, each date with its basis, and whether beginning and end are stated.

    `words` has `begins`, `ends`, `begins_open` and `ends_open`; the first two have a place for `{day}`.
    """
    said = [one.words for one in sorted(bar.attested, key=lambda one: one.first)]
    said.append(words["begins"].format(day=bar.begins.words) if bar.begins else words["begins_open"])
    said.append(words["ends"].format(day=bar.ends.words) if bar.ends else words["ends_open"])
    return f"{bar.name}: {'; '.join(said)}"


def _ending(stated: bool, x: float, y: float, tail: float) -> Markup:
    """Return an end of a bar: a stroke where it is stated, else a line in dashes, so long and so directed as `tail`."""
    if stated:
        return element("path", d=f"M{x:.1f} {y - 9:.1f}v18", class_="closed")
    return element("path", d=f"M{x:.1f} {y:.1f}h{tail:g}", class_="open")


def _drawn(
    bar: Bar, y: float, place: Callable[[date], float], link: Callable[[str], str], words: Mapping[str, str]
) -> Markup:
    """Return a bar with its name above it, a link where it is a resource; `y` is the upper edge of its line."""
    left, right = (place(day) for day in _extent(bar))
    caption = f" · {_caption(bar, words)}"
    name = bar.name
    while width(name + caption, _TEXT) > WIDTH - 8 and len(name) > 1:
        name = f"{name[:-2].rstrip()}…"
    text = element("text", name, element("tspan", caption, class_="quiet"), x=4, y=y + 15)
    at = y + 31
    pieces = [_ending(bar.begins is not None, left, at, -_OPEN), _ending(bar.ends is not None, right, at, _OPEN)]
    if right > left:
        pieces.append(element("rect", x=left, y=at - 4, width=right - left, height=8, class_="held"))
    for one in bar.attested:
        kind = "certain" if one.certain else "uncertain"
        pieces.append(element("circle", element("title", one.words), cx=place(_middle(one)), cy=at, r=5.5, class_=kind))
    drawn = element("g", element("title", in_words(bar, words)), *pieces)
    return joined([element("a", text, href=link(bar.iri)) if bar.iri else text, drawn])


def _years(start: int, end: int, foot: float, place: Callable[[date], float], language: str) -> Markup:
    """Return the lines between years, and their numbers in the era of the language."""
    lines = []
    step = max(1, -(-(end - start) // _YEARS))
    for year in range(start, end + 1, step):
        x = place(date(year, 1, 1))
        lines.append(element("path", d=f"M{x:.1f} {_HEAD:g}V{foot:g}", class_="line"))
        if year < end:
            written = str(year + (BUDDHIST_ERA if language == "th" else 0))
            lines.append(element("text", written, x=x + 4, y=_HEAD - 9, class_="quiet small"))
    return element("g", joined(lines), aria_hidden="true")


def bars_svg(
    groups: Sequence[Group], link: Callable[[str], str], words: Mapping[str, str], title: str, language: str,
    prefix: str = "bars",
) -> Markup:  # fmt: skip
    """Return the bars as SVG, or nothing when none has a date.

    `link` gives the address of a resource; `words` has `as_of`, `none`, `description` and what `in_words` wants.
    `prefix` begins every identifier in the drawing.
    """
    extents = [_extent(bar) for group in groups for bar in group.bars]
    if not extents:
        return Markup()
    start, end = min(first for first, _ in extents).year, max(last for _, last in extents).year + 1
    days = (date(end, 1, 1) - date(start, 1, 1)).days

    def place(day: date) -> float:
        return _SIDE + (WIDTH - 2 * _SIDE) * (day - date(start, 1, 1)).days / days

    drawn = []
    y = _HEAD + 4
    for group in groups:
        if group.name:
            heading = element("text", group.name, x=4, y=y + 17, class_="strong")
            drawn.append(element("a", heading, href=link(group.iri)) if group.iri else heading)
            y += _HEADING
        if not group.bars:
            drawn.append(element("text", words["none"], x=4, y=y + 13, class_="quiet"))
            y += _HEADING - 4
        for bar in group.bars:
            drawn.append(_drawn(bar, y, place, link, words))
            y += _LINE
        y += 8 if group.name else 0
    return element(
        "svg",
        element("title", title, id=f"{prefix}-title"),
        element("desc", words["description"], id=f"{prefix}-desc"),
        _years(start, end, y, place, language),
        joined(drawn),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {y + 4:g}",
        class_="chart bars",
        role="group",
        aria_labelledby=f"{prefix}-title",
        aria_describedby=f"{prefix}-desc",
    )
