"""OpenStreetMap files (XML, PBF, also .gz and .bz2), read in a stream with pyosmium."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely
from osmium.filter import KeyFilter

from planner.errors import Fault, InputError
from planner.inputs.report import Report
from planner.inputs.roads.build import WayList, build_roads
from planner.inputs.roads.clip import Box, in_box
from planner.inputs.roads.osm_lines import OsmFile, Places, members_of, places_of, refuse_broken_off, tags_of
from planner.inputs.roads.read import Ints, Restriction, Roads, Tags, is_elevated
from planner.inputs.roads.restrictions import read_restriction, tied_restrictions
from planner.inputs.roads.spelling import NODE_CLASSES, word
from planner.inputs.roads.tags import OTHER_KEYS, doubtful, is_conditional, kept_tags, spelled
from planner.inputs.roads.versions import refuse_changes
from planner.inputs.tables.garbage import no_cycle_search

__all__ = ["read_osm"]

_GONE = ("construction", "proposed", "planned", "abandoned", "disused", "razed", "demolished", "removed", "dismantled")
_CLOSING = frozenset({*_GONE, "impassable"})
_OTHERS = (*OTHER_KEYS, *(f"{word}:highway" for word in _GONE))
_SIZES = ("maxheight", "maxweight", "maxwidth")
_FILTER = KeyFilter("highway", "route", "barrier", "restriction", "type", "entrance", *_SIZES, *_OTHERS)
_WALLS = frozenset({"wall", "fence", "city_wall", "retaining_wall", "hedge"})
_NOT_A_STREET = frozenset({
    *_GONE, "no", "rest_area", "services", "emergency_bay", "raceway", "bus_guideway", "bus_stop", "escape",
    "trail",
})  # fmt: skip
_BATCH = 20_000  # ways whose places are read at a time


def read_osm(path: Path, *, clip: Box | None = None) -> tuple[Roads, Report]:
    """Return the streets of an OpenStreetMap file; ``clip`` keeps the ways that reach into the box.

    Raises :class:`planner.errors.InputError` when the file is damaged or holds no street.
    """
    report = Report(path.name)
    refuse_broken_off(path)
    try:
        refuse_changes(path)
        with no_cycle_search():
            file = OsmFile(path)
            kept = _read(file, clip, report)
            places = _located(file, kept.places())
            buildings = _buildings(file, kept.doors, clip) if kept.doors else []
    except (RuntimeError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        repair = "Download or export it again; the file may be cut short or not be OpenStreetMap data."
        raise InputError(Fault(f"the file cannot be read: {error}", file=path.name, repair=repair)) from None
    ways = _way_list(kept, places, clip)
    ways.entrances = buildings
    ways.restrictions = tied_restrictions(kept.restrictions, _nodes_of_restricted(ways, kept.restrictions), report)
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
    for kind, count in sorted(kept.left_out.items()):
        report.add("skipped", f"{count} × {kind}")
    return roads, report


@dataclass
class _Kept:
    """What is kept of a file while it is read: streets and walls by id, tags and places; and what is not, counted."""

    way: list[int] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    parts: list[Places] = field(default_factory=list)
    node_tags: dict[int, Tags] = field(default_factory=dict)
    doors: dict[int, str] = field(default_factory=dict)  # entrance=* by node
    restrictions: list[Restriction] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def places(self) -> Places:
        """Return the places of all ways."""
        empty = places_of([])
        columns = zip(*((one.size, one.ref, one.lon, one.lat) for one in (empty, *self.parts)), strict=True)
        return Places(*(np.concatenate(column) for column in columns))


def _read(file: OsmFile, clip: Box | None, report: Report) -> _Kept:
    kept = _Kept()
    batch: list[tuple[int, dict[str, str], bytes]] = []
    for line in file.lines(_FILTER):
        fields = line.split(b" ")
        id_, tags = int(fields[0][1:]), tags_of(fields[1])
        if line[:1] == b"n":
            _node(id_, tags, kept)
        elif line[:1] == b"w":
            tags = spelled(tags)
            if _is_kept_way(tags, kept.left_out):
                batch.append((id_, tags, fields[2]))
            if len(batch) == _BATCH:
                _keep(batch, kept, clip)
                batch.clear()
        elif tags.get("type", "").startswith("restriction"):
            restriction = read_restriction(id_, tags, members_of(fields[2]), report)
            if restriction is not None:
                kept.restrictions.append(restriction)
    _keep(batch, kept, clip)
    return kept


def _node(id_: int, tags: dict[str, str], kept: _Kept) -> None:
    if "barrier" in tags or word(tags.get("highway", "")) in NODE_CLASSES or not tags.keys().isdisjoint(_SIZES):
        kept.node_tags[id_] = kept_tags(tags)
    if tags.get("entrance", "no") not in ("no", "emergency", "exit", "garage"):
        kept.doors[id_] = tags["entrance"]


def _is_kept_way(tags: dict[str, str], left_out: Counter[str]) -> bool:
    """Return whether a way is a street, a ferry or a wall; others are counted by kind."""
    if tags.get("route") == "ferry":
        why = _closing(tags)
    elif "highway" in tags:
        why = _not_a_street(tags)
    elif "building" in tags:
        return False
    elif word(tags.get("barrier", "")) in _WALLS:
        return True
    else:
        why = next((key for key in (*_OTHERS, "route") if key in tags), "")
        if not why:
            return False
    if why:
        left_out[f"{why}: not a street"] += 1
    return not why


def _not_a_street(tags: dict[str, str]) -> str:
    """Return the tag that says that a highway cannot be travelled: not built yet, given up, or never a street."""
    if (kind := word(tags["highway"])) in _NOT_A_STREET:
        return f"highway={kind}"
    return _closing(tags)


def _closing(tags: dict[str, str]) -> str:
    """Return the tag beside its class that says that a way cannot be travelled, not yet or no more."""
    if not _CLOSING.isdisjoint(tags):
        for key in sorted(tags.keys() & _CLOSING):
            if tags[key] not in ("no", "minor", "widening"):
                return f"{key}={tags[key]}" if tags[key] == "yes" else f"{key}=*"
    return ""


def _keep(batch: list[tuple[int, dict[str, str], bytes]], kept: _Kept, clip: Box | None) -> None:
    """Add the ways of a batch that touch the clip, and those whose places are not all known yet."""
    places = places_of([nodes for _, _, nodes in batch])
    chosen = _touch(places, clip, unknown=True)
    kept.parts.append(_chosen(places, chosen))
    kept.way += [batch[i][0] for i in np.flatnonzero(chosen).tolist()]
    kept.tags += [batch[i][1] for i in np.flatnonzero(chosen).tolist()]


def _touch(places: Places, clip: Box | None, *, unknown: bool) -> np.ndarray:
    """Return which ways have a place or a stretch in the clip, or (``unknown``) a place that is not known."""
    if clip is None:
        return np.ones(len(places.size), bool)
    way = _way_of(places)
    inside = in_box(places.lon, places.lat, way, clip) | (np.isnan(places.lon) & unknown)
    return np.bincount(way, weights=inside, minlength=len(places.size)) > 0


def _way_of(places: Places) -> Ints:
    return np.repeat(np.arange(len(places.size)), places.size)


def _chosen(places: Places, chosen: np.ndarray) -> Places:
    if chosen.all():
        return places
    nodes = np.repeat(chosen, places.size)
    return Places(places.size[chosen], places.ref[nodes], places.lon[nodes], places.lat[nodes])


def _located(file: OsmFile, places: Places) -> Places:
    """Fill in places that were not known yet: some exports list ways before their nodes, or give nodes negative ids."""
    missing = np.isnan(places.lon)
    if not missing.any():
        return places
    refs, code = np.unique(places.ref[missing], return_inverse=True)
    found = file.places(refs)
    at = np.searchsorted(refs, found.ref)
    lon, lat = places.lon.copy(), places.lat.copy()
    for values, filled in ((lon, found.lon), (lat, found.lat)):
        known = np.full(len(refs), np.nan)
        known[at] = filled
        values[missing] = known[code]
    return Places(places.size, places.ref, lon, lat)


def _way_list(kept: _Kept, places: Places, clip: Box | None) -> WayList:
    """Return the streets with names and the tags that modes ask for, and the walls as lines."""
    inside = _touch(places, clip, unknown=False)
    street = np.array(["highway" in tags or tags.get("route") == "ferry" for tags in kept.tags], bool)
    streets = _chosen(places, inside & street)
    ways = WayList(ref=streets.ref, lon=streets.lon, lat=streets.lat, size=streets.size, node_tags=kept.node_tags)
    for i in np.flatnonzero(inside & street).tolist():
        tags = kept.tags[i]
        ways.way.append(kept.way[i])
        name = tags.get("name") or tags.get("ref") or ""
        asked = kept_tags(tags)
        if is_elevated(name) or is_elevated(tags.get("bridge:name", "")):
            asked["elevated"] = "yes"
        ways.tag.append(ways.tags(asked))
        ways.name.append(ways.names(name))
        for key in filter(is_conditional, tags):
            kept.left_out[f"{key}: ignored, it holds at certain times or for some only"] += 1
        kept.left_out.update(doubtful(asked))
    for points in _lines(_chosen(places, inside & ~street)):
        points = points[np.isfinite(points[:, 0])]
        if len(points) > 1:
            ways.walls.append(shapely.LineString(points))
    return ways


def _lines(places: Places) -> list[Any]:
    """Return longitudes and latitudes of each way, shape (n, 2)."""
    return np.split(np.column_stack([places.lon, places.lat]), np.cumsum(places.size)[:-1]) if len(places.size) else []


def _nodes_of_restricted(ways: WayList, restrictions: list[Restriction]) -> Mapping[int, frozenset[int]]:
    """Return the nodes of the ways that turn restrictions name."""
    named = {way for one in restrictions for way in (*one.start, *one.via_ways, *one.end)}
    ends = list(itertools.accumulate(ways.size, initial=0))
    return {way: frozenset(ways.ref[ends[i] : ends[i + 1]].tolist()) for i, way in enumerate(ways.way) if way in named}


def _buildings(file: OsmFile, doors: Mapping[int, str], clip: Box | None) -> list[tuple[Any, Any]]:
    """Return the entrances of buildings with their outlines, from a reading of their own; main entrances win."""
    fields = [line.split(b" ") for line in file.lines(KeyFilter("building"), osmium.osm.WAY)]
    every = places_of([nodes for _, tags, nodes in fields if "highway" not in tags_of(tags)])
    known = np.fromiter(doors, np.int64, len(doors))
    with_door = np.bincount(_way_of(every), weights=np.isin(every.ref, known), minlength=len(every.size)) > 0
    places = _located(file, _chosen(every, with_door))
    places = _chosen(places, _touch(places, clip, unknown=False))
    found = []
    for refs, points in zip(np.split(places.ref, np.cumsum(places.size)[:-1]), _lines(places), strict=False):
        if len(refs) < 4 or refs[0] != refs[-1] or not np.isfinite(points).all():
            continue
        at = [i for i, ref in enumerate(refs[1:].tolist(), 1) if ref in doors]
        main = [i for i in at if doors[refs[i]] == "main"]
        outline = shapely.Polygon(points)
        found += [(shapely.Point(points[i]), outline) for i in main or at]
    return found
