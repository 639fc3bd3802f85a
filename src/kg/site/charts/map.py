"""The map of the first-level divisions: which of them a result names, as counts or as categories.

A row names a division in its column `division`. It counts for one `item`, or for the number `n`; with a column
`category` the map shows categories instead. What a column `status` says is told in words with the count. What has no
row is hatched: there is no evidence for it in the graph, which is not zero. Number or category stand as text on the map
and in the accessible name, so colour never says it alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from markupsafe import Markup

from kg.site.charts.drawing import element, joined, label, width
from kg.site.charts.outlines import divisions, projected
from kg.site.display import text_of

WIDTH: Final = 560.0
HEIGHT: Final = 908.0

_STEPS: Final = ((1, 1), (2, 2), (3, 5), (6, None))
"""Counts that share a shade: the least and the greatest of each."""

_SCALES: Final = ((2,), (1, 3), (1, 3, 4), (1, 2, 3, 4))
"""The shades for one, two, three or four steps, the palest first."""

_SHADES: Final = ("step-4", "step-2", "step-3", "step-1")
"""The shades of the categories, in their order; they repeat, as the number on the map tells categories apart."""

_SMALL: Final = 320.0
"""Square units below which a division gets a dot."""

_INSET_CORNER: Final = (99.86, 14.33)
_INSET: Final = (262.0, 566.0, 290.0, 238.0)
_INSET_SCALE: Final = 4.0
_TEXT: Final = 11.0

_Extent = tuple[float, float, float, float]
"""West, north, east, south, in units."""


@dataclass(frozen=True)
class Division:
    """A division: its IRI, its ISO 3166-2 code, its name, and its label position in degrees of WGS 84."""

    iri: str
    code: str
    name: str
    longitude: float
    latitude: float


@dataclass
class Mark:
    """What a map says of a division: the class of its shade, the text on it, and in words."""

    shade: str
    text: str
    words: str


@dataclass(frozen=True)
class Key:
    """An entry of the legend: the class of the shade, the text that stands on the map, and what they mean."""

    shade: str
    text: str
    words: str


@dataclass
class Layer:
    """What a map shows: marks by the IRI of the division, the legend, and the rows that name no division."""

    marks: dict[str, Mark] = field(default_factory=dict)
    legend: list[Key] = field(default_factory=list)
    unplaced: list[Mapping[str, Any]] = field(default_factory=list)


def read_divisions(rows: Iterable[Mapping[str, Any]], language: str) -> list[Division]:
    """Return the divisions of rows with the columns division, code and point (`POINT(longitude latitude)`)."""
    found = []
    for row in rows:
        east, north = text_of(row["point"]).partition("(")[2].rstrip(")").split()
        name = label(row, "division", language)
        found.append(Division(text_of(row["division"]), text_of(row["code"]), name, float(east), float(north)))
    return found


def _step_of(number: float) -> int:
    """Return which of the steps a count belongs to."""
    return next(index for index, (_, greatest) in enumerate(_STEPS) if greatest is None or number <= greatest)


def _step_in_words(step: int) -> str:
    """Return the counts of a step."""
    least, greatest = _STEPS[step]
    return f"{least}" if least == greatest else f"≥ {least}" if greatest is None else f"{least}–{greatest}"


def layer(rows: Sequence[Mapping[str, Any]], language: str, words: Mapping[str, str]) -> Layer:
    """Return what the map of a result shows, in a language. `words` has `count`, with a place for `{number}`."""
    found = Layer(unplaced=[row for row in rows if row.get("division") is None])
    placed = [row for row in rows if row.get("division") is not None]
    if any(row.get("category") is not None for row in placed):
        names: dict[str, str] = {}
        held: dict[str, list[str]] = {}
        for row in placed:
            if row.get("category") is not None:
                category = text_of(row["category"])
                names.setdefault(category, label(row, "category", language))
                known = held.setdefault(text_of(row["division"]), [])
                if category not in known:
                    known.append(category)
        order = list(names)
        for division, categories in held.items():
            places = sorted(order.index(category) for category in categories)
            spoken = ", ".join(names[order[number]] for number in places)
            text = "·".join(str(number + 1) for number in places)
            found.marks[division] = Mark(_SHADES[places[0] % len(_SHADES)], text, spoken)
        found.legend = [
            Key(_SHADES[number % len(_SHADES)], str(number + 1), names[category])
            for number, category in enumerate(order)
        ]
        return found
    items: dict[str, set[str]] = {}
    sums: dict[str, float] = {}
    statuses: dict[str, dict[str, None]] = {}
    for row in placed:
        division = text_of(row["division"])
        if row.get("n") is not None:
            sums[division] = sums.get(division, 0) + float(text_of(row["n"]))
        if row.get("status") is not None:
            statuses.setdefault(division, {})[label(row, "status", language)] = None
        items.setdefault(division, set()).add(text_of(row["item"]) if row.get("item") is not None else division)
    numbers: dict[str, float] = {division: sums.get(division, len(named)) for division, named in items.items()}
    steps = sorted({_step_of(number) for number in numbers.values()})
    shades = (
        {step: f"step-{shade}" for step, shade in zip(steps, _SCALES[len(steps) - 1], strict=True)} if steps else {}
    )
    for division, number in numbers.items():
        written = f"{number:g}"
        spoken = "; ".join([words["count"].format(number=written), *statuses.get(division, ())])
        found.marks[division] = Mark(shades[_step_of(number)], written, spoken)
    found.legend = [
        Key(shade, "", words["count"].format(number=_step_in_words(step))) for step, shade in shades.items()
    ]
    return found


def hatching(identifier: str, scale: float = 1.0) -> Markup:
    """Return the pattern of what the graph has no evidence for, to be referred to by its identifier."""
    return element(
        "pattern",
        element("rect", width=6, height=6, class_="hatch-ground"),
        element("path", d="M-1 1l2-2M0 6l6-6M5 7l2-2", class_="hatch-line", fill="none"),
        id=identifier,
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform=None if scale == 1 else f"scale({scale:g})",
    )


def map_svg(
    places: Sequence[Division],
    shown: Layer,
    link: Callable[[str], str],
    words: Mapping[str, str],
    title: str,
    prefix: str = "map",
) -> Markup:
    """Return the map as SVG. `link` gives the address of a division; `words` has `none`, `inset`, `description`.

    Divisions that have no outline are left out. `prefix` begins every identifier in the drawing.
    """
    outlines = divisions()
    known = sorted((place for place in places if place.code in outlines), key=lambda place: place.iri in shown.marks)
    shapes, labels, dots = [], [], []
    for place in known:
        mark = shown.marks.get(place.iri)
        data = outlines[place.code].path
        x, y = projected(place.longitude, place.latitude)
        small = outlines[place.code].area < _SMALL
        name = f"{place.name}: {mark.words if mark else words['none']}"
        outline = element("path", d=data, **_filled(mark, f"{prefix}-hatch"))
        pieces = [element("title", name), outline]
        if mark and small:
            pieces.append(element("circle", cx=x, cy=y, r=5, class_=f"dot {mark.shade}"))
        shapes.append(_linked(pieces, link(place.iri), name, reachable=mark is not None))
        if mark:
            dots.append((x, y, small, mark, place))
    taken: list[_Extent] = []
    for x, y, small, mark, place in dots:
        if small:
            labels.append(element("text", mark.text, x=x + 7, y=y + 4, class_="count beside-dot"))
            continue
        half = width(place.name, _TEXT) / 2
        extent = (x - half, y - 13, x + half, y + 12)
        named = not _within_inset(x, y) and not any(_overlap(extent, other) for other in taken)
        if named:
            taken.append(extent)
            labels.append(element("text", place.name, x=x, y=y - 3, class_="name middle"))
        labels.append(element("text", mark.text, x=x, y=y + (11 if named else 4), class_="count"))
    return element(
        "svg",
        element("title", title, id=f"{prefix}-title"),
        element("desc", words["description"], id=f"{prefix}-desc"),
        element("defs", hatching(f"{prefix}-hatch"), hatching(f"{prefix}-fine", 1 / _INSET_SCALE), _clip(prefix)),
        joined(shapes),
        element("g", joined(labels), aria_hidden="true", pointer_events="none") if labels else Markup(),
        _inset(known, shown, link, words, prefix),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        class_="chart map",
        role="group",
        aria_labelledby=f"{prefix}-title",
        aria_describedby=f"{prefix}-desc",
    )


def _overlap(one: _Extent, other: _Extent) -> bool:
    """Whether two extents have something in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _within_inset(x: float, y: float) -> bool:
    """Whether a point is in the part that the inset shows again."""
    left, top = projected(*_INSET_CORNER)
    return left < x < left + _INSET[2] / _INSET_SCALE and top < y < top + _INSET[3] / _INSET_SCALE


