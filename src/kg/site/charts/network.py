"""The network picture: who stands under whom, drawn in layers from organisations and orders down to persons.

A row is a relation: `from` and `to` are resources, each of a kind (`from_kind`, `to_kind`: one of `KINDS`), `relation`
is the property or role that ties them, `day` may say as of when, and `line` may say of which sort the relation is:
relations of a sort are drawn alike. Boxes of a kind share a layer; bodies stand below the
bodies that they belong to. Lines that pass a layer are led between its boxes (the method of Sugiyama, Tagawa and Toda,
in which each layer is put into the order of the means of its neighbours).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from markupsafe import Markup

from kg.site.charts.drawing import element, joined, label, width
from kg.site.display import date_in_words, text_of

KINDS: Final = ("issuer", "order", "body", "seat", "post", "person")
"""The kinds of boxes from the top of the drawing to its foot."""

LINES: Final = (("edge", ""), ("edge", "11 6"), ("edge edge-dotted", "0 7"), ("edge edge-heavy", ""))
"""The classes and the dashes of the lines, for the sorts of relations in the order in which they are met. What is met
after the last of them is drawn as that."""

_BOX: Final = 172.0
_GAP: Final = 12.0
_PASSAGE: Final = 10.0
_BETWEEN: Final = 58.0
_MARGIN: Final = 10.0
_TEXT: Final = 18.0
_LINE: Final = 26.0
_SWEEPS: Final = 12
_RAGGED: Final = 1.4
"""How much longer a text may be that is broken into lines than in one line."""


@dataclass(frozen=True)
class Relation:
    """A relation: two IRIs, the IRI and the name of what ties them, and the days as of which it is said, in words.

    `sort` and `sort_name` are those of the relations that are drawn as this one.
    """

    source: str
    target: str
    kind: str
    name: str
    days: tuple[str, ...] = ()
    sort: str = ""
    sort_name: str = ""


@dataclass
class Graph:
    """What is drawn: the names of the boxes and their kinds, both by IRI, and the relations between them."""

    names: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)


@dataclass
class _Node:
    """A place in a layer: a box, or a passage of a line (then without a name)."""

    layer: int
    name: str = ""
    width: float = _PASSAGE
    x: float = 0.0
    neighbours: list["_Node"] = field(default_factory=list)


def graph(rows: Iterable[Mapping[str, Any]], language: str) -> Graph:
    """Return what the rows of a result say: each thing once, and each relation once with all its days."""
    found = Graph()
    days: dict[tuple[str, str, str], list[str]] = {}
    names: dict[str, str] = {}
    sorts: dict[str, tuple[str, str]] = {}
    for row in rows:
        ends = []
        for end in ("from", "to"):
            iri = text_of(row[end])
            found.names.setdefault(iri, label(row, end, language))
            kind = text_of(row[f"{end}_kind"])
            found.kinds.setdefault(iri, kind if kind in KINDS else KINDS[0])
            ends.append(iri)
        relation = text_of(row["relation"])
        names.setdefault(relation, label(row, "relation", language))
        own = "relation" if row.get("line") is None else "line"
        sorts.setdefault(relation, (text_of(row[own]), label(row, own, language)))
        known = days.setdefault((ends[0], ends[1], relation), [])
        if row.get("day") is not None:
            written = date_in_words(row["day"], language)
            if written not in known:
                known.append(written)
    found.relations = [
        Relation(source, target, kind, names[kind], tuple(written), *sorts[kind])
        for (source, target, kind), written in days.items()
    ]
    return found


def layers(content: Graph) -> dict[str, int]:
    """Return the layer of each box, from 0 at the top, without empty layers.

    Bodies that stand under other bodies are so much lower, and all kinds below them too. A circle of bodies ends where
    it began.
    """
    parents = {
        relation.source: relation.target
        for relation in content.relations
        if content.kinds[relation.source] == content.kinds[relation.target] == "body"
    }

    def depth(iri: str, seen: frozenset[str] = frozenset()) -> int:
        above = parents.get(iri)
        return 0 if above is None or above in seen else 1 + depth(above, seen | {iri})

    deepest = max((depth(iri) for iri in content.names), default=0)
    found = {}
    for iri, kind in content.kinds.items():
        rank = KINDS.index(kind)
        found[iri] = rank + (depth(iri) if kind == "body" else deepest if rank > KINDS.index("body") else 0)
    used = {rank: number for number, rank in enumerate(sorted(set(found.values())))}
    return {iri: used[rank] for iri, rank in found.items()}


def _mean(node: _Node, layer: int) -> float | None:
    """Return the mean place of a node's neighbours in another layer, or None when it has none there."""
    places = [other.x for other in node.neighbours if other.layer == layer]
    return sum(places) / len(places) if places else None


