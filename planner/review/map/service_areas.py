"""Service areas: from where a station is reached within limits, the walk to the street included.

A place belongs to an area when the travel from its nearest street, and the walk to that street, take no longer than the
limit: the rule by which people are joined to the streets. Travel is worked out along the streets, carried to a grid of
squares by the nearest street (Euclidean distance transform: Maurer, Qi and Raghavan, 2003), and drawn as its contours,
with their holes. No hull: a river without a bridge stays a border.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from contourpy import FillType, contour_generator
from scipy.ndimage import distance_transform_edt

from planner.inputs.coordinates.projections import to_degrees, to_plane
from planner.travel import Network
from planner.travel.reach.reached import TravelOver
from planner.travel.streets.modes import WALK

__all__ = ["CELL", "service_areas"]

Floats = npt.NDArray[np.float64]

CELL: Final = 25.0
"""Metres: the side of a square of the grid, where the grid has no more than MOST_CELLS."""

MOST_CELLS: Final = 600_000


def service_areas(
    net: Network, travels: Iterable[TravelOver], limits: Sequence[float], max_access: float, water: shapely.Geometry
) -> list[shapely.Geometry]:
    """Return one area (WGS 84) per limit in seconds, the smallest limit first; empty where nothing is reached.

    ``travels``: the travel over the streets, of all stations together or one by one. ``max_access``: the longest walk
    to a street, in metres. ``water`` (WGS 84) is cut out. Areas are drawn to the side of a square and simplified by a
    third of it; what is smaller than a square is left out.
    """
    plane = to_plane(net.roads.crs)
    points = np.column_stack(plane.transform(net.roads.lon, net.roads.lat))
    rows = list(travels)
    spots, seconds = _samples(net, points, rows, CELL)
    near = spots[seconds <= limits[-1]]
    if not len(near):
        return [shapely.Polygon()] * len(limits)
    low, high = near.min(axis=0) - max_access - CELL, near.max(axis=0) + max_access + CELL
    cell = max(CELL, math.sqrt(float(np.prod(high - low)) / MOST_CELLS))
    if cell > CELL:
        spots, seconds = _samples(net, points, rows, cell)
    x, y = (np.arange(low[k] + cell / 2, high[k] + cell, cell) for k in (0, 1))
    times = np.minimum(_times(spots, seconds, x, y, max_access), 2 * limits[-1])
    contours = contour_generator(x, y, times, fill_type=FillType.OuterOffset)
    wet = shapely.transform(water, lambda xy: np.column_stack(plane.transform(xy[:, 0], xy[:, 1])))
    areas = np.array([_polygons(contours.filled(-1.0, limit), cell) for limit in limits], dtype=object)
    dry = shapely.simplify(shapely.difference(areas, shapely.make_valid(wet)), cell / 3, preserve_topology=True)
    back = to_degrees(net.roads.crs)
    turned = shapely.transform(dry, lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1])))
    return list(shapely.make_valid(turned))


def _samples(net: Network, points: Floats, travels: list[TravelOver], step: float) -> tuple[Floats, Floats]:
    """Return places along all streets, no further apart than ``step``, and the seconds from there; infinite if none."""
    spots, seconds = [], []
    for travel in travels:
        metres = net.roads.metres[travel.edge]
        count = np.ceil((travel.high - travel.low) * metres / step).astype(np.int64) + 2
        part = np.repeat(np.arange(len(count)), count)
        share = (np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count)) / (count - 1)[part]
        along = (travel.low[part] + (travel.high - travel.low)[part] * share) * metres[part]
        from_low = travel.at_low[part] + travel.from_low[part] * share
        from_high = travel.at_high[part] + travel.from_high[part] * (1 - share)
        seconds.append(np.minimum(np.minimum(from_low, from_high), travel.through[part]))
        spots.append(_along(net, points, travel.edge[part], along))
    return np.concatenate(spots), np.concatenate(seconds)


def _along(net: Network, points: Floats, edge: npt.NDArray[np.int64], metres: Floats) -> Floats:
    """Return the places some metres along edges: all edges are laid end to end, a metre apart, and interpolated."""
    roads = net.roads
    edges, of = np.unique(edge, return_inverse=True)
    size = roads.last[edges] - roads.first[edges] + 1
    number = np.repeat(np.arange(len(edges)), size)
    point = np.arange(len(number)) - np.repeat(np.cumsum(size) - size, size) + np.repeat(roads.first[edges], size)
    length = roads.along[roads.last[edges]] - roads.along[roads.first[edges]] + 1.0
    base = np.cumsum(length) - length
    ruler = base[number] + roads.along[point] - roads.along[roads.first[edges]][number]
    place = base[of] + metres
    return np.column_stack([np.interp(place, ruler, points[point, axis]) for axis in (0, 1)])


def _times(spots: Floats, seconds: Floats, x: Floats, y: Floats, max_access: float) -> Floats:
    """Return the seconds from each square's middle by the nearest street; infinite where the walk is too long."""
    cell = x[1] - x[0]
    column = np.floor((spots[:, 0] - x[0]) / cell + 0.5).astype(np.int64)
    row = np.floor((spots[:, 1] - y[0]) / cell + 0.5).astype(np.int64)
    inside = np.flatnonzero((column >= 0) & (column < len(x)) & (row >= 0) & (row < len(y)))
    order = inside[np.argsort(-seconds[inside], kind="stable")]
    held = np.full((len(y), len(x)), -1, dtype=np.int64)
    held[row[order], column[order]] = order  # of several in a square the last one stays: the quickest
    nearest = held[tuple(distance_transform_edt(held < 0, return_distances=False, return_indices=True))]
    walk = np.hypot(spots[nearest, 0] - x[None, :], spots[nearest, 1] - y[:, None])
    times: Floats = np.where(walk <= max_access, seconds[nearest] + walk / WALK, np.inf)
    return times


def _polygons(filled: Any, cell: float) -> shapely.Geometry:
    polygons = []
    for corners, offsets in zip(*filled, strict=True):
        lines = [corners[a:b] for a, b in pairwise(offsets)]
        polygons.append(shapely.Polygon(lines[0], lines[1:]))
    whole = shapely.make_valid(np.array(polygons, dtype=object))
    return shapely.union_all(whole[shapely.area(whole) >= cell * cell])
