"""Outlines of the first-level divisions: from a TopoJSON file to SVG paths by ISO 3166-2 code.

A shape belongs to the division whose point lies in it, whatever the file calls it: names and codes there may be wrong.
The paths of neighbours share their borders, because each arc of the topology is simplified once.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

Point = tuple[float, float]
Ring = list[Point]

SCALE: Final = 60.0
"""Units of the drawing in a degree of latitude."""

_MARGIN: Final = 8.0
_WEST: Final = 97.34
_NORTH: Final = 20.47
_MIDDLE: Final = math.radians(13.0)
_TOLERANCE: Final = 0.3
_SMALLEST_ISLAND: Final = 2.0


def projected(longitude: float, latitude: float) -> Point:
    """Return where a place is in the drawing, in its units, y downwards: equirectangular, true to scale at 13° north.

    Degrees go in, of WGS 84.
    """
    x = (longitude - _WEST) * SCALE * math.cos(_MIDDLE) + _MARGIN
    return round(x, 2), round((_NORTH - latitude) * SCALE + _MARGIN, 2)


def arcs_of(topology: Mapping[str, Any]) -> list[Ring]:
    """Return the arcs of a topology as points of the drawing (section 2.1.3 of the TopoJSON format, quantised)."""
    (east, north), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append(projected(x * east + west, y * north + south))
        arcs.append(points)
    return arcs


def _distance(point: Point, start: Point, end: Point) -> float:
    """Return how far a point is from a segment."""
    (px, py), (ax, ay), (bx, by) = point, start, end
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    share = 0.0 if length == 0 else max(0.0, min(1.0, ((px - ax) * dx + (py - ay) * dy) / length))
    return math.hypot(px - ax - share * dx, py - ay - share * dy)


def simplified(points: Sequence[Point], tolerance: float) -> Ring:
    """Return a line with fewer points, none of those left out further than `tolerance` from it (Douglas and Peucker).

    The ends stay. A closed line is divided at the point farthest from its start.
    """
    kept = {0, len(points) - 1}
    pending = [(0, len(points) - 1)]
    while pending:
        first, last = pending.pop()
        between = range(first + 1, last)
        if not between:
            continue
        farthest = max(between, key=lambda index: _distance(points[index], points[first], points[last]))
        if _distance(points[farthest], points[first], points[last]) > tolerance:
            kept.add(farthest)
            pending += [(first, farthest), (farthest, last)]
    return [points[index] for index in sorted(kept)]


def rings_of(geometry: Mapping[str, Any], arcs: Sequence[Ring]) -> list[Ring]:
    """Return the rings of a Polygon or MultiPolygon, each closed; `~n` is arc n backwards."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    rings = []
    for polygon in polygons:
        for indices in polygon:
            ring: Ring = []
            for index in indices:
                arc = arcs[index] if index >= 0 else arcs[~index][::-1]
                ring += arc[1:] if ring else arc
            rings.append(ring)
    return rings


def area(ring: Sequence[Point]) -> float:
    """Return the area of a closed ring, in square units."""
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(ring))) / 2


def contains(rings: Iterable[Sequence[Point]], point: Point) -> bool:
    """Return whether a point lies inside rings, by the even-odd rule."""
    x, y = point
    inside = False
    for ring in rings:
        for (ax, ay), (bx, by) in pairwise(ring):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                inside = not inside
    return inside


def distance(rings: Iterable[Sequence[Point]], point: Point) -> float:
    """Return how far a point is from rings, in units; 0 inside."""
    found = list(rings)
    if contains(found, point):
        return 0.0
    return min(_distance(point, start, end) for ring in found for start, end in pairwise(ring))