def _spread(row: Sequence[_Node], wanted: Sequence[float]) -> None:
    """Put the nodes of a layer as near to the wanted places as their order and widths let them (least squares)."""
    offsets = [0.0]
    for before, after in pairwise(row):
        offsets.append(offsets[-1] + (before.width + after.width) / 2 + _GAP)
    blocks: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        blocks.append((place - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (mean, number), (earlier, more) = blocks.pop(), blocks.pop()
            blocks.append(((mean * number + earlier * more) / (number + more), number + more))
    shifts = [mean for mean, number in blocks for _ in range(number)]
    for node, shift, offset in zip(row, shifts, offsets, strict=True):
        node.x = shift + offset


def _narrowed(rows: Sequence[Sequence[_Node]]) -> None:
    """Take out what is wider than a gap and crossed by no node of any layer."""
    nodes = sorted((node for row in rows for node in row), key=lambda node: node.x - node.width / 2)
    taken = 0.0
    right = nodes[0].x - nodes[0].width / 2
    for node in nodes:
        left = node.x - node.width / 2
        taken += max(0.0, left - right - 2 * _GAP)
        right = max(right, node.x + node.width / 2)
        node.x -= taken


def _placed(rows: list[list[_Node]]) -> float:
    """Order the nodes of each layer and put them in place; return the width of the whole."""
    for row in rows:
        _spread(row, [0.0] * len(row))
    down, up = range(1, len(rows)), range(len(rows) - 2, -1, -1)
    for sweep in range(_SWEEPS):
        for number in down if sweep % 2 == 0 else up:
            other = number - 1 if sweep % 2 == 0 else number + 1
            means = {id(node): _mean(node, other) for node in rows[number]}
            wanted = {key: mean for key, mean in means.items() if mean is not None}
            rows[number].sort(key=lambda node: wanted.get(id(node), node.x))
            _spread(rows[number], [wanted.get(id(node), node.x) for node in rows[number]])
    _narrowed(rows)
    left = min(node.x - node.width / 2 for row in rows for node in row)
    for row in rows:
        for node in row:
            node.x += _MARGIN - left
    return max(node.x + node.width / 2 for row in rows for node in row) + _MARGIN


def _height(name: str) -> float:
    """Return how high a box is that holds a name, which the browser breaks into lines."""
    lines = -(-width(name, _TEXT) * _RAGGED // (_BOX - 12))
    return max(2.0, lines) * _LINE + 12


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Return a path through points that are one below the other, upright at each of them."""
    pieces = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (ax, ay), (bx, by) in pairwise(points):
        middle = (ay + by) / 2
        pieces.append(f"C{ax:.1f} {middle:.1f} {bx:.1f} {middle:.1f} {bx:.1f} {by:.1f}")
    return "".join(pieces)


def styles(content: Graph) -> dict[str, tuple[str, str]]:
    """Return the classes and the dashes of the lines of each sort of relation."""
    sorts = dict.fromkeys(relation.sort for relation in content.relations)
    return {sort: LINES[min(number, len(LINES) - 1)] for number, sort in enumerate(sorts)}


def legend(content: Graph, words: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return what the lines mean, each with its classes and its dashes; `words` say what each of `LINES` looks like."""
    names = {relation.sort: relation.sort_name for relation in content.relations}
    meant: dict[tuple[str, str], list[str]] = {}
    for sort, style in styles(content).items():
        meant.setdefault(style, []).append(names[sort])
    return [(f"{words[LINES.index(style)]}: {' · '.join(sorts)}", *style) for style, sorts in meant.items()]


def network_svg(
    content: Graph, link: Callable[[str], str], words: Mapping[str, str], title: str, prefix: str = "network"
) -> Markup:
    """Return the drawing as SVG, or nothing when there is nothing to show.

    `link` gives the address of a resource; `words` has `description`. `prefix` begins every identifier in the drawing.
    """
    if not content.names:
        return Markup()
    levels = layers(content)
    rows: list[list[_Node]] = [[] for _ in range(1 + max(levels.values()))]
    boxes: dict[str, _Node] = {}
    for iri, name in content.names.items():
        boxes[iri] = _Node(levels[iri], name, _BOX)
        rows[levels[iri]].append(boxes[iri])
    routes: list[tuple[Relation, list[_Node]]] = []
    for relation in content.relations:
        upper, lower = sorted((boxes[relation.source], boxes[relation.target]), key=lambda node: node.layer)
        route = [upper]
        for level in range(upper.layer + 1, lower.layer):
            passage = _Node(level)
            rows[level].append(passage)
            route.append(passage)
        route.append(lower)
        for one, two in pairwise(route):
            one.neighbours.append(two)
            two.neighbours.append(one)
        routes.append((relation, route))
    wide = _placed(rows)
    tops, y = [], _MARGIN
    highs = [max((_height(node.name) for node in row if node.name), default=_LINE) for row in rows]
    for high in highs:
        tops.append(y)
        y += high + _BETWEEN
    drawn_as = styles(content)
    edges = [
        _edge(relation, route, boxes[relation.target], tops, highs, drawn_as[relation.sort], content)
        for relation, route in routes
    ]
    drawn = [
        _box(iri, content, boxes[iri], tops[levels[iri]], highs[levels[iri]], link)
        for iri in sorted(content.names, key=lambda iri: (levels[iri], boxes[iri].x))
    ]
    return element(
        "svg",
        element("title", title, id=f"{prefix}-title"),
        element("desc", words["description"], id=f"{prefix}-desc"),
        element("g", joined(edges)),
        joined(drawn),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {wide:.1f} {y - _BETWEEN + _MARGIN:.1f}",
        class_="chart network",
        role="group",
        aria_labelledby=f"{prefix}-title",
        aria_describedby=f"{prefix}-desc",
    )


def _edge(
    relation: Relation,
    route: Sequence[_Node],
    target: _Node,
    tops: Sequence[float],
    highs: Sequence[float],
    style: tuple[str, str],
    content: Graph,
) -> Markup:
    """Return a relation: a line, the head of an arrow at its target, and in words on pointing at it."""
    first, last = route[0], route[-1]
    foot = tops[first.layer] + highs[first.layer]
    if first.layer == last.layer:
        at_top = True
        x, y = target.x, foot
        low = foot + 40
        line = f"M{first.x:.1f} {foot:.1f}C{first.x:.1f} {low:.1f} {last.x:.1f} {low:.1f} {last.x:.1f} {foot:.1f}"
    else:
        points = [(first.x, foot)]
        for node in route[1:-1]:
            points += [(node.x, tops[node.layer]), (node.x, tops[node.layer] + highs[node.layer])]
        points.append((last.x, tops[last.layer]))
        at_top = target is first
        x, y = points[0] if at_top else points[-1]
        line = _curve(points)
    turn = 7 if at_top else -7
    words = f"{content.names[relation.source]} – {relation.name} – {content.names[relation.target]}"
    if relation.days:
        words = f"{words} ({'; '.join(relation.days)})"
    return element(
        "g",
        element("title", words),
        element("path", d=line, class_=style[0], stroke_dasharray=style[1] or None),
        element("path", d=f"M{x:.1f} {y:.1f}l-4 {turn}h8z", class_="arrow"),
    )


def _box(iri: str, content: Graph, node: _Node, top: float, high: float, link: Callable[[str], str]) -> Markup:
    """Return a box with its name as a link; the browser breaks the lines, which for Thai needs a dictionary."""
    kind = content.kinds[iri]
    left = node.x - _BOX / 2
    name = element("div", element("span", node.name), class_="box-name", xmlns="http://www.w3.org/1999/xhtml")
    return element(
        "a",
        element("title", node.name),
        element("rect", x=left, y=top, width=_BOX, height=high, rx=5, class_=f"box box-{kind}"),
        element("foreignObject", name, x=left, y=top, width=_BOX, height=high),
        href=link(iri),
        aria_label=node.name,
    )
