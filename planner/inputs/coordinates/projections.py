"""The projected system in which metres are measured, chosen from the study area.

A zone of a national grid stretches lengths by up to 0.5 m in 2 km at its edge, and an area may lie across two zones.
So lengths are measured in a transverse Mercator projection on the area's own middle meridian with scale 1: at a
distance x from it lengths grow by x² / 2R², less than 0.1 m in 2 km up to 63 km away (Snyder, Map Projections,
USGS Professional Paper 1395, 1987, section 8). Wider areas share the error between middle and edges, and areas that
reach further east–west than north–south use a Lambert conformal cone on the middle parallel.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, Final

import numpy as np
import pyproj

from planner.errors import ScenarioError

__all__ = ["cgcs2000_zone", "scale_error", "to_degrees", "to_plane", "working_crs"]

_R: Final = 6371008.8  # mean radius of the Earth, m
_NARROW: Final = 60000.0  # half width up to which scale 1 on the middle line is good enough, m


def working_crs(layer: Any) -> pyproj.CRS:
    """Return the projected system (metres, WGS 84) for a layer or for bounds ``(west, south, east, north)`` in degrees.

    Raises :class:`planner.errors.ScenarioError` when the bounds are not in degrees or reach further than 20°.

    >>> working_crs((121.3, 28.5, 121.6, 28.8)).name
    'Transverse Mercator, WGS 84, central meridian 121.45°'
    """
    west, south, east, north = _bounds(layer)
    lon, lat = round((west + east) / 2, 2), round((south + north) / 2, 2)
    half_width = math.radians(east - west) / 2 * _R * math.cos(math.radians(min(abs(south), abs(north))))
    half_height = math.radians(north - south) / 2 * _R
    if half_width <= _NARROW or half_width <= half_height or abs(lat) < 10:
        k = _balanced_scale(half_width)
        name = f"Transverse Mercator, WGS 84, central meridian {lon:g}°" + (f", scale {k:.6f}" if k < 1 else "")
        return _crs(f"+proj=tmerc +lat_0=0 +lon_0={lon} +k={k:.9f} +x_0=500000 +y_0=0", name)
    k = _balanced_scale(half_height)
    name = f"Lambert conformal conic, WGS 84, middle parallel {lat:g}°" + (f", scale {k:.6f}" if k < 1 else "")
    parameters = f"+proj=lcc +lat_1={lat} +lat_0={lat} +lon_0={lon} +k_0={k:.9f} +x_0=500000 +y_0=500000"
    return _crs(parameters, name)


@cache
def to_plane(crs: pyproj.CRS) -> pyproj.Transformer:
    """Return the way from degrees (WGS 84, x to the east) to a projected system; made once, as making it takes long."""
    return pyproj.Transformer.from_crs(4326, crs, always_xy=True)


@cache
def to_degrees(crs: pyproj.CRS) -> pyproj.Transformer:
    """Return the way back from a projected system to degrees (WGS 84, x to the east)."""
    return pyproj.Transformer.from_crs(crs, 4326, always_xy=True)


def scale_error(crs: pyproj.CRS, layer: Any) -> float:
    """Return the largest error of lengths in ``crs`` over the area, as a share (5e-5 is 0.1 m in 2 km)."""
    west, south, east, north = _bounds(layer)
    lon, lat = np.meshgrid(np.linspace(west, east, 9), np.linspace(south, north, 9))
    factors = pyproj.Proj(crs).get_factors(lon.ravel(), lat.ravel())
    return float(np.abs(np.asarray(factors.meridional_scale) - 1.0).max())


def cgcs2000_zone(lon: float, *, numbered: bool = False) -> pyproj.CRS:
    """Return the CGCS2000 3-degree Gauss–Krüger zone of a longitude, for survey offices.

    ``numbered`` zones carry the zone number in front of the easting (EPSG 4513 to 4533), the others do not
    (EPSG 4534 to 4554).

    >>> cgcs2000_zone(121.43).to_epsg(), cgcs2000_zone(114.3, numbered=True).to_epsg()
    (4549, 4526)
    """
    zone = math.floor((lon + 1.5) / 3)
    if not 25 <= zone <= 45:
        raise ScenarioError(f"longitude {lon:g}° lies outside the CGCS2000 3-degree zones (73.5° to 136.5°).")
    return pyproj.CRS.from_epsg((4488 if numbered else 4509) + zone)


def _bounds(layer: Any) -> tuple[float, float, float, float]:
    if isinstance(layer, (tuple, list)):
        bounds = layer
    else:
        bounds = layer.to_crs(4326).total_bounds if layer.crs is not None else layer.total_bounds
    west, south, east, north = (float(value) for value in bounds)
    if not all(math.isfinite(value) for value in (west, south, east, north)):
        raise ScenarioError("the study area is empty: it has no bounds to choose a projected system from.")
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ScenarioError(
            f"bounds ({west:g}, {south:g}, {east:g}, {north:g}) are not west, south, east, north in degrees. "
            "Check the order of the four numbers and the coordinate system."
        )
    if east - west > 20 or north - south > 20:
        raise ScenarioError(
            f"the study area reaches over {east - west:.1f}° × {north - south:.1f}°: no projected system measures "
            "that in metres. A point with wrong coordinates is the usual cause; split a true area of this size."
        )
    return west, south, east, north


def _balanced_scale(half: float) -> float:
    return 1.0 if half <= _NARROW else 1.0 - (half / _R) ** 2 / 4


def _crs(parameters: str, name: str) -> pyproj.CRS:
    described = pyproj.CRS.from_proj4(f"{parameters} +datum=WGS84 +units=m +no_defs").to_json_dict()
    return pyproj.CRS.from_json_dict(described | {"name": name})
