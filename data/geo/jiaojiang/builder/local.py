"""Local streets: old-town lanes, planned grids, villages, industrial blocks, farm tracks, each by its own rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from .network import Street
from .plane import rotated, wavy
from .terrain import Terrain


@dataclass(frozen=True)
class Pattern:
    """How a kind of quarter is laid out: block sizes and bends in metres, gaps and one-ways as shares."""

    along: float
    across: float
    bend: float
    gaps: float
    highway: str
    landuse: str
    oneway: float = 0.0
    named: float = 0.0
    turn: float = 0.0


PATTERNS = {
    "old": Pattern(95, 120, 9, 0.24, "residential", "residential", oneway=0.4, named=0.7, turn=0.12),
    "new": Pattern(215, 240, 3, 0.08, "residential", "residential", oneway=0.08, named=0.9),
    "core": Pattern(150, 170, 2, 0.06, "residential", "commercial", oneway=0.3, named=1.0),
    "town": Pattern(170, 190, 9, 0.22, "residential", "residential", oneway=0.12, named=0.5, turn=0.1),
    "industrial": Pattern(330, 420, 2, 0.1, "unclassified", "industrial", named=0.7),
    "coast": Pattern(420, 460, 2, 0.12, "unclassified", "residential", named=0.8),
    "rural": Pattern(620, 700, 18, 0.42, "track", "farmland", turn=0.2),
    "saltpan": Pattern(800, 700, 3, 0.35, "track", "salt_pond"),
}
_SEEDS = [
    ("old", -550, 1180), ("old", 200, 1250), ("old", -900, 650), ("old", 150, 600),
    ("core", 250, -750), ("core", -250, -1300), ("core", 1100, -600), ("core", -1350, 300),
    ("new", -2350, 700), ("new", -2600, -600), ("new", -1400, -1300), ("new", -4200, 700), ("new", -4400, -700),
    ("new", 1200, 400), ("new", 1200, -1600), ("new", 2700, -300), ("new", -400, -2600), ("new", -2600, -2300),
    ("new", -4300, -1600), ("new", 2700, 700), ("new", -5900, 500),
    ("industrial", -6200, -1500), ("industrial", -7600, 500), ("industrial", 2700, -2700),
    ("industrial", 4300, -2700),
    ("industrial", 4300, -1300), ("industrial", 3000, -4300), ("industrial", -4400, -3200),
    ("industrial", 500, -4300),
    ("industrial", 5800, -4300), ("industrial", 4300, 500), ("industrial", -2700, -4200), ("industrial", 5700, -5600),
    ("town", -1500, -5700), ("town", -300, -5700), ("town", -1300, -6500), ("town", -2600, -5500),
    ("town", 1100, -5500),
    ("town", 4000, -6000), ("town", 4400, -6900), ("town", 2000, -8800), ("town", 1200, -8600), ("town", 2700, -8500),
    ("town", 1100, 3400), ("town", 2300, 3500), ("town", 1000, 4400), ("town", 2500, 4300), ("town", -2300, 4500),
    ("town", -1200, 4500), ("town", -2600, 5500), ("town", -1000, 5500), ("town", -6100, 1400), ("town", 4300, -400),
    ("coast", 8100, -3900), ("coast", 8100, -2700), ("coast", 7000, -3000), ("coast", 8000, -1200),
    ("coast", 7000, -500),
    ("saltpan", 9300, -7500), ("saltpan", 8900, -9200), ("saltpan", 9200, -5800), ("rural", 7900, -7100),
    ("rural", 6500, -8500), ("rural", 5000, -9300), ("rural", -3000, -7300), ("rural", 0, -8500),
    ("rural", -6000, -3900),
    ("rural", -5000, 4500), ("rural", -6800, 4300), ("rural", -4000, 6000), ("rural", 0, 7300), ("rural", 3200, 5800),
    ("rural", 4700, 4900), ("rural", 3000, -7200), ("rural", 6500, -7200), ("rural", 0, -7200), ("rural", 400, 5400),
    ("rural", -7900, -1500), ("rural", 3000, -5600), ("rural", 5300, -7300), ("rural", 400, -9800),
    ("rural", 2300, -6500),
    ("rural", -7500, 5500), ("rural", -6500, 6800), ("rural", -2500, 7500), ("rural", -1000, 8500),
    ("rural", 1500, 8000),
    ("rural", 3500, 7300), ("rural", 5200, 6000), ("rural", 5400, 4000), ("rural", -4200, 3800),
    ("rural", -7800, 3900),
    ("rural", 1500, -10000), ("rural", 3500, -9900), ("rural", -1500, -8500), ("rural", -7300, -2700),
    ("rural", 8000, -5400),
    ("saltpan", 9500, -3000), ("coast", 9300, -1000), ("rural", 9200, -6800), ("rural", -300, 3700),
    ("rural", 3700, 3600),
    ("rural", 5000, -7900), ("rural", 1700, -7200), ("rural", -3600, -5000), ("rural", 8300, -8300),
]  # fmt: skip


def kind_of(centre: Point) -> str:
    """Return the kind of quarter at a place: that of the nearest seed."""
    return min(_SEEDS, key=lambda seed: (seed[1] - centre.x) ** 2 + (seed[2] - centre.y) ** 2)[0]


def block_streets(block: Polygon, kind: str, names: list[str], rng: np.random.Generator) -> list[Street]:
    """Return the local streets of one block: two families of lines, bent a little, reaching the streets around."""
    pattern = PATTERNS[kind]
    angle = _angle(block) + rng.normal(0, pattern.turn)
    room = shapely.transform(block, rotated(-angle))
    reach = room.buffer(4)
    x0, y0, x1, y1 = room.bounds
    streets = []
    for step, (lo, hi), (start, end), turned in (
        (pattern.along, (y0, y1), (x0, x1), False),
        (pattern.across, (x0, x1), (y0, y1), True),
    ):
        count = max(round((hi - lo) / step) - 1, 0 if hi - lo < 1.3 * step else 1)
        for k in range(count):
            place = lo + (k + 1) * (hi - lo) / (count + 1) + rng.normal(0, pattern.bend)
            ends = [(start - 60, place), (end + 60, place)]
            xy = wavy(ends, min(step, 160), pattern.bend, rng)
            line = LineString(xy[:, ::-1] if turned else xy)
            for part in shapely.get_parts(line.intersection(reach)):
                if part.length > 0.35 * step:
                    streets.append(_street(shapely.transform(part, rotated(angle)), pattern, kind, names, k, rng))
    return streets


def _street(
    line: LineString, pattern: Pattern, kind: str, names: list[str], k: int, rng: np.random.Generator
) -> Street:
    tags = {"highway": pattern.highway}
    if kind in ("new", "core") and k % 2 == 1:
        tags["highway"] = "tertiary"
    if kind == "old" and rng.random() < 0.14:
        tags = {"highway": "footway" if rng.random() < 0.7 else "pedestrian"}
    elif kind == "rural" and rng.random() < 0.45:
        tags["highway"] = "unclassified"
    elif kind == "coast" and rng.random() < 0.12:
        tags = {"highway": "construction", "construction": "secondary"}
    if rng.random() < pattern.named and names:
        tags["name"] = names.pop()
    if tags["highway"] in ("residential", "tertiary") and rng.random() < pattern.oneway:
        tags |= _oneway(rng)
    if kind == "old" and tags["highway"] == "residential":
        tags |= {"hgv": "no"} if rng.random() < 0.75 else {"maxweight": "3.5"}
    if tags["highway"] in ("residential", "tertiary") and rng.random() < 0.03:
        tags["maxspeed"] = "30"
    gaps = pattern.gaps if tags["highway"] != "tertiary" else 0.0
    return Street(line, tags, gaps=gaps)


def _oneway(rng: np.random.Generator) -> dict[str, str]:
    draw = rng.random()
    if draw < 0.06:
        return {"oneway": "-1"}
    if draw < 0.3:
        return {"oneway": "yes", "oneway:bicycle": "no"}
    if draw < 0.42:
        return {"oneway": "yes", "cycleway": "opposite_lane"}
    if draw < 0.5:
        return {"oneway": "yes", "cycleway:left": "opposite"}
    return {"oneway": "yes"}


def _angle(block: Polygon) -> float:
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(block))
    sides = np.diff(box[:3], axis=0)
    dx, dy = sides[np.argmax(np.hypot(*sides.T))]
    return float((np.arctan2(dy, dx) + np.pi / 4) % (np.pi / 2) - np.pi / 4)


def village_streets(
    places: list[tuple[float, float]], land: BaseGeometry, roads: list[LineString], rng: np.random.Generator
) -> list[Street]:
    """Return the lanes of villages, and the roads that tie each village to the nearest street and village."""
    net = shapely.union_all(roads)
    streets = []
    for i, (x, y) in enumerate(places):
        radius = rng.uniform(110, 230)
        shape = Point(x, y).buffer(radius).intersection(land)
        angle = rng.uniform(-0.6, 0.6)
        room = shapely.transform(shape, rotated(-angle))
        x0, y0, x1, y1 = room.bounds
        for turned, lo, hi, start, end in ((False, y0, y1, x0, x1), (True, x0, x1, y0, y1)):
            for place in np.arange(lo + 30, hi - 15, rng.uniform(60, 85)):
                xy = wavy([(start, place), (end, place)], 50, 11, rng)
                part = LineString(xy[:, ::-1] if turned else xy).intersection(room)
                for line in shapely.get_parts(part):
                    if line.length > 50:
                        tags = {"highway": "residential" if rng.random() < 0.75 else "service"}
                        streets.append(Street(shapely.transform(line, rotated(angle)), tags, gaps=0.28))
        ends = [shapely.shortest_line(Point(x, y), net)]
        near = sorted(places[:i], key=lambda p: (p[0] - x) ** 2 + (p[1] - y) ** 2)[:1]
        ends += [LineString([(x, y), p]) for p in near if 100 < np.hypot(p[0] - x, p[1] - y) < 1500]
        for line in ends:
            if line.length > 20:
                xy = wavy(shapely.get_coordinates(line), 140, 14, rng)
                tip = xy[-1] + (xy[-1] - xy[-2]) / np.hypot(*(xy[-1] - xy[-2])) * 4
                road = LineString([*xy[:-1], tip])
                if land.buffer(30).contains(road):
                    streets.append(Street(road, {"highway": "unclassified"}))
    return streets


def village_places(
    blocks: list[tuple[Polygon, str]], terrain: Terrain, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Return village centres, at least 560 m apart, in rural blocks and at the edges of towns."""
    room = shapely.union_all([block for block, kind in blocks if kind in ("rural", "saltpan")]).buffer(-90)
    x0, y0, x1, y1 = terrain.land.bounds
    places: list[tuple[float, float]] = []
    for x, y in rng.uniform((x0, y0), (x1, y1), (6000, 2)):
        if all(np.hypot(x - a, y - b) > 860 for a, b in places) and room.contains(Point(x, y)) and x < 8600:
            places.append((float(x), float(y)))
    return places
