"""Targets and totals as bars on one scale: what is planned, what is reported, what is counted, each named as such.

A row is a bar. It has a resource or a text in the column `item`, with `item_th` and `item_en`, a `number`, and may have
`day` with `day_basis`. `scale_th` and `scale_en` name the drawing that it belongs to, `group_th` and `group_en` the
heading under which it stands there, and `sign` says how it is filled: a name of `SIGNS`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from kg.site.charts.drawing import element, joined, label, width
from kg.site.charts.timeline import STATED
from kg.site.display import date_in_words, grouped, local, text_of

SIGNS: Final = ("planned", "announced", "observed", "counted")
"""How a bar may be filled: a target, what is said to come, what is said to be, what is counted in the data."""

WIDTH: Final = 380.0
_LEFT: Final = 1.0
_LONGEST: Final = 150.0
_BAR: Final = 14.0
_ROW: Final = 46.0
_HEADING: Final = 30.0
_TEXT: Final = 13.0


@dataclass(frozen=True)
class Bar:
    """A number: the IRI of what it is of or "", its name, the number, as of when in words or "", and its sign."""

    iri: str
    name: str
    number: float
    written: str
    when: str
    sign: str


@dataclass(frozen=True)
class Scale:
    """Bars that are drawn together: what they are of, and the bars under each heading."""

    name: str
    groups: tuple[tuple[str, tuple[Bar, ...]], ...]

    @property
    def longest(self) -> float:
        """Return the largest number."""
        return max((bar.number for _, bars in self.groups for bar in bars), default=0.0)


def _when(row: Mapping[str, Any], language: str) -> str:
    """Return the day of a row in words, with its basis unless the document states it; or nothing."""
    if row.get("day") is None:
        return ""
    written = date_in_words(row["day"], language)
    basis = row.get("day_basis")
    return written if basis is None or local(basis) == STATED else f"{written} ({label(row, 'day_basis', language)})"


def scales(rows: Iterable[Mapping[str, Any]], language: str) -> list[Scale]:
    """Return what the rows of a result draw, in their order. Raises ValueError for a number or a sign that is none."""
    found: dict[str, dict[str, list[Bar]]] = {}
    for row in rows:
        item, sign = row.get("item"), text_of(row["sign"])
        if sign not in SIGNS:
            raise ValueError(f"{sign!r} is no sign of a bar; known are {', '.join(SIGNS)}")
        bar = Bar(
            text_of(item) if item is not None and type(item).__name__ == "NamedNode" else "",
            label(row, "item", language),
            float(text_of(row["number"])),
            grouped(row["number"]),
            _when(row, language),
            sign,
        )
        found.setdefault(label(row, "scale", language), {}).setdefault(label(row, "group", language), []).append(bar)
    return [
        Scale(name, tuple((heading, tuple(bars)) for heading, bars in groups.items())) for name, groups in found.items()
    ]


def _shortened(text: str, room: float) -> str:
    """Return a text, cut where it has no more room."""
    if width(text, _TEXT) <= room:
        return text
    while text and width(f"{text}…", _TEXT) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _drawn(bar: Bar, y: float, unit: float, link: Callable[[str], str]) -> Markup:
    """Return a bar below its name, with its number and its day after it, as a link where it is of a resource."""
    long = max(bar.number * unit, 1.0)
    words = " · ".join(filter(None, (bar.name, bar.written, bar.when)))
    at = _LEFT + long + 8
    room = WIDTH - at - width(f"{bar.written} · ", _TEXT)
    pieces = (
        element("title", words),
        element("text", _shortened(bar.name, WIDTH - _LEFT), x=_LEFT, y=y + 14),
        element("path", d=f"M{_LEFT:g} {y + 18:g}v{_BAR + 6:g}", class_="axis"),
        element("rect", x=_LEFT, y=y + 21, width=long, height=_BAR, class_=bar.sign),
        element(
            "text",
            element("tspan", bar.written, class_="strong"),
            element("tspan", f" · {_shortened(bar.when, room)}", class_="quiet") if bar.when else "",
            x=at, y=y + 32.5,
        ),
    )  # fmt: skip
    return element("a", *pieces, href=link(bar.iri)) if bar.iri else element("g", *pieces)


def targets_svg(
    scale: Scale, longest: float, link: Callable[[str], str], description: str, prefix: str = "targets"
) -> Markup:
    """Return the bars of a scale as SVG. The bar of the number `longest` is the longest in all drawings of a page.

    `link` gives the address of a resource; `prefix` begins every identifier in the drawing.
    """
    unit = _LONGEST / (longest or 1.0)
    drawn = []
    y = 0.0
    for heading, bars in scale.groups:
        drawn.append(element("text", heading, x=_LEFT, y=y + 19, class_="strong"))
        y += _HEADING
        for bar in bars:
            drawn.append(_drawn(bar, y, unit, link))
            y += _ROW
        y += 8
    return element(
        "svg",
        element("title", scale.name, id=f"{prefix}-title"),
        element("desc", description, id=f"{prefix}-desc"),
        joined(drawn),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {y:g}",
        class_="chart targets",
        role="group",
        aria_labelledby=f"{prefix}-title",
        aria_describedby=f"{prefix}-desc",
    )


def signs_of(found: Sequence[Scale]) -> list[str]:
    """Return the signs that occur in drawings, in the order of `SIGNS`."""
    occurring = {bar.sign for scale in found for _, bars in scale.groups for bar in bars}
    return [sign for sign in SIGNS if sign in occurring]
