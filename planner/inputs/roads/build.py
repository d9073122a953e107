"""From ways (sequences of nodes with tags) to :class:`Roads`: cut at junctions, measured on the ellipsoid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyproj

from planner.errors import Fault, InputError
from planner.inputs.report import Report
from planner.inputs.roads.read import Floats, Ints, Restriction, Roads, Tags
from planner.inputs.roads.spelling import respelt

__all__ = ["Codes", "WayList", "build_roads"]

_GEOD = pyproj.Geod(ellps="WGS84")


class Codes:
    """Small integers for distinct values, in the order in which they are first met."""

    def __init__(self, first: Iterable[Any] = ()) -> None:
        self.values: list[Any] = list(first)
        self._code: dict[Any, int] = {_key(value): i for i, value in enumerate(self.values)}

    def __call__(self, value: Any) -> int:
        """Return the code of a value (text, or a mapping of tags)."""
        key = _key(value)
        code = self._code.get(key)
        if code is None:
            code = self._code[key] = len(self.values)
            self.values.append(value)
        return code


def _key(value: Any) -> Any:
    return frozenset(value.items()) if isinstance(value, dict) else value


@dataclass
class WayList:
    """Ways while they are read: node ids and coordinates, ``size`` of them per way; else one entry per way."""

    ref: Ints
    lon: Floats
    lat: Floats
    size: Ints
    way: list[int] = field(default_factory=list)
    tag: list[int] = field(default_factory=list)
    name: list[int] = field(default_factory=list)
    tags: Codes = field(default_factory=Codes)
    names: Codes = field(default_factory=lambda: Codes([""]))
    node_tags: dict[int, Tags] = field(default_factory=dict)
    restrictions: list[Restriction] = field(default_factory=list)
    walls: list[Any] = field(default_factory=list)
    entrances: list[Any] = field(default_factory=list)


def build_roads(ways: WayList, report: Report) -> Roads:
    """Return the streets of the ways; points without coordinates are left out and cut their way, with a report.

    Raises :class:`planner.errors.InputError` when no edge is left.
    """
    piece = np.repeat(np.arange(len(ways.size)), ways.size)
    ref, lon, lat, piece, part = _clean(ways.ref, ways.lon, ways.lat, piece, report)
    if not len(ref):
        what = "there is no street in this file"
        repair = "Check that it holds highway=* ways (OpenStreetMap) or street lines, and that the clip lies within it."
        raise InputError(Fault(what, file=report.source, repair=repair))
    first, last, nodes, node_of = _cut(ref, part, ways)
    along = np.zeros(len(lon))
    along[1:] = np.cumsum(_GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2])
    keys = np.flatnonzero(node_of >= 0)
    point = np.zeros(len(nodes), np.int64)
    point[node_of[keys][::-1]] = keys[::-1]
    codes = Codes([{}])
    node_tag = np.zeros(len(nodes), np.int64)
    tagged = np.array(sorted(ways.node_tags), np.int64)
    tagged = tagged[np.isin(tagged, nodes)]
    node_tag[np.searchsorted(nodes, tagged)] = [codes(ways.node_tags[node]) for node in tagged.tolist()]
    way = piece[first]
    tag = np.asarray(ways.tag, np.int64)
    tags = respelt(ways.tags.values, np.bincount(tag, minlength=len(ways.tags.values)), "ways", report)
    node_tags = respelt(codes.values, np.bincount(node_tag, minlength=len(codes.values)), "nodes", report)
    return Roads(
        node_id=nodes,
        node_point=point,
        start=node_of[first],
        end=node_of[last],
        first=first,
        last=last,
        lon=lon,
        lat=lat,
        along=along,
        way=np.asarray(ways.way, np.int64)[way],
        tag=tag[way],
        name=np.asarray(ways.name, np.int64)[way],
        node_tag=node_tag,
        tags=tags,
        names=tuple(ways.names.values),
        node_tags=node_tags,
        restrictions=tuple(ways.restrictions),
        walls=tuple(ways.walls),
        entrances=tuple(ways.entrances),
    )


def _clean(ref: Any, lon: Any, lat: Any, piece: Any, report: Report) -> tuple[Any, Any, Any, Any, Any]:
    """Drop points without coordinates (cutting the way there), repeated points, and parts of a single point."""
    known = np.isfinite(lon) & np.isfinite(lat)
    part = piece.astype(np.int64)
    if not known.all():
        missing = np.unique(piece[~known])
        report.add("repaired", f"{len(missing)} ways run out of the file and were cut at its edge")
        part = np.cumsum(~known) + piece
        part = np.unique(part, return_inverse=True)[1] if len(part) else part
    ref, lon, lat, piece, part = (values[known] for values in (ref, lon, lat, piece, part))
    again = np.zeros(len(ref), bool)
    again[1:] = (ref[1:] == ref[:-1]) & (part[1:] == part[:-1])
    ref, lon, lat, piece, part = (values[~again] for values in (ref, lon, lat, piece, part))
    single = np.bincount(part, minlength=1)[part] < 2 if len(part) else np.zeros(0, bool)
    if single.any():
        report.add("skipped", f"{int(single.sum())} ways have fewer than two points in the file")
    return tuple(values[~single] for values in (ref, lon, lat, piece, part))


def _cut(ref: Ints, part: Ints, ways: WayList) -> tuple[Ints, Ints, Ints, Ints]:
    """Return first and last point of each edge, the node ids, and the node at each point (-1 between nodes)."""
    ids, code, uses = np.unique(ref, return_inverse=True, return_counts=True)
    border = np.flatnonzero(part[1:] != part[:-1])
    begins, ends = np.append(0, border + 1), np.append(border, len(ref) - 1)
    is_node = uses > 1
    is_node[code[begins]] = True
    is_node[code[ends]] = True
    marked = list(ways.node_tags) + [r.via_node for r in ways.restrictions if r.via_node is not None]
    if marked:
        is_node |= np.isin(ids, np.asarray(marked, np.int64))
    number = np.where(is_node, np.cumsum(is_node) - 1, -1)
    node_of = number[code]
    keys = np.flatnonzero(node_of >= 0)
    same = part[keys[1:]] == part[keys[:-1]]
    return keys[:-1][same], keys[1:][same], ids[is_node], node_of
