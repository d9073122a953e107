"""Land and water: the outline of the district, the mouth of the river Jiaojiang, the sea, canals and red lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon

from .plane import to_metres, warp, wavy

_OUTLINE = [
    (-8600, 3200), (-7800, 6500), (-5500, 8200), (-1500, 9000), (2500, 8300), (5500, 6600), (7000, 5400), (8200, 4300),
    (9300, 900), (10100, -1200), (10500, -4200), (10200, -7200), (9700, -10200), (6000, -10900), (1500, -10800),
    (-600, -10300), (-2400, -8600), (-4600, -7300), (-5600, -5300), (-7600, -3200), (-8700, -500), (-8600, 3200),
]  # fmt: skip
_SEA = [(7600, 4700), (10500, 9000), (13500, 9000), (13500, -11500), (9800, -11500), (9000, -9000), (8000, 2500)]
_RIVER_X = [-11000, -8000, -5000, -2500, 0, 2000, 4000, 6000, 8000, 10000, 13000]
_RIVER_Y = [3700, 3150, 2600, 2450, 2250, 2230, 2350, 2500, 2650, 2750, 2800]
_RIVER_HALF = [300, 330, 360, 390, 400, 430, 520, 750, 1250, 2300, 4200]
_CANALS = [
    ("葭沚泾", [(-5900, 2000), (-5900, -4600)]),
    ("永宁浦", [(-2700, 1750), (-2700, -8000)]),
    ("城东浦", [(1250, 1500), (1250, -9800)]),
    ("三甲浦", [(4300, 900), (4300, -9900)]),
    ("洪府塘河", [(-5400, -4250), (9300, -4250)]),
    ("七条河", [(-2000, -7500), (9300, -7500)]),
    ("飞龙河", [(2400, -500), (9300, -500)]),
    ("章安浦", [(-3000, 3100), (-3000, 8200)]),
    ("前所浦", [(2700, 3000), (2700, 7600)]),
]
_DACHEN = [((121.906, 28.492), 1500, 900), ((121.884, 28.452), 1800, 1200)]


@dataclass(frozen=True)
class Terrain:
    """Areas and lines in metres: the mainland outline, Dachen's islands, river, land, canals and hills."""

    outline: Polygon
    islands: tuple[Polygon, ...]
    river: Polygon
    sea: Polygon
    land: Polygon | MultiPolygon
    south: Polygon
    north: Polygon
    canals: tuple[tuple[str, LineString], ...]
    hills: tuple[tuple[str, Polygon], ...]
    red_lines: tuple[tuple[str, Polygon], ...]


def make_terrain(rng: np.random.Generator) -> Terrain:
    """Return the land and water of the district."""
    outline = Polygon(wavy(_OUTLINE, 380, 45, rng, closed=True)).buffer(0)
    x = np.linspace(_RIVER_X[0], _RIVER_X[-1], 60)
    y, half = np.interp(x, _RIVER_X, _RIVER_Y), np.interp(x, _RIVER_X, _RIVER_HALF)
    sway = rng.normal(0, 18, (2, len(x)))
    banks = [np.column_stack([x, y + half + sway[0]]), np.column_stack([x, y - half + sway[1]])[::-1]]
    river = Polygon(np.vstack(banks)).buffer(-20).buffer(20)
    parts = sorted(outline.difference(river).geoms, key=lambda part: part.area)[-2:]
    north, south = sorted(parts, key=lambda part: -part.centroid.y)
    canals = []
    for name, points in _CANALS:
        line = LineString(wavy(shapely.get_coordinates(shapely.transform(LineString(points), warp)), 350, 16, rng))
        canals.append((name, line.intersection(north.union(south).buffer(-30))))
    return Terrain(
        outline=outline,
        islands=tuple(_blob(*to_metres([place])[0], a, b, rng) for place, a, b in _DACHEN),
        river=river.intersection(outline.buffer(1500)),
        sea=_largest(Polygon(_SEA).difference(outline)),
        land=north.union(south),
        south=south,
        north=north,
        canals=tuple(canals),
        hills=(
            ("白云山", _blob(-1500, 950, 520, 330, rng)),
            ("枫山", _blob(650, 1180, 260, 190, rng)),
            ("太和山", _blob(-3150, -2750, 330, 420, rng)),
            ("章安北山", _blob(-4600, 6900, 1300, 800, rng)),
            ("前所后山", _blob(600, 6900, 1100, 650, rng)),
        ),
        red_lines=(
            ("滨海湿地生态保护红线", _blob(9300, -5900, 620, 1500, rng)),
            ("椒江饮用水源二级保护区", _blob(-6900, 900, 620, 480, rng)),
            ("洪家机场净空与军事管理区", _blob(-3400, -5950, 750, 480, rng)),
            ("前所油库安全防护区", _blob(4050, 3800, 520, 340, rng)),
        ),
    )


def _blob(x: float, y: float, a: float, b: float, rng: np.random.Generator) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 25)[:-1]
    radius = 1 + 0.12 * np.sin(2 * angle + rng.uniform(0, 6)) + rng.normal(0, 0.04, len(angle))
    return Polygon(np.column_stack([x + a * radius * np.cos(angle), y + b * radius * np.sin(angle)]))


def _largest(area: shapely.Geometry) -> Polygon:
    return max(shapely.get_parts(area), key=lambda part: part.area)


def disc(x: float, y: float, radius: float) -> Polygon:
    """Return a disc as a polygon of 32 corners."""
    return Point(x, y).buffer(radius, quad_segs=8)