def _filled(mark: Mark | None, pattern: str) -> dict[str, str]:
    """Return the attributes that fill a division, with the pattern of this identifier where nothing is known."""
    if mark is None:
        return {"class_": "division none", "fill": f"url(#{pattern})"}
    return {"class_": f"division {mark.shade}"}


def _linked(pieces: list[Markup], address: str, name: str, *, reachable: bool) -> Markup:
    """Return pieces in a link; one that is not `reachable` is left out of the order of the keyboard."""
    return element("a", *pieces, href=address, aria_label=name, tabindex=None if reachable else -1)


def _clip(prefix: str) -> Markup:
    """Return the edge of the inset."""
    x, y, wide, high = _INSET
    return element("clipPath", element("rect", x=x, y=y, width=wide, height=high), id=f"{prefix}-inset")


def _inset(
    places: Sequence[Division], shown: Layer, link: Callable[[str], str], words: Mapping[str, str], prefix: str
) -> Markup:
    """Return the Bangkok region, four times as large. What it shows is also on the map, so the keyboard passes by."""
    x, y, wide, high = _INSET
    left, top = projected(*_INSET_CORNER)
    across, down = wide / _INSET_SCALE, high / _INSET_SCALE
    outlines = divisions()
    shapes, names = [], []
    for place in places:
        west, north, east, south = outlines[place.code].box
        if west > left + across or east < left or north > top + down or south < top:
            continue
        mark = shown.marks.get(place.iri)
        name = f"{place.name}: {mark.words if mark else words['none']}"
        again = element("path", d=outlines[place.code].path, **_filled(mark, f"{prefix}-fine"))
        shapes.append(element("a", element("title", name), again, href=link(place.iri), aria_label=name, tabindex=-1))
        px, py = projected(place.longitude, place.latitude)
        px, py = x + (px - left) * _INSET_SCALE, y + (py - top) * _INSET_SCALE
        half = width(place.name, _TEXT) / 2 + 2
        if x + half < px < x + wide - half and y + 16 < py < y + high - 16:
            names.append(element("text", place.name, x=px, y=py, class_="name middle"))
            if mark:
                names.append(element("text", mark.text, x=px, y=py + 14, class_="count"))
    grown = f"translate({x - left * _INSET_SCALE:g} {y - top * _INSET_SCALE:g}) scale({_INSET_SCALE:g})"
    return element(
        "g",
        element("rect", x=left, y=top, width=across, height=down, class_="frame"),
        element(
            "path",
            d=f"M{left + across:g} {top:g}L{x + wide:g} {y:g}M{left:g} {top + down:g}L{x:g} {y:g}",
            class_="line",
        ),
        element("rect", x=x, y=y, width=wide, height=high, class_="hatch-ground"),
        element("g", element("g", joined(shapes), transform=grown), clip_path=f"url(#{prefix}-inset)"),
        element("g", joined(names), pointer_events="none") if names else Markup(),
        element("rect", x=x, y=y, width=wide, height=high, class_="frame"),
        element("text", words["inset"], x=x, y=y + high + 16, class_="small quiet"),
        aria_hidden="true",
    )
