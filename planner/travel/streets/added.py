"""Links added to the streets without touching their file: a planned bridge, a new gate, a path through a wall."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from planner.errors import Fault, InputError, ScenarioError
from planner.inputs.roads.read import Floats, Ints, Roads, Tags
from planner.travel.streets.access import street_rule
from planner.travel.streets.modes import MODES, get_mode
from planner.units import parse_length

__all__ = ["with_link", "with_links"]

_GEOD: Final = pyproj.Geod(ellps="WGS84")
_END: Final = 0.01  # metres along an edge that still count as its end
_COLUMNS: Final = ("modes", "highway", "oneway", "maxspeed", "name")


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place on an edge, metres from its start."""

    edge: int
    along: float


def with_link(
    roads: Roads,
    line: shapely.LineString,
    modes: str | Iterable[str],
    *,
    highway: str = "road",
    oneway: bool = False,
    maxspeed: str = "",
    name: str = "",
    join: str = "50m",
) -> Roads:
    """Return the streets with one more, open to ``modes`` alone, from the first point of the line to the last.

    ``line``: WGS 84, two points or more. Each end is joined by a straight piece to the nearest street of each of the
    modes, at the nearest place on it; the pieces count as part of the link. ``highway`` gives its class and so its
    speed, ``oneway`` lets vehicles only go along the line.

    Raises :class:`planner.errors.ScenarioError` for an unknown mode and for an end that is farther than ``join`` from
    every street of a mode.

    >>> linked = with_link(roads, shapely.LineString([(121.42, 28.66), (121.43, 28.67)]), ["foot", "ebike"])
    ... # doctest: +SKIP
    """
    if not isinstance(line, shapely.LineString | shapely.MultiLineString) or line.is_empty:
        raise ScenarioError(f"a link must be a line of two points or more, not {line.geom_type} ({line.wkt[:60]}).")
    names = list(dict.fromkeys([modes] if isinstance(modes, str) else modes))
    tags = _tags(names, highway, oneway, maxspeed)
    limit = parse_length(join, name="join")
    ends = shapely.get_coordinates(line)[[0, -1]]
    spots = [_spots(roads, end, names, limit) for end in ends]
    flat = sorted({(spot.edge, spot.along) for found in spots for spot in found})
    split, node_at = _split(roads, [_Spot(*one) for one in flat])
    joints = [[node_at[spot.edge, spot.along] for spot in found] for found in spots]
    return _join(split, line, joints, tags, name)


def with_links(roads: Roads, table: gpd.GeoDataFrame, *, join: str = "50m") -> Roads:
    """Return the streets with a link per line of the table.

    Columns: ``modes`` (names, parted by blanks or ``;``), and if wanted ``highway``, ``oneway``, ``maxspeed`` and
    ``name``. Raises :class:`planner.errors.InputError` with the id of every line that cannot be added.

    >>> roads = with_links(roads, read_layer("planned_bridge.geojson")[0])  # doctest: +SKIP
    """
    if table.crs is None:
        raise ScenarioError("the added links have no coordinate system. Set it, for example with set_crs(4326).")
    faults = []
    for one, row in table.to_crs(4326).iterrows():
        cells = {key: str(row[key]).strip() for key in _COLUMNS if key in row and row[key] == row[key]}
        try:
            if not isinstance(row.geometry, shapely.LineString):
                raise ScenarioError("the link is not one line")
            roads = with_link(
                roads,
                row.geometry,
                cells.get("modes", "").replace(";", " ").replace(",", " ").split(),
                highway=cells.get("highway") or "road",
                oneway=cells.get("oneway", "").lower() in ("yes", "1", "true"),
                maxspeed=cells.get("maxspeed", ""),
                name=cells.get("name", ""),
                join=join,
            )
        except ScenarioError as error:
            faults.append(Fault(str(error), id=str(one)))
    if faults:
        raise InputError(faults)
    return roads


def _tags(modes: list[str], highway: str, oneway: bool, maxspeed: str) -> dict[str, str]:
    if not modes:
        raise ScenarioError(f"a link is open to nobody. Name its modes: {', '.join(MODES)}.")
    own = {get_mode(name).own[-1] for name in modes}
    if not any(highway in mode.speeds for mode in MODES.values()):
        raise ScenarioError(f"highway = {highway!r} is not a class of streets.")
    tags = {"highway": highway, "oneway": "yes" if oneway else "no", "access": "no"}
    tags |= {mode.own[-1]: "yes" if mode.own[-1] in own else "no" for mode in MODES.values()}
    return tags | ({"maxspeed": maxspeed} if maxspeed else {})


def _spots(roads: Roads, end: Any, modes: list[str], limit: float) -> list[_Spot]:
    """Return the nearest place on a street of each mode, each once."""
    to_plane = pyproj.Transformer.from_crs(4326, roads.crs, always_xy=True)
    point = shapely.Point(*to_plane.transform(*end))
    lines = shapely.transform(roads.lines(), lambda xy: np.column_stack(to_plane.transform(xy[:, 0], xy[:, 1])))
    found = []
    for name in modes:
        rules = [street_rule(tags, get_mode(name)) for tags in roads.tags]
        usable = np.array([rule.reading != "ferry" and {rule.forward, rule.backward} != {"closed"} for rule in rules])
        edges = np.flatnonzero(usable[roads.tag])
        distance = shapely.distance(lines[edges], point)
        if not len(edges) or distance.min() > limit:
            raise ScenarioError(
                f"the end of a link at {end[0]:.6f}, {end[1]:.6f} is farther than {limit:g} m from every street that "
                f"{name} may use. Draw it up to the street, or raise join."
            )
        edge = int(edges[np.argmin(distance)])
        share = shapely.line_locate_point(lines[edge], point, normalized=True)
        found.append(_Spot(edge, float(share * roads.metres[edge])))
    return list(dict.fromkeys(found))


