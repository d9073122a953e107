"""All streets of the district, joined to one OpenStreetMap file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from .arterials import Planned, blocks_of, make_planned
from .bans import with_bans
from .estates import Estate, make_estates
from .local import PATTERNS, block_streets, kind_of, village_places, village_streets
from .names import Official, estate_names, street_names
from .network import Network, Street, make_network, passable, without_crumbs
from .osm import Osm
from .terrain import Terrain


@dataclass(frozen=True)
class Streets:
    """The street file, and what later parts need of it: network, blocks with their kind, estates, villages."""

    osm: Osm
    network: Network
    blocks: list[tuple[Polygon, str]]
    estates: list[Estate]
    villages: list[tuple[float, float]]


def make_streets(terrain: Terrain, villages: list[Official], seed: int) -> Streets:
    """Return the streets of the district with land use, water, barriers, bans, bridges and the ferry."""
    rng = [np.random.default_rng((seed, part)) for part in range(8)]
    planned = make_planned(terrain, rng[0])
    blocks = blocks_of(planned, terrain, kind_of)
    names, streets = street_names(rng[1]), list(planned.streets)
    for block, kind in blocks:
        streets += block_streets(block, kind, names, rng[2])
    places = village_places(blocks, terrain, rng[3])
    streets += _village_roads(planned, terrain, places, streets, rng[3])
    streets += _island_streets(terrain, rng[4])
    first = make_network(streets, rng[5])
    estates = _estates(first, planned, terrain, blocks, rng[6])
    rest = [Street(LineString(first.xy[list(way.nodes)]), way.tags, _level(way.tags)) for way in first.ways]
    rest += [street for estate in estates for street in estate.streets]
    network = without_crumbs(make_network(rest, rng[5]), shapely.box(7500, -30_000, 60_000, 0), 900)
    network = passable(network)
    network, bans = with_bans(network, rng[7])
    osm = Osm.of(network)
    used = {n: i for i, n in enumerate(sorted({n for way in network.ways for n in way.nodes}))}
    osm.relations = [
        type(ban)(tuple((k, used[n] if k == "node" else n, role) for k, n, role in ban.members), ban.tags)
        for ban in bans
    ]
    _add_ferry(osm, planned)
    _add_estates(osm, estates)
    _add_land(osm, terrain, blocks)
    _add_places(osm, places, villages)
    return Streets(osm, network, blocks, estates, places)


def _level(tags: dict[str, str]) -> int:
    return 1 if tags.get("bridge") == "viaduct" else 0


def _village_roads(
    planned: Planned,
    terrain: Terrain,
    places: list[tuple[float, float]],
    streets: list[Street],
    rng: np.random.Generator,
) -> list[Street]:
    hills = shapely.union_all([hill for _, hill in terrain.hills])
    free = terrain.land.buffer(-40).difference(planned.corridor).difference(hills)
    skip = ("footway", "construction", "track")
    roads = [s.line for s in streets if s.level == 0 and s.tags["highway"] not in skip]
    return village_streets(places, free, roads, rng)


def _island_streets(terrain: Terrain, rng: np.random.Generator) -> list[Street]:
    streets = []
    for island in terrain.islands:
        block = island.buffer(-250)
        streets += [
            Street(s.line, {"highway": "unclassified"}, gaps=0.0) for s in block_streets(block, "coast", [], rng)
        ]
    return streets


def _estates(
    network: Network, planned: Planned, terrain: Terrain, blocks: list[tuple[Polygon, str]], rng: np.random.Generator
) -> list[Estate]:
    quarters = shapely.union_all([block.buffer(6) for block, kind in blocks if kind in ("new", "town", "coast")])
    wet = shapely.union_all([line.buffer(16) for _, line in terrain.canals] + [hill for _, hill in terrain.hills])
    free = terrain.land.difference(wet).difference(planned.corridor)
    return make_estates(network, quarters, free, estate_names(rng), rng)


def _add_ferry(osm: Osm, planned: Planned) -> None:
    xy = np.asarray(planned.ferry.coords)
    street_nodes = {
        n for way in osm.ways if way.tags["highway"] in ("primary", "secondary", "residential") for n in way.nodes
    }
    at = np.asarray(osm.xy)
    ends = {}
    for i in (0, len(xy) - 1):
        ends[i] = min(sorted(street_nodes), key=lambda n: float(np.hypot(*(at[n] - xy[i]))))
    tags = {
        "route": "ferry", "name": "海门—前所轮渡", "duration": "00:12", "interval": "00:20", "foot": "yes",
        "bicycle": "yes", "motor_vehicle": "no", "opening_hours": "06:00-18:30",
    }  # fmt: skip
    osm.add_line(xy.tolist(), tags, shared=ends)
    for n in ends.values():
        osm.node_tags[n] = {"amenity": "ferry_terminal"}


def _add_estates(osm: Osm, estates: list[Estate]) -> None:
    for k, estate in enumerate(estates):
        ring = estate.outline.exterior
        marks = [(ring.project(Point(p)), p, None) for p in list(ring.coords)[:-1]]
        new = []
        for x, y in estate.gates:
            node = _on_street(osm, x, y)
            if node is not None:
                osm.node_tags[node] = {"barrier": "gate", "access": "private", "foot": "yes"} | (
                    {"bicycle": "private"} if k % 3 == 0 else {}
                )
                new.append((ring.project(Point(x, y)), osm.xy[node], node))
        marks = sorted(marks + new, key=lambda mark: mark[0])
        shared = {i: node for i, (_, _, node) in enumerate(marks) if node is not None}
        wall = osm.add_line([p[:2] for _, p, _ in marks], {}, shared=shared)
        nodes = osm.ways[wall].nodes
        tags = {"landuse": "residential", "name": estate.name, "barrier": "wall" if k % 4 else "fence"}
        osm.ways[wall] = type(osm.ways[wall])((*nodes, nodes[0]), tags)


def _on_street(osm: Osm, x: float, y: float) -> int | None:
    """Return the node on a private service road at a point, put in there if need be."""
    where = Point(x, y)
    for i, way in enumerate(osm.ways):
        if way.tags.get("access") != "private":
            continue
        line = LineString([osm.xy[n] for n in way.nodes])
        if line.distance(where) > 0.6:
            continue
        near = min(way.nodes, key=lambda n: where.distance(Point(osm.xy[n])))
        if where.distance(Point(osm.xy[near])) < 2.5:
            return near
        osm.xy.append((x, y))
        node, at = len(osm.xy) - 1, line.project(where)
        k = sum(1 for n in way.nodes if line.project(Point(osm.xy[n])) < at)
        osm.ways[i] = type(way)((*way.nodes[:k], node, *way.nodes[k:]), way.tags)
        return node
    return None


def _add_land(osm: Osm, terrain: Terrain, blocks: list[tuple[Polygon, str]]) -> None:
    for part in _parts(terrain.river):
        osm.add_area(part, {"natural": "water", "water": "river", "name": "椒江"})
    osm.add_area(terrain.sea, {"natural": "water", "water": "lagoon", "name": "台州湾"})
    for name, line in terrain.canals:
        for piece in shapely.get_parts(line):
            osm.add_line(shapely.get_coordinates(piece).tolist(), {"waterway": "canal", "name": name, "width": "20"})
    for name, hill in terrain.hills:
        osm.add_area(hill, {"natural": "wood", "name": name})
    for block, kind in blocks:
        osm.add_area(block.simplify(6), {"landuse": PATTERNS[kind].landuse})
    for part in (terrain.outline, *terrain.islands):
        osm.add_area(part, {"boundary": "administrative", "admin_level": "6", "name": "椒江区"})


def _parts(area: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(area) if isinstance(part, Polygon)]


def _add_places(osm: Osm, places: list[tuple[float, float]], villages: list[Official]) -> None:
    for (x, y), village in zip(places, villages, strict=False):
        osm.add_point(x, y, {"place": "village", "name": village.name.removesuffix("委会")})