def matched(shapes: Sequence[Sequence[Ring]], points: Mapping[str, Point]) -> dict[str, list[Ring]]:
    """Return the rings of each code: those of the shape nearest to its point, and of what is left nearest to that.

    Raises ValueError when two points are nearest to one shape.
    """
    owners: dict[int, str] = {}
    for code, point in points.items():
        nearest = min(range(len(shapes)), key=lambda index: distance(shapes[index], point))
        if nearest in owners:
            raise ValueError(f"the points of {owners[nearest]} and {code} are nearest to the same shape")
        owners[nearest] = code
    found = {code: list(shapes[index]) for index, code in owners.items()}
    for index, shape in enumerate(shapes):
        if index not in owners:
            code = min(found, key=lambda code: min(distance(found[code], point) for point in max(shape, key=area)))
            found[code] += shape
    return {code: found[code] for code in sorted(found)}


def path(rings: Iterable[Sequence[Point]]) -> str:
    """Return rings as the data of an SVG path: tenths of a unit, relative, so that they are short."""
    pieces = []
    for ring in rings:
        tenths = [(round(x * 10), round(y * 10)) for x, y in ring[:-1]]
        x, y = tenths[0]
        steps = [f"M{_tenth(x)} {_tenth(y)}l"]
        for next_x, next_y in tenths[1:]:
            if (next_x, next_y) != (x, y):
                steps.append(f"{_tenth(next_x - x)} {_tenth(next_y - y)}")
                x, y = next_x, next_y
        pieces.append(f"{steps[0]}{' '.join(steps[1:])}z".replace(" -", "-"))
    return "".join(pieces)


def _tenth(number: int) -> str:
    """Return a tenth of a whole number, as short as SVG takes it."""
    text = f"{number / 10:.1f}".removesuffix(".0")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def outlines(topology: Mapping[str, Any], points: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """Return the path of each division by its code.

    `topology` is a TopoJSON object with one collection; `points` maps codes to longitude and latitude in degrees.
    Islands smaller than can be seen are left out, but for the largest piece of a division. Raises ValueError when a
    point cannot be told apart from another.
    """
    exact = arcs_of(topology)
    (collection,) = topology["objects"].values()
    geometries = collection["geometries"]
    shapes = [rings_of(geometry, exact) for geometry in geometries]
    places = {code: projected(longitude, latitude) for code, (longitude, latitude) in points.items()}
    owned = matched(shapes, places)
    lines = [simplified(arc, _TOLERANCE) for arc in exact]
    simple = [rings_of(geometry, lines) for geometry in geometries]
    index_of = {id(ring): (shape, place) for shape, rings in enumerate(shapes) for place, ring in enumerate(rings)}
    found = {}
    for code, rings in owned.items():
        kept = [simple[shape][place] for shape, place in (index_of[id(ring)] for ring in rings)]
        largest = max(kept, key=area)
        found[code] = path(ring for ring in kept if ring is largest or area(ring) >= _SMALLEST_ISLAND)
    return found


@dataclass(frozen=True)
class Outline:
    """The outline of a division, in units: `path` is the data of an SVG path, `box` west, north, east, south."""

    path: str
    box: tuple[float, float, float, float]
    area: float


def points_of(data: str) -> Iterator[list[Point]]:
    """Yield the rings of a path that `path` has made, each closed."""
    for piece in data.split("z")[:-1]:
        start, _, steps = piece.removeprefix("M").partition("l")
        numbers = list(_numbers(start))
        x, y = numbers[0], numbers[1]
        ring = [(x, y)]
        moves = list(_numbers(steps))
        for dx, dy in zip(moves[::2], moves[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        yield [*ring, ring[0]]


def _numbers(text: str) -> Iterator[float]:
    """Yield the numbers of a list of coordinates; a minus sign also parts them."""
    for word in text.replace("-", " -").split():
        yield float(word)


@cache
def divisions() -> dict[str, Outline]:
    """Return the outlines of the divisions by ISO 3166-2 code."""
    found = {}
    for code, data in json.loads((files("kg.site") / "charts" / "divisions.json").read_text("utf-8")).items():
        rings = list(points_of(data))
        points = [point for ring in rings for point in ring]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        found[code] = Outline(data, (min(xs), min(ys), max(xs), max(ys)), sum(area(ring) for ring in rings))
    return found
