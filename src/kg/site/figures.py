"""The drawings of sections: a view that is drawn, as SVG with its legend. The rows stand in a table below it.

| view | columns that it needs | drawn by |
|---|---|---|
| `bars` | `item`; `day`, or `begins` and `ends` | `kg.site.charts.bars` |
| `map` | `division` | `kg.site.charts.map` |
| `network` | `from`, `from_kind`, `relation`, `to`, `to_kind` | `kg.site.charts.network` |
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from kg.site.charts.bars import bars_of, bars_svg
from kg.site.charts.drawing import element, joined
from kg.site.charts.map import layer, map_svg, read_divisions
from kg.site.charts.network import graph, legend, network_svg

DRAWN: Final[Mapping[str, tuple[str, ...]]] = {
    "bars": ("item",),
    "map": ("division",),
    "network": ("from", "from_kind", "relation", "to", "to_kind"),
}
"""The views that are drawn, and the columns without which they cannot be."""

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Key:
    """An entry of a legend: a sign as SVG, and what it means."""

    sign: Markup
    words: str


@dataclass(frozen=True)
class Figure:
    """A drawing: SVG, empty where nothing can be drawn, its legend, and whether it is wide and scrolls in its box."""

    svg: Markup
    legend: list[Key]
    is_wide: bool


def _sign(kind: str, *content: Markup) -> Markup:
    """Return the sign of an entry of a legend, in the style of a kind of drawing."""
    return element(
        "svg", joined(list(content)), class_=f"chart-key {kind}", width=44, height=16, viewBox="0 0 44 16",
        aria_hidden="true", focusable="false",
    )  # fmt: skip


def _bars(
    rows: Rows, link: Callable[[str], str], texts: Mapping[str, Any], title: str, language: str, prefix: str
) -> Figure:
    """Return bars, with those signs explained that are in the drawing."""
    words = texts["bars"]
    groups = bars_of(rows, language)
    bars = [bar for group in groups for bar in group.bars]
    dates = [one for bar in bars for one in bar.attested]
    signs = {
        "stated": (any(one.certain for one in dates), element("circle", cx=22, cy=8, r=5.5, class_="certain")),
        "other": (not all(one.certain for one in dates), element("circle", cx=22, cy=8, r=5.5, class_="uncertain")),
        "between": (
            any(len(bar.dates) > 1 for bar in bars),
            element("rect", x=4, y=4, width=36, height=8, class_="held"),
        ),
        "closed": (any(bar.begins or bar.ends for bar in bars), element("path", d="M22 0v16", class_="closed")),
        "open": (not all(bar.begins and bar.ends for bar in bars), element("path", d="M6 8h32", class_="open")),
    }
    keys = [Key(_sign("bars", sign), words[f"key_{name}"]) for name, (occurs, sign) in signs.items() if occurs]
    return Figure(bars_svg(groups, link, words, title, language, prefix), keys, is_wide=True)


def _map(
    rows: Rows, divisions: Rows, link: Callable[[str], str], texts: Mapping[str, Any], title: str, language: str,
    prefix: str,
) -> Figure:  # fmt: skip
    """Return the map of a result, with its shades and the hatching explained."""
    words = texts["map"]
    shown = layer(rows, language, words)
    keys = [
        Key(
            _sign("map", element("rect", x=8, y=1, width=28, height=14, rx=3, class_=f"division {key.shade}")),
            f"{key.text} {key.words}".strip(),
        )
        for key in shown.legend
    ]
    fill = f"url(#{prefix}-hatch)"
    hatched = element("rect", x=8, y=1, width=28, height=14, rx=3, class_="division none", fill=fill)
    keys.append(Key(_sign("map", hatched), words["hatched"]))
    svg = map_svg(read_divisions(divisions, language), shown, link, words, title, prefix)
    return Figure(svg, keys, is_wide=False)


def _network(
    rows: Rows, link: Callable[[str], str], texts: Mapping[str, Any], title: str, language: str, prefix: str
) -> Figure:
    """Return the network picture of a result, with its lines explained."""
    content = graph(rows, language)
    keys = [
        Key(_sign("network", element("path", d="M2 8H42", class_=line, stroke_dasharray=dashes or None)), name)
        for name, line, dashes in legend(content, texts["network"]["lines"])
    ]
    return Figure(network_svg(content, link, texts["network"], title, prefix), keys, is_wide=True)


def figure(
    view: str,
    rows: Rows,
    divisions: Rows,
    link: Callable[[str], str],
    texts: Mapping[str, Any],
    title: str,
    language: str,
    prefix: str,
) -> Figure:
    """Return the drawing of rows in one of the views of `DRAWN`.

    The rows have labels in their columns `x_th` and `x_en`; `divisions` are those of a map. `link` gives the address of
    a resource, `texts` are those of a language, `prefix` begins every identifier in the drawing.
    """
    if view == "bars":
        return _bars(rows, link, texts, title, language, prefix)
    if view == "map":
        return _map(rows, divisions, link, texts, title, language, prefix)
    return _network(rows, link, texts, title, language, prefix)