def _split(roads: Roads, spots: list[_Spot]) -> tuple[Roads, dict[tuple[int, float], int]]:
    """Return the streets with a node at each spot, and its position by edge and metres along it."""
    node_at: dict[tuple[int, float], int] = {}
    cuts: dict[int, list[tuple[float, int]]] = {}
    ids: list[int] = []
    points: list[int] = []
    for spot in spots:
        length = float(roads.metres[spot.edge])
        if spot.along <= _END or spot.along >= length - _END:
            node = int((roads.start if spot.along <= _END else roads.end)[spot.edge])
        else:
            node = len(roads.node_id) + len(ids)
            ids.append(int(roads.node_id.max()) + 1 + len(ids))
            cuts.setdefault(spot.edge, []).append((spot.along, node))
        node_at[spot.edge, spot.along] = node
    rows: list[tuple[int, int, int, int, int]] = []  # edge it comes from, start, end, first, last
    lon, lat, along = [roads.lon], [roads.lat], [roads.along]
    size = len(roads.lon)
    for edge, inner in cuts.items():
        stops = [(0.0, int(roads.start[edge])), *inner, (float(roads.metres[edge]), int(roads.end[edge]))]
        for (a, start), (b, end) in itertools.pairwise(stops):
            piece = _piece(roads, edge, a, b)
            rows.append((edge, start, end, size, size + len(piece[0]) - 1))
            points += [size + len(piece[0]) - 1] if end >= len(roads.node_id) else []
            size += len(piece[0])
            for column, values in zip((lon, lat, along), piece, strict=True):
                column.append(values)
    added = np.array(rows, np.int64).reshape(-1, 5)
    split = _with_edges(
        replace(
            roads,
            lon=np.concatenate(lon),
            lat=np.concatenate(lat),
            along=np.concatenate(along),
            node_id=np.append(roads.node_id, np.array(ids, np.int64)),
            node_point=np.append(roads.node_point, np.array(points, np.int64)),
            node_tag=np.append(roads.node_tag, np.full(len(ids), _plain(roads))),
            node_tags=roads.node_tags if {} in roads.node_tags else (*roads.node_tags, {}),
        ),
        np.setdiff1d(np.arange(len(roads)), added[:, 0]),
        added,
        np.array([roads.way[added[:, 0]], roads.tag[added[:, 0]], roads.name[added[:, 0]]]),
    )
    return split, node_at


def _plain(roads: Roads) -> int:
    """Return the code of nodes without tags."""
    return roads.node_tags.index({}) if {} in roads.node_tags else len(roads.node_tags)


def _piece(roads: Roads, edge: int, begin: float, end: float) -> tuple[Floats, Floats, Floats]:
    """Return longitudes, latitudes and cumulated metres of a part of an edge."""
    shape = slice(int(roads.first[edge]), int(roads.last[edge]) + 1)
    lon, lat, along = roads.lon[shape], roads.lat[shape], roads.along[shape]
    low, high = along[0] + begin, along[0] + end
    at = np.concatenate([[low], along[(along > low) & (along < high)], [high]])
    return np.interp(at, along, lon), np.interp(at, along, lat), at


def _with_edges(roads: Roads, kept: Ints, rows: Ints, labels: Ints) -> Roads:
    """Return the streets with the kept edges, followed by rows (…, start, end, first, last) with way, tag, name."""
    return replace(
        roads,
        start=np.append(roads.start[kept], rows[:, 1]),
        end=np.append(roads.end[kept], rows[:, 2]),
        first=np.append(roads.first[kept], rows[:, 3]),
        last=np.append(roads.last[kept], rows[:, 4]),
        way=np.append(roads.way[kept], labels[0]),
        tag=np.append(roads.tag[kept], labels[1]),
        name=np.append(roads.name[kept], labels[2]),
    )


def _join(roads: Roads, line: shapely.LineString, joints: list[list[int]], tags: Tags, name: str) -> Roads:
    """Return the streets with the line as an edge, and with straight edges from its ends to the joints."""
    count, size = len(roads.node_id), len(roads.lon)
    shapes, rows = [shapely.get_coordinates(line)], []
    for side, nodes in enumerate(joints):
        end = shapes[0][-side]
        for node in nodes:
            at = roads.node_point[node]
            foot = np.array([roads.lon[at], roads.lat[at]])
            shapes.append(np.array([end, foot] if side else [foot, end]))
    ends = [(count, count + 1), *((node, count) for node in joints[0]), *((count + 1, node) for node in joints[1])]
    for shape, (start, end) in zip(shapes, ends, strict=True):
        rows.append((0, start, end, size, size + len(shape) - 1))
        size += len(shape)
    along = [np.append(0.0, np.cumsum(_GEOD.inv(*shape[:-1].T, *shape[1:].T)[2])) for shape in shapes]
    table, more = np.array(rows, np.int64), np.concatenate(shapes)
    grown = replace(
        roads,
        lon=np.append(roads.lon, more[:, 0]),
        lat=np.append(roads.lat, more[:, 1]),
        along=np.append(roads.along, np.concatenate(along)),
        node_id=np.append(roads.node_id, roads.node_id.max() + np.array([1, 2])),
        node_point=np.append(roads.node_point, [table[0, 3], table[0, 4]]),
        node_tag=np.append(roads.node_tag, np.full(2, _plain(roads))),
        tags=(*roads.tags, tags),
        names=(*roads.names, name),
    )
    way, tag, title = int(roads.way.max()) + 1, len(roads.tags), len(roads.names)
    labels = np.full((3, len(table)), [[way], [tag], [title]], np.int64)
    return _with_edges(grown, np.arange(len(roads)), table, labels)
