"""The local plane of the builder: metres east and north of a point in Jiaojiang, and how it becomes degrees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

ORIGIN = (121.43, 28.67)
METRES_PER_DEGREE = (97_740.0, 110_850.0)
DIGITS = 6


def to_degrees(xy: Any, digits: int = DIGITS) -> np.ndarray:
    """Return longitude and latitude (WGS 84) of points (n × 2) in metres, by default rounded to a decimetre."""
    return np.round(np.asarray(xy, float) / METRES_PER_DEGREE + ORIGIN, digits)


def to_metres(lonlat: Any) -> np.ndarray:
    """Return metres of points (n × 2) in degrees."""
    return (np.asarray(lonlat, float) - ORIGIN) * METRES_PER_DEGREE


def geometry_to_degrees(geometry: Any) -> Any:
    """Return a geometry in metres as one in degrees, rounded to 0.1 mm and still valid."""
    return shapely.set_precision(shapely.transform(geometry, lambda xy: to_degrees(xy, 9)), 1e-9)


def warp(xy: np.ndarray) -> np.ndarray:
    """Bend a planned grid gently, as streets laid over decades are bent."""
    x, y = xy[:, 0], xy[:, 1]
    dx = 130 * np.sin(y / 1900 + 0.4) + 60 * np.sin((x + y) / 1100) + 0.035 * y
    dy = 150 * np.sin(x / 2100 + 1.0) + 55 * np.sin((x - y) / 900) - 0.03 * x
    return np.column_stack([x + dx, y + dy])


def rotated(angle: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return the rotation by an angle in radians about the origin."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return lambda xy: np.asarray(xy, float) @ turn


def wavy(points: Any, step: float, sway: float, rng: np.random.Generator, *, closed: bool = False) -> np.ndarray:
    """Return a line through points with a vertex every ``step`` metres, each moved by about ``sway`` metres."""
    line = shapely.LineString(points)
    n = max(int(line.length / step), 2)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, np.linspace(0, line.length, n + 1)))
    move = rng.normal(0, sway, xy.shape)
    move[[0, -1]] = 0
    xy = xy + move
    if closed:
        xy[-1] = xy[0]
    return xy
