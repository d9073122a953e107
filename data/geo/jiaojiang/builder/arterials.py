"""The planned network: trunk to secondary roads, motorway, elevated road, ramps, roundabouts, bridges, ferry."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from .network import Street
from .plane import warp
from .terrain import Terrain, disc

_EAST_WEST = [
    ("滨江大道", "secondary", 1620, -8200, 5600), ("建设北路", "secondary", 900, -7000, 5300),
    ("市府大道", "primary", 60, -8300, 9000), ("学府路", "secondary", -950, -6800, 7000),
    ("开发大道", "primary", -2000, -7600, 9400), ("疏港大道", "trunk", -3500, -7000, 9700),
    ("洪三路", "primary", -5000, -5000, 9700), ("海昌路", "secondary", -6250, -4300, 9400),
    ("下陈大道", "secondary", -8000, -2700, 9300), ("永胜路", "tertiary", -9300, -1200, 9000),
    ("章前大道", "primary", 3850, -7600, 6300), ("回浦路", "secondary", 5000, -6500, 5400),
    ("山前路", "tertiary", 6050, -6000, 4500),
]  # fmt: skip
_NORTH_SOUTH = [
    ("西江路", "secondary", -7000, -2900, 2000), ("葭沚大道", "primary", -5200, -5200, 1900),
    ("椒江大桥路", "trunk", -3500, -8000, 7900), ("云西大道", "secondary", -1950, -7900, 1750),
    ("中心大道", "primary", -750, -10200, 1750), ("海门路", "secondary", 450, -5000, 1750),
    ("东环大道", "primary", 1900, -10600, 1700), ("飞龙路", "secondary", 3450, -10400, 1500),
    ("聚海大道", "primary", 5150, -10500, 1300), ("海洋路", "secondary", 7500, -10300, 700),
    ("月湖大道", "secondary", 8700, -9900, -300),
    ("黄礁路", "secondary", -5600, 3300, 6800), ("章安大道", "secondary", -1850, 3000, 8300),
    ("道感路", "tertiary", 0, 3000, 6600), ("前所大道", "secondary", 1650, 2900, 8000),
    ("椒渡路", "tertiary", 3700, 3200, 6800),
]  # fmt: skip
_MOTORWAY = [(6350, -11000), (6300, -6000), (6250, -1000), (6050, 1500), (5950, 4600), (5850, 6400)]
_ELEVATED = [(-6900, -2650), (-3000, -2700), (1500, -2720), (5600, -2650)]
_ROUNDABOUTS = [
    ("建设北路", "葭沚大道"),
    ("学府路", "海门路"),
    ("洪三路", "中心大道"),
    ("海昌路", "飞龙路"),
    ("回浦路", "前所大道"),
]
_LARGE = 4.5e6
_TILE = 500.0
_LANES = {"trunk": "3", "primary": "3", "secondary": "2", "tertiary": "2"}
_LIMIT = {"trunk": "80", "primary": "60", "secondary": "50"}


@dataclass(frozen=True)
class Planned:
    """Planned streets, the corridor kept free for the motorway and the elevated road, and the ferry line."""

    streets: list[Street]
    corridor: BaseGeometry
    islands: BaseGeometry
    ferry: LineString


def make_planned(terrain: Terrain, rng: np.random.Generator) -> Planned:
    """Return the planned network on the land of the district, warped as one."""
    motorway, elevated = _bent(_MOTORWAY), _bent(_ELEVATED)
    corridor = motorway.buffer(75).union(elevated.buffer(45))
    lines = {
        name: (kind, _placed(name, _bent(points), terrain))
        for name, kind, points in [
            *((n, k, [(a, y), (b, y)]) for n, k, y, a, b in _EAST_WEST),
            *((n, k, [(x, a), (x, b)]) for n, k, x, a, b in _NORTH_SOUTH),
        ]
    }
    streets: list[Street] = []
    rings = []
    for a, b in _ROUNDABOUTS:
        meet = lines[a][1].intersection(lines[b][1])
        point = shapely.get_parts(meet)[0]
        rings.append(disc(point.x, point.y, 28.0))
    islands = shapely.union_all(rings)
    for ring in rings:
        turn = shapely.force_2d(shapely.orient_polygons(ring)).exterior
        streets.append(Street(LineString(turn.coords), {"highway": "secondary", "junction": "roundabout"}))
    inner = islands.buffer(-1.5)
    for name, (kind, line) in lines.items():
        for part in shapely.get_parts(line.difference(inner)):
            streets += _carriageways(name, kind, part, terrain, rng)
    streets += _fast_road(
        "G15沿海高速",
        "motorway",
        motorway,
        terrain,
        [lines[n][1] for n in ("疏港大道", "市府大道", "章前大道", "海昌路")],
    )
    streets += _fast_road(
        "海城高架路", "trunk", elevated, terrain, [lines[n][1] for n in ("葭沚大道", "中心大道", "东环大道")]
    )
    ferry = LineString(warp(np.array([(850.0, 1620.0), (1000.0, 2300.0), (1350.0, 2950.0)])))
    return Planned(streets, corridor, islands, ferry)


def _bent(points: list[tuple[float, float]]) -> LineString:
    dense = shapely.segmentize(LineString(points), 180)
    return LineString(warp(shapely.get_coordinates(dense)))


def _placed(name: str, line: LineString, terrain: Terrain) -> LineString:
    if name == "椒江大桥路":
        return line.intersection(terrain.outline.buffer(-40))
    part = line.intersection(terrain.land.buffer(-45))
    return max(shapely.get_parts(part), key=lambda piece: piece.length)


def _carriageways(name: str, kind: str, line: LineString, terrain: Terrain, rng: np.random.Generator) -> list[Street]:
    tags = {"highway": kind, "name": name, "lanes": _LANES[kind]}
    if kind in _LIMIT and rng.random() < 0.4:
        tags["maxspeed"] = _LIMIT[kind]
    if kind != "trunk":
        return _over_water(Street(line, tags), terrain)
    tags |= {"oneway": "yes", "cycleway": "track", "sidewalk": "right", "foot": "yes", "bicycle": "yes"}
    right, left = line.offset_curve(-10), line.offset_curve(10).reverse()
    return [part for side in (right, left) for part in _over_water(Street(side, tags), terrain)]


def _over_water(street: Street, terrain: Terrain) -> list[Street]:
    """Cut a street at the river and at canals, the parts over water tagged as bridges."""
    wide = [terrain.river.buffer(25)] + [line.buffer(14) for _, line in terrain.canals]
    water = shapely.union_all([area for area in wide if area.intersects(street.line)])
    cuts = sorted(
        street.line.project(shapely.Point(point))
        for point in shapely.get_coordinates(street.line.intersection(water.boundary))
    )
    ends = [0.0, *cuts, street.line.length]
    parts = []
    for a, b in itertools.pairwise(ends):
        piece = substring(street.line, a, b)
        if piece.length < 0.5:
            continue
        over = water.contains(piece.interpolate(0.5, normalized=True))
        extra = {"bridge": "yes", "layer": "1"} if over else {}
        if over and piece.length > 300:
            extra |= {"bridge:name": "椒江大桥", "bridge:structure": "cable-stayed"}
        parts.append(Street(piece, street.tags | extra, street.level, street.gaps))
    return parts


def _fast_road(name: str, kind: str, line: LineString, terrain: Terrain, crossed: list[LineString]) -> list[Street]:
    """Two carriageways above the streets, joined to some of them by ramps; closed to e-bikes, bicycles and people."""
    inside = line.intersection(terrain.outline.buffer(-30))
    tags = {
        "highway": kind, "name": name, "oneway": "yes", "layer": "1", "bridge": "viaduct", "lanes": "3",
        "maxspeed": "100" if kind == "motorway" else "80", "bicycle": "no", "foot": "no", "moped": "no",
    } | ({"ref": "G15"} if kind == "motorway" else {"motorroad": "yes"})  # fmt: skip
    ramp_tags = {"highway": f"{kind}_link", "oneway": "yes", "bicycle": "no", "foot": "no", "moped": "no"}
    streets = []
    for side in (inside.offset_curve(-9), inside.offset_curve(9).reverse()):
        joints, ramps = [], []
        for street in crossed:
            meet = shapely.get_parts(side.intersection(street))
            if len(meet) == 0:
                continue
            at = side.project(meet[0])
            for start, end in ((at - 330, at - 20), (at + 20, at + 330)):
                if start > 30 and end < side.length - 30:
                    joints.append(start if end < at else end)
                    ramps.append(_ramp(side, street, start, end, leaving=end < at))
        own = [side.project(shapely.Point(p)) for p in shapely.get_coordinates(side)]
        points = [side.interpolate(d) for d in sorted([*own, *joints])]
        streets.append(Street(LineString(points), tags, level=1))
        streets += [Street(ramp, ramp_tags) for ramp in ramps]
    return streets


def _ramp(side: LineString, street: LineString, start: float, end: float, *, leaving: bool) -> LineString:
    """Return a ramp on the right of a carriageway, from it down to a street, or up from the street."""
    beside = side.offset_curve(-22)
    middle = [beside.interpolate(beside.project(side.interpolate(d))) for d in np.linspace(start, end, 5)[1:-1]]
    tip = end + 20 if leaving else start - 20
    foot = beside.interpolate(beside.project(side.interpolate(tip)))
    ground = street.interpolate(street.project(foot))
    deck = side.interpolate(start if leaving else end)
    points = [deck, *middle, ground] if leaving else [ground, *middle, deck]
    return LineString(points)


def blocks_of(planned: Planned, terrain: Terrain, kind_of: Callable[[Point], str]) -> list[tuple[Polygon, str]]:
    """Return the land between the planned streets, without corridors and roundabouts, and the kind of each piece.

    Large outer pieces are cut where the kind changes.
    """
    lines = [street.line for street in planned.streets if street.level == 0]
    edges = [terrain.north.buffer(-45).boundary, terrain.south.buffer(-45).boundary]
    noded = shapely.node(shapely.union_all([*lines, *edges]))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    water = shapely.union_all([line.buffer(18) for _, line in terrain.canals] + [hill for _, hill in terrain.hills])
    free = planned.corridor.union(water).union(planned.islands)
    land = terrain.land.buffer(-40)
    pieces: list[tuple[Polygon, str]] = []
    for face in faces:
        if land.contains(face.representative_point()):
            for share, kind in _by_kind(face, kind_of):
                parts = shapely.get_parts(share.difference(free))
                pieces += [(part, kind) for part in parts if part.area > 8000]
    return sorted(pieces, key=lambda piece: (round(piece[0].centroid.x), round(piece[0].centroid.y)))


def _by_kind(face: Polygon, kind_of: Callable[[Point], str]) -> list[tuple[BaseGeometry, str]]:
    if face.area < _LARGE:
        return [(face, kind_of(face.centroid))]
    x0, y0, x1, y1 = face.bounds
    shares: dict[str, list[BaseGeometry]] = {}
    for x in np.arange(x0, x1, _TILE):
        for y in np.arange(y0, y1, _TILE):
            tile = face.intersection(shapely.box(x, y, x + _TILE, y + _TILE))
            if not tile.is_empty:
                shares.setdefault(kind_of(tile.centroid), []).append(tile)
    return [(shapely.union_all(tiles), kind) for kind, tiles in shares.items()]
