"""OpenStreetMap files (XML, PBF, also .gz and .bz2), read in a stream with pyosmium."""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
from collections import Counter
from pathlib import Path
from typing import Any

import osmium
import shapely
from osmium.filter import KeyFilter

from planner.errors import Fault, InputError
from planner.inputs.report import Report
from planner.inputs.roads.build import WayList, build_roads
from planner.inputs.roads.clip import Box
from planner.inputs.roads.read import Roads, is_elevated
from planner.inputs.roads.restrictions import read_restriction, tied_restrictions
from planner.inputs.tables.garbage import no_cycle_search

__all__ = ["read_osm"]

_GONE = ("construction", "proposed", "planned", "abandoned", "disused", "razed", "demolished", "removed", "dismantled")
_CLOSING = frozenset({*_GONE, "impassable"})
_OTHERS = ("waterway", "power", "railway", "aeroway", *(f"{word}:highway" for word in _GONE))
_FILTER = KeyFilter("highway", "route", "barrier", "restriction", "type", "entrance", "building", *_OTHERS)
_WALLS = frozenset({"wall", "fence", "city_wall", "retaining_wall", "hedge"})
_NOT_A_STREET = frozenset({
    *_GONE, "no", "rest_area", "services", "emergency_bay", "raceway", "bus_guideway", "busway", "bus_stop", "escape",
    "trail",
})  # fmt: skip
_NODE_HIGHWAYS = frozenset({"traffic_signals", "crossing", "stop", "give_way", "toll_gantry"})
# Only what a travel mode may ask about is kept; a key with a suffix (oneway:bicycle) goes with its first word.
_KEPT = frozenset({
    "highway", "route", "oneway", "junction", "access", "vehicle", "motor_vehicle", "motorcar", "goods", "hgv", "foot",
    "bicycle", "electric_bicycle", "maxspeed", "service", "toll", "maxweight", "maxheight", "maxweightrating",
    "maxwidth", "cycleway", "bridge", "tunnel", "layer", "motorroad", "duration", "conveying", "sidewalk", "area",
    "expressway", "barrier", "locked", "crossing",
})  # fmt: skip
_NOWHERE = 2147483647


