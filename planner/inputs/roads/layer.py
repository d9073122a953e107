"""A user's own street layer to :class:`Roads`: lines joined where they share a point, attributes read as street tags.

Two lines meet at end points and vertices that they share, and where one line ends on another. Lines that merely cross
do not meet: one of them may be a bridge.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from planner.errors import Fault, InputError
from planner.inputs.layers.gdal import layer_kinds
from planner.inputs.layers.read import read_layer
from planner.inputs.report import Report
from planner.inputs.roads.build import WayList, build_roads
from planner.inputs.roads.clip import Box
from planner.inputs.roads.fields import STREET_FIELDS, street_tags
from planner.inputs.roads.read import Floats, Ints, Roads

__all__ = ["read_street_layer"]

_SAME: Final = 0.01  # metres; points closer than this are one
_TOUCH: Final = 0.0501  # metres; a line that ends so close to another one ends on it: 5 cm, and room for rounding
_NEAR: Final = 2.0  # metres; a line that ends so close to another one was perhaps meant to meet it
_EARTH: Final = 6_371_000.0
_WAY: Final = re.compile(r"\[?([0-9]{1,18})(?:, ?[0-9]+)*\]?(?: \([0-9]+\))?")  # "7", "[7, 8]" of osmnx, "7 (2)"
_GEOD: Final = pyproj.Geod(ellps="WGS84")


def read_street_layer(
    path: Path,
    *,
    clip: Box | None = None,
    layer: str | None = None,
    datum: str | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> tuple[Roads, Report]:
    """Return the streets of a layer of lines in any coordinate system; the settings are those of ``read_roads``.

    Class, direction, speed and name are found by their headings, in English or Chinese (see
    :mod:`planner.inputs.roads.fields`). Raises :class:`planner.errors.InputError` when the layer cannot be read or
    holds no line.

    >>> roads, report = read_street_layer(Path("streets.gpkg"))  # doctest: +SKIP
    """
    streets = {kind: field for kind, field in (columns or {}).items() if kind in STREET_FIELDS}
    others = {kind: field for kind, field in (columns or {}).items() if kind not in STREET_FIELDS}
    only = _only_layer_of_lines(path) if layer is None else None
    frame, report = read_layer(path, layer=layer or only, datum=datum, encoding=encoding, columns=others)
    if only is not None:
        report.add("assumed", f"of several layers {only!r} is the one of lines; it is read")
    lines, row = _lines(frame, report)
    if clip is not None:
        inside = shapely.intersects(lines, shapely.box(*clip))
        if not inside.any():
            raise _elsewhere(shapely.total_bounds(lines).tolist(), clip, report)
        lines, row = lines[inside], row[inside]
    tags, names = street_tags(pd.DataFrame(frame.drop(columns="geometry")), report, given=streets)
    kept = np.array([bool(one) for one in tags], bool)[row]
    lines, row = lines[kept], row[kept]
    point, lon, lat, size = _joined(lines, report)
    ids = _way_ids(frame.index, report)[row]
    ways = WayList(point, lon, lat, size, way=ids.tolist())
    ways.tag = [ways.tags(tags[one]) for one in row]
    ways.name = [ways.names(names[one]) for one in row]
    roads = build_roads(ways, report)
    report.add("warning", "a street layer holds no turn restrictions and no barriers")
    report.facts |= {
        "edges": len(roads),
        "nodes": len(roads.node_id),
        "kilometres": round(float(roads.metres.sum()) / 1000, 3),
    }
    return roads, report


def _only_layer_of_lines(path: Path) -> str | None:
    """Return the one layer of lines among several of a GeoPackage or File Geodatabase, as osmnx saves its graphs."""
    if path.suffix.lower() not in (".gpkg", ".gdb"):
        return None
    kinds = layer_kinds(path)
    lines = [name for name, kind in kinds.items() if "LineString" in kind]
    return lines[0] if len(kinds) > 1 and len(lines) == 1 else None


def _lines(frame: gpd.GeoDataFrame, report: Report) -> tuple[Any, Ints]:
    """Return single lines, and the position of the feature that each is part of."""
    shapes, row = shapely.get_parts(frame.geometry.to_numpy(), return_index=True)
    is_line = np.isin(shapely.get_type_id(shapes), (1, 2))
    if not is_line.any():
        repair = "Give the layer of street centre lines."
        raise InputError(Fault("the layer holds no lines", file=report.source, repair=repair))
    if not is_line.all():
        report.add("skipped", f"{int((~is_line).sum())} shapes are points or areas, not lines")
    return shapes[is_line], row[is_line].astype(np.int64)


def _elsewhere(bounds: Box, clip: Box, report: Report) -> InputError:
    reach = [
        "{:.4f} to {:.4f} E and {:.4f} to {:.4f} N".format(*(box[i] for i in (0, 2, 1, 3))) for box in (bounds, clip)
    ]
    what = f"no street lies in the area: the streets reach from {reach[0]}, the area from {reach[1]}"
    return InputError(
        Fault(what, file=report.source, repair="Give the streets of this area, or check their coordinate system.")
    )


def _way_ids(index: pd.Index[str], report: Report) -> Ints:
    """Return the ids of the layer as whole numbers, the first of several, or row numbers where they are none."""
    found = [_WAY.fullmatch(one) for one in index]
    if all(found):
        return np.array([int(one[1]) for one in found if one], np.int64)
    report.facts["way ids"] = "row numbers"
    return np.arange(1, len(index) + 1, dtype=np.int64)


def _joined(lines: Any, report: Report) -> tuple[Ints, Floats, Floats, Ints]:
    """Return the points of all lines (number, lon, lat) and the count of points per line; shared points are one."""
    degrees, line = shapely.get_coordinates(lines, return_index=True)
    if not len(degrees):
        return line.astype(np.int64), degrees[:, 0], degrees[:, 1], np.empty(0, np.int64)
    lat = float(np.median(degrees[:, 1]))
    plane = (degrees - degrees[0]) * _metres_per_degree(lat)
    point = _numbered(plane)
    flat = shapely.linestrings(plane, indices=line)
    first = np.searchsorted(line, np.arange(len(lines)))
    step = np.zeros(len(plane))
    step[1:] = np.hypot(*(plane[1:] - plane[:-1]).T)
    step[first] = 0.0
    longest = np.maximum.reduceat(step, first)
    bulge = longest**2 * abs(math.tan(math.radians(lat))) / (8 * _EARTH)
    end, host, at = _touching(point, plane, line, flat, bulge, report)
    along = np.cumsum(step)
    along -= along[first][line]
    owner = np.r_[line, host]
    order = np.lexsort((np.r_[along, at], owner))
    degrees = np.r_[degrees, degrees[end]][order]
    size = np.bincount(owner, minlength=len(lines))
    return np.r_[point, point[end]][order], degrees[:, 0], degrees[:, 1], size


def _metres_per_degree(lat: float) -> Floats:
    """Return the metres of a degree eastward and northward at a latitude, on the ellipsoid."""
    step = 1e-4
    east, north = (_GEOD.inv(0, lat, x, lat + y)[2] / step for x, y in ((step, 0.0), (0.0, step)))
    return np.array([east, north])


def _numbered(plane: Floats) -> Ints:
    """Return a number for each point; points within a centimetre share theirs."""
    unique, code = np.unique(plane, axis=0, return_inverse=True)
    pairs = KDTree(unique).query_pairs(_SAME, output_type="ndarray")
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(unique), len(unique)))
    return np.asarray(connected_components(links, directed=False)[1], np.int64)[code.ravel()]


def _touching(
    point: Ints, plane: Floats, line: Any, flat: Any, bulge: Floats, report: Report
) -> tuple[Ints, Ints, Floats]:
    """Return loose ends that lie on another line: position of the end, that line, and metres along it.

    ``bulge``: metres by which a line that is straight in one coordinate system may be bent in another.
    """
    border = np.flatnonzero(np.diff(line))
    ends = np.r_[0, border + 1, border, len(line) - 1]
    ends = ends[np.bincount(point)[point[ends]] == 1]
    tree = shapely.STRtree(flat)
    found, host = tree.query(shapely.points(plane[ends]), predicate="dwithin", distance=_NEAR)
    end = ends[found]
    other = host != line[end]
    end, host = end[other], host[other]
    spot = shapely.points(plane[end])
    touch = shapely.distance(flat[host], spot) <= _TOUCH + bulge[host]
    joined = len(np.unique(end[touch]))
    near = len(np.setdiff1d(end, end[touch]))
    if joined:
        report.add("repaired", f"{joined} line ends on another line without a vertex there were joined to it")
    if near:
        what = f"{near} line ends stop within {_NEAR:g} m of another line without meeting it; they stay dead ends"
        report.add("warning", what, repair="Snap them to the line where there is a junction.")
    end, host = end[touch], host[touch]
    return end, host.astype(np.int64), shapely.line_locate_point(flat[host], spot[touch])
