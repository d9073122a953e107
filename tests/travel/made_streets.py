"""Hand-made street files: nodes on a grid of metres, ways and relations written as OpenStreetMap XML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import pyproj

from planner.inputs.report import Report
from planner.inputs.roads.read import Roads, read_roads
from planner.travel import Mode, travel_matrix, truck

_GEOD = pyproj.Geod(ellps="WGS84")
ORIGIN = (114.30, 30.60)
Place = tuple[float, float]  # metres east and north of the origin
Way = tuple[Sequence[int], Mapping[str, str]]
Relation = tuple[Sequence[tuple[str, int, str]], Mapping[str, str]]


def lonlat(place: Place) -> tuple[float, float]:
    """Return degrees of a place: exact metres northward, then exact metres eastward."""
    lon, lat, _ = _GEOD.fwd(*ORIGIN, 0, place[1])
    lon, lat, _ = _GEOD.fwd(lon, lat, 90, place[0])
    return round(lon, 7), round(lat, 7)  # as OpenStreetMap keeps them


def write_osm(
    path: Path,
    nodes: Mapping[int, Place],
    ways: Mapping[int, Way],
    node_tags: Mapping[int, Mapping[str, str]] | None = None,
    relations: Mapping[int, Relation] | None = None,
) -> Path:
    """Write an OpenStreetMap XML file and return its path."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    for id_, place in nodes.items():
        lon, lat = lonlat(place)
        tags = _tags((node_tags or {}).get(id_, {}))
        lines.append(f'<node id="{id_}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{tags}</node>')
    for id_, (refs, tags_of) in ways.items():
        refs_text = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        lines.append(f'<way id="{id_}" version="1">{refs_text}{_tags(tags_of)}</way>')
    for id_, (members, tags_of) in (relations or {}).items():
        text = "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members)
        lines.append(f'<relation id="{id_}" version="1">{text}{_tags(tags_of)}</relation>')
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def made_roads(folder: Path, *args: Any, **kwargs: Any) -> tuple[Roads, Report]:
    """Return the streets of a hand-made file, as :func:`write_osm` takes it, with the report."""
    return read_roads(write_osm(folder / "roads.osm", *args, **kwargs))


def points(**places: Place) -> gpd.GeoDataFrame:
    """Return points by id."""
    lon, lat = zip(*(lonlat(place) for place in places.values()), strict=True)
    return gpd.GeoDataFrame(index=list(places), geometry=gpd.points_from_xy(lon, lat), crs=4326)


def trips(
    roads: Roads, mode: str | Mode, places: Mapping[Any, Place], **options: Any
) -> dict[Any, tuple[float, float]]:
    """Return seconds and metres by (from, to) for all pairs of places between which there is a legal trip."""
    table = points(**{str(i): place for i, place in enumerate(places.values())})
    pairs = travel_matrix(roads, table, table, mode, "20h", **{"max_access": "5m", **options})
    ids = list(places)
    ends = zip(pairs["origin"].astype(str), pairs["destination"].astype(str), strict=True)
    values = zip(pairs["seconds"], pairs["metres"], strict=True)
    return {(ids[int(a)], ids[int(b)]): value for (a, b), value in zip(ends, values, strict=True)}


def metres(roads: Roads, mode: str | Mode, places: Mapping[Any, Place], **options: Any) -> dict[Any, int]:
    """Return whole metres by (from, to)."""
    return {ends: round(value[1]) for ends, value in trips(roads, mode, places, **options).items()}


def trip(roads: Roads, mode: str | Mode, a: Place, b: Place, **options: Any) -> tuple[float, float] | None:
    """Return seconds and metres from a to b, or None when there is no legal trip."""
    return trips(roads, mode, {"a": a, "b": b}, **options).get(("a", "b"))


def said(row: str) -> dict[str, str]:
    """Return the tags of a row like ``highway=service, maxheight=3``."""
    return dict(text.split("=", 1) for text in row.split(", "))


def who_passes(folder: Path, rows: Iterable[str], modes: Iterable[str]) -> tuple[dict[str, str], Report]:
    """Return which modes pass a node with these tags in the middle of a street, both ways or none, and the report."""
    nodes: dict[int, Place] = {}
    ways, tags = {}, {}
    for i, row in enumerate(rows):
        nodes |= {3 * i + k: (100.0 * k, 100.0 * i) for k in range(3)}
        ways[i + 1] = ([3 * i, 3 * i + 1, 3 * i + 2], {"highway": "residential"})
        tags[3 * i + 1] = said(row)
    roads, report = made_roads(folder, nodes, ways, tags)
    lengths = {mode: metres(roads, mode, nodes) for mode in modes}
    found = {}
    for i, row in enumerate(rows):
        ends = (3 * i, 3 * i + 2)
        assert all(each.get(ends) == each.get(ends[::-1]) for each in lengths.values()), row
        found[row] = " ".join(mode for mode, each in lengths.items() if ends in each)
    return found, report


def lanes(folder: Path, rows: Sequence[Mapping[str, str]]) -> Roads:
    """Return streets of 1,000 m that do not touch, one per row of tags."""
    nodes = {2 * i + side: (1000.0 * side, 100.0 * i) for i in range(len(rows)) for side in (0, 1)}
    ways = {i + 1: ([2 * i, 2 * i + 1], tags) for i, tags in enumerate(rows)}
    return made_roads(folder, nodes, ways)[0]


def lane_speeds(roads: Roads, count: int, mode: str | Mode) -> list[tuple[float | None, float | None]]:
    """Return km/h along and against each lane; None where one may not go."""
    west, east = (points(**{str(i): (1000.0 * side, 100.0 * i) for i in range(count)}) for side in (0, 1))
    found: list[dict[int, float]] = []
    for ends in ((west, east), (east, west)):
        pairs = travel_matrix(roads, *ends, mode, "20h", max_access="5m")
        assert (pairs["origin"].astype(str) == pairs["destination"].astype(str)).all()
        assert (abs(pairs["metres"] - 1000) < 0.1).all()
        kmh = 3.6 * pairs["metres"] / pairs["seconds"]
        found.append({int(lane): round(speed, 2) for lane, speed in zip(pairs["origin"].astype(str), kmh, strict=True)})
    return [(found[0].get(i), found[1].get(i)) for i in range(count)]


def by_mode(folder: Path, rows: Sequence[tuple[str, str]]) -> list[tuple[float | None, float | None]]:
    """Return km/h along and against a street with the tags of each row, under the row's own mode."""
    roads = lanes(folder, [said(row) for row, _ in rows])
    speeds = {mode: lane_speeds(roads, len(rows), mode) for mode in dict.fromkeys(mode for _, mode in rows)}
    return [speeds[mode][i] for i, (_, mode) in enumerate(rows)]


def who_fits(folder: Path, rows: Sequence[tuple[str, float, float]]) -> list[bool]:
    """Return whether a goods vehicle of so many tonnes and metres of height may use a street with these tags."""
    roads = lanes(folder, [{"highway": "service"} | said(row) for row, _, _ in rows])
    speeds = {size: lane_speeds(roads, len(rows), truck(*size)) for size in dict.fromkeys(row[1:] for row in rows)}
    return [speeds[weight, height][i] == (10, 10) for i, (_, weight, height) in enumerate(rows)]


def _tags(tags: Mapping[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