def read_osm(path: Path, *, clip: Box | None = None) -> tuple[Roads, Report]:
    """Return the streets of an OpenStreetMap file; ``clip`` keeps the ways with a point in the box.

    Raises :class:`planner.errors.InputError` when the file is damaged or holds no street.
    """
    report = Report(path.name)
    ways, left_out = WayList(), Counter[str]()
    try:
        with no_cycle_search():
            unlocated = _stream(path, ways, left_out, clip, report)
        if unlocated:
            _locate(path, ways)
    except (RuntimeError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        repair = "Download or export it again; the file may be cut short or not be OpenStreetMap data."
        raise InputError(Fault(f"the file cannot be read: {error}", file=path.name, repair=repair)) from None
    ways.restrictions = tied_restrictions(ways.restrictions, _nodes_of_restricted(ways), report)
    roads = build_roads(ways, report)
    report.facts |= {
        "ways": len(ways.way),
        "edges": len(roads),
        "nodes": len(roads.node_id),
        "kilometres": round(float(roads.metres.sum()) / 1000, 3),
        "restrictions": len(roads.restrictions),
        "barriers": sum("barrier" in tags for tags in ways.node_tags.values()),
        "licence": "© OpenStreetMap contributors, ODbL",
    }
    for kind, count in sorted(left_out.items()):
        report.add("skipped", f"{count} × {kind}")
    return roads, report


def _stream(path: Path, ways: WayList, left_out: Counter[str], clip: Box | None, report: Report) -> bool:
    """Read the file once; return whether a way came before its nodes."""
    unlocated = False
    stream: Any = osmium.FileProcessor(str(path)).with_locations().with_filter(_FILTER)
    for item in stream:
        if item.is_node():
            _node(item, ways)
        elif item.is_way():
            unlocated |= _way(item, ways, left_out, clip)
        elif item.is_relation() and (item.tags.get("type") or "").startswith("restriction"):
            restriction = read_restriction(item.id, dict(item.tags), _members(item), report)
            if restriction is not None:
                ways.restrictions.append(restriction)
    return unlocated


def _nodes_of_restricted(ways: WayList) -> dict[int, frozenset[int]]:
    """Return the nodes of the ways that turn restrictions name."""
    named = {way for one in ways.restrictions for way in (*one.start, *one.via_ways, *one.end)}
    ends = list(itertools.accumulate(ways.size, initial=0))
    return {way: frozenset(ways.ref[ends[i] : ends[i + 1]]) for i, way in enumerate(ways.way) if way in named}


def _members(relation: Any) -> list[tuple[str, int, str]]:
    return [(member.type, member.ref, member.role) for member in relation.members]


def _node(node: Any, ways: WayList) -> None:
    tags = node.tags
    if "barrier" in tags or tags.get("highway") in _NODE_HIGHWAYS:
        ways.node_tags[node.id] = _kept(dict(tags))
    if (tags.get("entrance") or "no") not in ("no", "emergency", "exit", "garage"):
        ways.doors[node.id] = tags.get("entrance")


def _kept(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if _is_kept(key)}


@functools.lru_cache(maxsize=4096)
def _is_kept(key: str) -> bool:
    return key.partition(":")[0] in _KEPT and "conditional" not in key


def _way(way: Any, ways: WayList, left_out: Counter[str], clip: Box | None) -> bool:
    if "building" in way.tags and "highway" not in way.tags:
        if ways.doors:
            _building(way, ways, clip)
        return False
    tags = dict(way.tags)
    kind = tags.get("highway")
    ferry = tags.get("route") == "ferry"
    if kind is None and not ferry:
        _other(way, tags, ways, left_out, clip)
        return False
    why = "" if ferry else _not_a_street(tags)
    if why:
        left_out[f"{why}: not a street"] += 1
        return False
    ref, x, y = _points(way)
    unlocated = _NOWHERE in x
    if clip is not None and not unlocated and not _touches(x, y, clip):
        return False
    ways.ref += ref
    ways.lon += [value / 1e7 if value != _NOWHERE else math.nan for value in x]
    ways.lat += [value / 1e7 if value != _NOWHERE else math.nan for value in y]
    ways.size.append(len(ref))
    ways.way.append(way.id)
    for key in tags:
        if key.endswith(":conditional") and key.partition(":")[0] in _KEPT:
            left_out[f"{key}: ignored, it holds at certain times or for some only"] += 1
    name = tags.get("name") or tags.get("ref") or ""
    kept = _kept(tags)
    if is_elevated(name) or is_elevated(tags.get("bridge:name") or ""):
        kept["elevated"] = "yes"
    ways.tag.append(ways.tags(kept))
    ways.name.append(ways.names(name))
    return unlocated


def _not_a_street(tags: dict[str, str]) -> str:
    """Return the tag that says that a highway cannot be travelled: not built yet, given up, or never a street."""
    if tags["highway"] in _NOT_A_STREET:
        return f"highway={tags['highway']}"
    for key in sorted(tags.keys() & _CLOSING):
        if tags[key] not in ("no", "minor", "widening"):
            return f"{key}={tags[key]}" if tags[key] == "yes" else f"{key}=*"
    return ""


def _points(way: Any) -> tuple[list[int], list[int], list[int]]:
    """Return ids and coordinates (1e-7 degrees) of the nodes of a way."""
    nodes = list(way.nodes)
    places = [node.location for node in nodes]
    return [node.ref for node in nodes], [place.x for place in places], [place.y for place in places]


def _touches(x: list[int], y: list[int], clip: Box) -> bool:
    west, south, east, north = (value * 1e7 for value in clip)
    return any(west <= a <= east and south <= b <= north for a, b in zip(x, y, strict=True))


def _building(way: Any, ways: WayList, clip: Box | None) -> None:
    """Keep the outline of a building with its entrances, of which main ones win."""
    nodes = list(way.nodes)
    doors = [node for node in nodes[1:] if node.ref in ways.doors]
    if not doors or len(nodes) < 4 or nodes[0].ref != nodes[-1].ref:
        return
    _, x, y = _points(way)
    if _NOWHERE not in x and (clip is None or _touches(x, y, clip)):
        outline = shapely.Polygon([(a / 1e7, b / 1e7) for a, b in zip(x, y, strict=True)])
        main = [node for node in doors if ways.doors[node.ref] == "main"]
        ways.entrances += [(shapely.Point(node.lon, node.lat), outline) for node in main or doors]


def _other(way: Any, tags: dict[str, str], ways: WayList, left_out: Counter[str], clip: Box | None) -> None:
    """Keep a wall; count what is not a street."""
    if tags.get("barrier") in _WALLS:
        _, x, y = _points(way)
        points = [(a / 1e7, b / 1e7) for a, b in zip(x, y, strict=True) if a != _NOWHERE]
        if len(points) > 1 and (clip is None or _touches(x, y, clip)):
            ways.walls.append(shapely.LineString(points))
        return
    for key in _OTHERS:
        if key in tags:
            left_out[f"{key}: not a street"] += 1
            return
    if "route" in tags:
        left_out["route: not a street"] += 1


def _locate(path: Path, ways: WayList) -> None:
    """Fill in coordinates from a second reading: some exports list ways before their nodes."""
    places: Any = osmium.index.create_map("sparse_mem_array")
    nodes = osmium.NodeLocationsForWays(places)
    nodes.ignore_errors()
    osmium.apply(str(path), nodes)
    for i, lon in enumerate(ways.lon):
        if math.isnan(lon):
            with contextlib.suppress(KeyError):
                place = places.get(ways.ref[i])
                ways.lon[i], ways.lat[i] = place.x / 1e7, place.y / 1e7
