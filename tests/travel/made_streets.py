"""Hand-made street files: nodes on a grid of metres, ways and relations written as OpenStreetMap XML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import pyproj

from planner.inputs.report import Report
from planner.inputs.roads.read import Roads, read_roads
from planner.travel import Mode, travel_matrix

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


def _tags(tags: Mapping[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
