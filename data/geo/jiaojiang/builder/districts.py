"""Townships and communities as polygons, at the rough places of the real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.cluster.vq import kmeans2
from shapely import MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry

from .names import Official
from .terrain import Terrain

_TOWNSHIPS = {
    "海门街道": [(-500, 1200), (300, 1000), (800, 300), (1400, 900)],
    "白云街道": [(-2300, 500), (-1500, -300), (200, -900), (-800, -1700), (-2300, -1500), (1200, -1400)],
    "葭沚街道": [(-5100, 400), (-4300, -900), (-6500, -1500), (-4500, -2700), (-7500, 1000), (-5000, 1600)],
    "海虹街道": [(4200, -1500), (3200, 100), (3800, -3300), (5000, 800), (1800, -3100)],
    "洪家街道": [(-1600, -6000), (-3500, -5000), (-800, -4500), (-2500, -7500), (-200, -5800)],
    "下陈街道": [(1900, -8800), (1000, -7400), (500, -9800), (3700, -9800), (-800, -8600)],
    "三甲街道": [(4200, -6200), (2800, -5200), (5600, -7300), (5800, -9000), (6000, -5000)],
    "月湖新城": [(8200, -2500), (8300, -4200), (7800, -500)],
    "椒江农场": [(8600, -6500), (8600, -8800)],
    "前所街道": [(1600, 3900), (3500, 5000), (1500, 7000), (5000, 5000)],
    "章安街道": [(-1900, 5000), (-5000, 4500), (-3000, 7500), (-5000, 7000)],
}
_FIXED = {
    "圆山社区": (1750, 4050), "海昌工业社区": (4250, -6150), "朝阳社区": (3300, -800), "文华社区": (1500, -8700),
    "泾水岸社区": (2650, -8600), "聚海社区": (8900, -1700), "聚洋社区": (9000, -3100), "台州湾社区": (9000, -4100),
}  # fmt: skip


@dataclass(frozen=True)
class Area:
    """A community, or what a township holds outside its communities: code, name, township, outline, middle."""

    code: str
    name: str
    township: str
    outline: BaseGeometry
    middle: tuple[float, float]
    community: bool


def make_areas(
    terrain: Terrain,
    blocks: list[tuple[Polygon, str]],
    townships: list[Official],
    communities: list[Official],
    rng: np.random.Generator,
) -> list[Area]:
    """Return the communities and the rest of each township, without overlap, together all the land."""
    territory = _territories(terrain)
    built = shapely.union_all([b.buffer(32) for b, kind in blocks if kind not in ("rural", "saltpan")])
    built = built.buffer(40).buffer(-40)
    areas: list[Area] = []
    for township in townships:
        own = [c for c in communities if c.township == township.name]
        land = territory[township.name]
        made = _communities(own, land, built, rng)
        rest = land.difference(shapely.union_all([area.outline for area in made])) if made else land
        point = rest.representative_point()
        areas += made
        areas.append(Area(township.code, township.name, township.name, rest, (point.x, point.y), False))
    return areas


def _territories(terrain: Terrain) -> dict[str, BaseGeometry]:
    """Share out each bank among the townships on it, all land to the nearest of their seeds."""
    found: dict[str, BaseGeometry] = {"大陈镇": shapely.union_all(terrain.islands)}
    for bank in (terrain.north, terrain.south):
        seeds = [(name, seed) for name, own in _TOWNSHIPS.items() for seed in own if bank.contains(Point(seed))]
        cells = _cells([seed for _, seed in seeds], terrain.outline)
        for name in dict.fromkeys(name for name, _ in seeds):
            parts = [cell for (owner, _), cell in zip(seeds, cells, strict=True) if owner == name]
            found[name] = shapely.union_all(parts).intersection(bank)
    return found


def _communities(own: list[Official], land: BaseGeometry, built: BaseGeometry, rng: np.random.Generator) -> list[Area]:
    if not own:
        return []
    if own[0].name in _FIXED:
        seeds = [_FIXED[c.name] for c in own]
        room = shapely.union_all([Point(seed).buffer(700) for seed in seeds]).intersection(land)
    else:
        room = land.intersection(built).buffer(0)
        room = max(shapely.get_parts(room), key=lambda part: part.area) if len(own) == 1 else room
        seeds = _spread(room, len(own), rng)
    cells = _cells(seeds, room)
    pieces = [_largest(cell.intersection(room)) for cell in cells]
    return [
        Area(c.code, c.name, c.township, piece, (float(seed[0]), float(seed[1])), True)
        for c, piece, seed in zip(own, pieces, seeds, strict=True)
    ]


def _spread(room: BaseGeometry, count: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    x0, y0, x1, y1 = room.bounds
    xy = rng.uniform((x0, y0), (x1, y1), (9000, 2))
    xy = xy[shapely.contains_xy(room, xy[:, 0], xy[:, 1])]
    start = xy[rng.choice(len(xy), count, replace=False)]
    seeds, _ = kmeans2(xy, start, iter=12, minit="matrix")
    return sorted((round(float(x)), round(float(y))) for x, y in seeds)


def _cells(seeds: list[tuple[float, float]], room: BaseGeometry) -> list[BaseGeometry]:
    if len(seeds) == 1:
        return [room.envelope.buffer(10)]
    faces = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(seeds), extend_to=room.envelope.buffer(3000)))
    return [next(face for face in faces if face.contains(Point(seed))) for seed in seeds]


def _largest(area: BaseGeometry) -> BaseGeometry:
    parts = [part for part in shapely.get_parts(area) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area)
