"""The box that streets are cut to: bounds or a geometry, checked, with a margin around it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from planner.errors import ScenarioError
from planner.units import parse_length

__all__ = ["Box", "clip_bounds", "in_box"]

Box = tuple[float, float, float, float]
_METRES_PER_DEGREE = 110_574.0  # of latitude, the least on the ellipsoid


def clip_bounds(clip: Any, margin: str) -> Box | None:
    """Return west, south, east, north in degrees, widened by ``margin``; None when ``clip`` is None.

    ``clip`` is a sequence of four numbers, a geometry in WGS 84, or a GeoDataFrame or GeoSeries in any system.

    >>> clip_bounds((114.3, 30.5, 114.4, 30.6), "0m")
    (114.3, 30.5, 114.4, 30.6)
    """
    metres = parse_length(margin, name="margin")
    if clip is None:
        return None
    if hasattr(clip, "to_crs"):
        if clip.crs is None:
            raise ScenarioError("clip has no coordinate system. Set it, for example with clip.set_crs(4326).")
        clip = clip.to_crs(4326).total_bounds
    elif hasattr(clip, "bounds"):
        clip = clip.bounds
    west, south, east, north = _checked(clip)
    up = metres / _METRES_PER_DEGREE
    across = up / max(math.cos(math.radians(min(max(abs(south), abs(north)) + up, 89.0))), 0.01)
    return west - across, south - up, east + across, north + up


def in_box(lon: Any, lat: Any, line: Any, box: Box) -> Any:
    """Return which points lie in the box, or begin a straight stretch of their line whose extent meets it.

    A bridge or a motorway may cross a district without a point in it.

    >>> in_box(np.array([0.0, 9.0, 9.0]), np.array([1.0, 1.0, 5.0]), np.zeros(3), (4, 0, 5, 2)).tolist()
    [True, False, False]
    """
    west, south, east, north = box
    again = np.zeros(len(lon), bool)
    again[:-1] = line[1:] == line[:-1]
    after = np.flatnonzero(again) + 1
    low, high = [np.array(lon, float), np.array(lat, float)], [np.array(lon, float), np.array(lat, float)]
    for least, most, values in zip(low, high, (lon, lat), strict=True):
        least[again] = np.minimum(values[again], values[after])
        most[again] = np.maximum(values[again], values[after])
    return (low[0] <= east) & (high[0] >= west) & (low[1] <= north) & (high[1] >= south)


def _checked(clip: Any) -> Box:
    try:
        values = np.asarray(clip, dtype=float).ravel()
    except (TypeError, ValueError):
        values = np.empty(0)
    if len(values) != 4 or not np.isfinite(values).all():
        raise ScenarioError(f"clip = {clip!r} must be four numbers: west, south, east, north in degrees.")
    west, south, east, north = (float(value) for value in values)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ScenarioError(
            f"clip = ({west:g}, {south:g}, {east:g}, {north:g}) is not west, south, east, north in degrees with west "
            "< east and south < north. Check the order of the four numbers."
        )
    if west < 90 and 15 <= west <= 55 and 70 <= north <= 140:
        raise ScenarioError(f"clip = ({west:g}, {south:g}, {east:g}, {north:g}) has latitude before longitude.")
    return west, south, east, north
