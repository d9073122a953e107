"""GCJ-02 and BD-09, the shifted coordinates of Chinese map vendors, to WGS 84 and back.

GCJ-02 adds a smooth, position-dependent offset of 100 to 700 m to WGS 84 on the Krasovsky 1940 ellipsoid; BD-09 adds
another to GCJ-02. Neither has an official formula: these are the ones in public use since 2010 (the polynomial and
sine series in x = longitude − 105°, y = latitude − 35°). The offsets hold on the mainland only; elsewhere points stay.
The inverses solve the forward formula by fixed-point iteration (its slope is below 0.01) to 1e-11 degrees,
a micrometre.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from planner.errors import ScenarioError
from planner.inputs.coordinates.mainland import in_mainland
from planner.inputs.coordinates.projections import working_crs

__all__ = [
    "SYSTEM_WORDS",
    "Datum",
    "border_doubt",
    "datum_name",
    "from_wgs84",
    "in_mainland",
    "to_wgs84",
    "working_crs",
]

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Array = npt.NDArray[np.float64]
Pair = tuple[Array, Array]

_NAMES: Final[dict[str, Datum]] = {
    "wgs84": "wgs84", "wgs1984": "wgs84", "wgs": "wgs84", "gps": "wgs84", "epsg4326": "wgs84",
    "4326": "wgs84", "crs84": "wgs84",
    "cgcs2000": "cgcs2000", "epsg4490": "cgcs2000", "4490": "cgcs2000", "2000": "cgcs2000",
    "国家2000": "cgcs2000", "大地2000": "cgcs2000", "2000国家大地": "cgcs2000", "国家大地2000": "cgcs2000",
    "中国大地2000": "cgcs2000", "天地图": "cgcs2000", "tianditu": "cgcs2000",
    "gcj02": "gcj02", "gcj": "gcj02", "gcj02ll": "gcj02", "amap": "gcj02", "gaode": "gcj02", "autonavi": "gcj02",
    "tencent": "gcj02", "mars": "gcj02", "高德": "gcj02", "腾讯": "gcj02", "火星": "gcj02", "国测局": "gcj02",
    "国测局02": "gcj02",
    "bd09": "bd09", "bd09ll": "bd09", "bd": "bd09", "baidu": "bd09", "百度": "bd09",
}  # fmt: skip

_TITLE: Final = re.compile(r"(?:地图)?(?:坐标系统|坐标系|坐标|座標系|座標)?$")
SYSTEM_WORDS: Final = (
    r"gcj[-_]?02(?:ll)?|gcj|火星|高德|腾讯|国测局(?:02)?|bd[-_]?09(?:ll)?|百度|wgs[-_]?(?:19)?84|gps|"
    r"cgcs[-_]?2000|国家2000|天地图|epsg[:_]?\d{4,5}|"
    r"(?<![a-z])(?:amap|gaode|autonavi|tencent|mars|baidu|tianditu|wgs|bd)(?=$|[^a-z]|lng|lon|lat|[xy]$)"
)
"""Pattern (lower case) of the words in a heading that name a system: "经度_gcj02", "bd_lng"."""

_A: Final = 6378245.0  # semi-major axis of Krasovsky 1940, m
_EE: Final = 0.00669342162296594323  # its first eccentricity squared
_BD: Final = np.pi * 3000.0 / 180.0
_TOLERANCE: Final = 1e-11  # degrees, about a micrometre


def datum_name(text: str) -> Datum:
    """Return the datum that a text names.

    >>> datum_name("GCJ-02"), datum_name("百度"), datum_name("EPSG:4490")
    ('gcj02', 'bd09', 'cgcs2000')
    """
    plain = re.sub(r"[\s\-_:()（）]", "", text).lower()
    known = _NAMES.get(plain) or _NAMES.get(_TITLE.sub("", plain))
    if known is None:
        raise ScenarioError(
            f"datum = {text!r} is not known. Write wgs84, cgcs2000 (EPSG:4490), gcj02 (Amap, Tencent) or bd09 (Baidu)."
        )
    return known


def to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: str) -> Pair:
    """Return WGS 84 longitudes and latitudes (degrees) of points given in ``datum``.

    A GCJ-02 or BD-09 point is moved when the WGS 84 point behind it lies on the mainland; every other point, and NaN,
    stays as it is. CGCS2000 equals WGS 84 within a few centimetres and is not moved.

    >>> lon, lat = to_wgs84([121.4344, 113.5439], [28.66705, 22.1987], "gcj02")
    >>> lon.round(4), lat.round(4)  # Jiaojiang moves 432 m west and 327 m north, Macau stays
    (array([121.43  , 113.5439]), array([28.67  , 22.1987]))
    """
    lon, lat = _arrays(lon, lat)
    forward = _FORWARD.get(datum_name(datum))
    if forward is None:
        return lon, lat
    near = _near_china(lon, lat)
    true_lon, true_lat = _invert(forward, lon[near], lat[near])
    inside = in_mainland(true_lon, true_lat)
    moved = _positions(near, inside)
    lon[moved], lat[moved] = true_lon[inside], true_lat[inside]
    return lon, lat


def from_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: str) -> Pair:
    """Return coordinates in ``datum`` (degrees) of WGS 84 points; only mainland points move.

    >>> lon, lat = from_wgs84([121.43], [28.67], "gcj02")
    >>> lon.round(4), lat.round(4)
    (array([121.4344]), array([28.667]))
    """
    lon, lat = _arrays(lon, lat)
    forward = _FORWARD.get(datum_name(datum))
    if forward is None:
        return lon, lat
    moved = np.asarray(in_mainland(lon, lat))
    lon[moved], lat[moved] = forward(lon[moved], lat[moved])
    return lon, lat


def border_doubt(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: str) -> npt.NDArray[np.bool_]:
    """Return which points in ``datum`` lie so near the outline of the mainland that the shift is in doubt.

    These are points that may be the shifted image of a mainland point or an unshifted point beyond the outline.
    """
    lon, lat = _arrays(lon, lat)
    forward = _FORWARD.get(datum_name(datum))
    doubt = np.zeros(lon.shape, dtype=bool)
    if forward is None:
        return doubt
    near = _near_china(lon, lat)
    true_lon, true_lat = _invert(forward, lon[near], lat[near])
    doubt[near] = in_mainland(true_lon, true_lat) != in_mainland(lon[near], lat[near])
    return doubt


def _arrays(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    return np.atleast_1d(x).copy(), np.atleast_1d(y).copy()


def _near_china(lon: Array, lat: Array) -> npt.NDArray[np.bool_]:
    return np.asarray((lon > 73.0) & (lon < 136.0) & (lat > 17.0) & (lat < 54.0))


def _positions(outer: npt.NDArray[np.bool_], inner: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    return np.flatnonzero(outer)[inner]


def _invert(forward: Callable[[Array, Array], Pair], lon: Array, lat: Array) -> Pair:
    """Solve forward(x, y) = (lon, lat): x ← x + (lon − forward(x, y))."""
    x, y = lon.copy(), lat.copy()
    for _ in range(30):
        fx, fy = forward(x, y)
        dx, dy = lon - fx, lat - fy
        x += dx
        y += dy
        if max(np.abs(dx).max(initial=0.0), np.abs(dy).max(initial=0.0)) < _TOLERANCE:
            break
    return x, y


def _gcj02(lon: Array, lat: Array) -> Pair:
    """WGS 84 to GCJ-02."""
    x, y = lon - 105.0, lat - 35.0
    px, py = np.pi * x, np.pi * y
    root = np.sqrt(np.abs(x))
    common = 20.0 * (np.sin(6.0 * px) + np.sin(2.0 * px))
    north = common + 20.0 * np.sin(py) + 40.0 * np.sin(py / 3.0) + 160.0 * np.sin(py / 12.0) + 320.0 * np.sin(py / 30.0)
    east = common + 20.0 * np.sin(px) + 40.0 * np.sin(px / 3.0) + 150.0 * np.sin(px / 12.0) + 300.0 * np.sin(px / 30.0)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + north * (2.0 / 3.0)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + east * (2.0 / 3.0)
    phi = np.radians(lat)
    w2 = 1.0 - _EE * np.sin(phi) ** 2
    meridian = _A * (1.0 - _EE) / (w2 * np.sqrt(w2))
    parallel = _A / np.sqrt(w2) * np.cos(phi)
    return lon + np.degrees(east / parallel), lat + np.degrees(north / meridian)


def _bd09(lon: Array, lat: Array) -> Pair:
    """WGS 84 to BD-09, by way of GCJ-02."""
    x, y = _gcj02(lon, lat)
    rho = np.hypot(x, y) + 0.00002 * np.sin(y * _BD)
    theta = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD)
    return rho * np.cos(theta) + 0.0065, rho * np.sin(theta) + 0.006


_FORWARD: Final[dict[str, Callable[[Array, Array], Pair]]] = {"gcj02": _gcj02, "bd09": _bd09}
