"""Where a moved site goes, as people write it: coordinates in either order, metres of the 3° zone, or a candidate."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np
import pyproj

from planner.inputs.coordinates.datums import to_wgs84
from planner.inputs.coordinates.notations import parse_angle, split_pair
from planner.inputs.coordinates.projections import cgcs2000_zone
from planner.review.decisions.known_sites import KnownSite, KnownSites

__all__ = ["NewPlace", "metres_between", "read_place"]

_SYSTEMS: Final = (
    ("gcj02", re.compile(r"gcj[\s_-]*0?2|火星坐标|高德|腾讯|amap", re.IGNORECASE)),
    ("bd09", re.compile(r"bd[\s_-]*09(ll)?|百度", re.IGNORECASE)),
    ("wgs84", re.compile(r"(wgs[\s_-]*84|cgcs[\s_-]*2000|国家2000|epsg[:：]?\s*4\d{3})", re.IGNORECASE)),
)
_FILLING: Final = re.compile(r"坐标系?|经纬度|[:：]\s*$|^\s*[:：]|[(（][^()（）\d]*[)）]\s*$|[()（）]\s*$")
_LABEL: Final = re.compile(r"(?<![a-z])(?:[xyen]|l(?:ng|on|at)[a-z]*)\s*[=:：]\s*", re.IGNORECASE)
_SECOND: Final = re.compile(
    r"(?<=[\d度°分秒′″'\"])\s*(?=东经|北纬|经度|纬度|l(?:ng|on|at)|[xyen]\s*[=:：])", re.IGNORECASE
)
_FARTHEST: Final = 30_000.0
"""Metres between the old and the new place beyond which a slip of the pen is likelier than a move."""
_NEAR: Final = 2.0  # degrees
_ELLIPSOID: Final = pyproj.Geod(ellps="GRS80")


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A place in WGS 84 degrees, and the candidate that stands there where one is meant."""

    longitude: float
    latitude: float
    to: str = ""


def read_place(text: str, sites: KnownSites, old: str = "") -> NewPlace | str:
    """Return the new place that a text states, or the sentence that says what is wrong with it.

    ``sites`` may be empty; ``old`` is the site that moves. Within China longitude and latitude never overlap, so they
    may stand in either order; metres are those of the 3-degree zone of the sites. A remark in brackets after them is
    left aside.

    >>> read_place("28.67, 121.43 (西门)", KnownSites())
    NewPlace(longitude=121.43, latitude=28.67, to='')
    """
    text = text.strip()
    if not text:
        return "the new place is blank"
    found = _candidate(text, sites, old)
    if found is None:
        found = _coordinates(text, sites)
    if isinstance(found, NewPlace) and old in sites and not found.to:
        distance = metres_between(found, sites[old])
        if distance > _FARTHEST:
            return f"the new place {text!r} is {distance / 1000:.0f} km away from the old one"
    return found


def metres_between(a: NewPlace | KnownSite, b: NewPlace | KnownSite) -> float:
    """Return the distance of two places on the ellipsoid."""
    return float(_ELLIPSOID.inv(a.longitude, a.latitude, b.longitude, b.latitude)[2])


def _candidate(text: str, sites: KnownSites, old: str) -> NewPlace | str | None:
    ids = sites.called(text)
    if not ids:
        return None
    if len(ids) > 1:
        return f"several candidates are called {text!r}: {', '.join(ids)}"
    if ids[0] == old:
        return f"the new place {text!r} is the site itself"
    site = sites[ids[0]]
    if not site.usable:
        return f"the new place {text!r} is a candidate that the screening refused"
    return NewPlace(site.longitude, site.latitude, ids[0])


def _coordinates(text: str, sites: KnownSites) -> NewPlace | str:
    unread = f"the new place {text!r} cannot be read"
    datum, plain = "wgs84", text
    for name, words in _SYSTEMS:
        if words.search(plain):
            datum, plain = name, words.sub("", plain)
    plain = _LABEL.sub("", _SECOND.sub(", ", _FILLING.sub("", plain).strip(" :：()（）")))
    pair = split_pair(plain)
    angles = [parse_angle(part) for part in pair]
    if angles[0] is None or angles[1] is None:
        return unread
    first, second = angles[0].value, angles[1].value
    if min(abs(first), abs(second)) > 1000:
        return _from_metres(first, second, sites) or unread
    swapped = angles[0].axis == "lat" or angles[1].axis == "lon" or (73 <= second <= 136 and 3 <= first <= 54)
    longitude, latitude = (second, first) if swapped else (first, second)
    if abs(longitude) > 180 or abs(latitude) > 90 or (longitude == 0 and latitude == 0):
        return unread
    lon, lat = to_wgs84(np.array([longitude]), np.array([latitude]), datum)
    return NewPlace(round(float(lon[0]), 8), round(float(lat[0]), 8))


def _from_metres(first: float, second: float, sites: KnownSites) -> NewPlace | None:
    """Return the place of easting and northing (either order, with or without zone number) near the sites."""
    if not sites:
        return None
    middle = NewPlace(median(s.longitude for s in sites.values()), median(s.latitude for s in sites.values()))
    zone = cgcs2000_zone(middle.longitude)
    to_degrees = pyproj.Transformer.from_crs(zone, 4490, always_xy=True)
    for east, north in ((first, second), (second, first)):
        lon, lat = to_degrees.transform(math.fmod(east, 1e6), north)
        if abs(lon - middle.longitude) < _NEAR and abs(lat - middle.latitude) < _NEAR:
            return NewPlace(round(lon, 8), round(lat, 8))
    return None
