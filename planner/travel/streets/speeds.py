"""Speed limits and durations in the shapes in which they are really written."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final

from planner.categories import read_data

__all__ = ["parse_clock", "parse_maxspeed"]

_KMH_PER: Final = {
    **dict.fromkeys(
        ("", "km/h", "kmh", "kph", "kmph", "km/hr", "公里/小时", "公里/时", "千米/小时", "千米/时", "公里", "码"), 1.0
    ),
    **dict.fromkeys(("mph", "mi/h"), 1.609344),
    "knots": 1.852,
}
_NUMBER: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(.*)")
_DECIMAL_COMMA: Final = re.compile(r"(?<=[0-9]),(?=[0-9](?![0-9]))")
_WALK: Final = 7.0
_LEAST, _MOST = 1.0, 160.0  # km/h that a sign can mean; what is beyond is a slip, or in another unit
# Limits that a zone name stands for: by country (data/speed_zones.csv), else what is most common.
_ZONES: Final = {"urban": 50.0, "rural": 80.0, "trunk": 90.0, "motorway": 120.0, "living_street": 10.0, "walk": _WALK}
_COUNTRY_ZONES: Final = {str(zone): float(kmh) for zone, kmh in read_data("speed_zones.csv").to_numpy().tolist()}
_ZONE: Final = re.compile(r"[A-Z]{2}(?:-[A-Z]+)?:([a-z_]+?):?([0-9]+)?(?:\s*km/h)?")


def parse_maxspeed(text: str) -> tuple[float | None, str]:
    """Return the limit in km/h (None when it says none) and how it was read.

    The reading is ``"number"`` for one plain number with or without unit, ``"several"`` for a list (the lowest
    counts: it is legal in every lane), ``"zone"`` for the name of a statutory limit, ``"walk"``, ``"none"`` for no
    limit or a variable one, and ``"unread"``.

    >>> parse_maxspeed("60"), parse_maxspeed("30 mph"), parse_maxspeed("60;80"), parse_maxspeed("CN:urban")
    ((60.0, 'number'), (48.28032, 'number'), (60.0, 'several'), (50.0, 'zone'))
    >>> parse_maxspeed("none"), parse_maxspeed("fast")
    ((None, 'none'), (None, 'unread'))
    """
    text = _DECIMAL_COMMA.sub(".", unicodedata.normalize("NFKC", text).strip())
    text = re.sub(r"\s*/\s*(?=[^\s0-9])", "/", text)  # 60 km / h
    parts = [part.strip() for part in re.split(r"[;|,]|/(?=\s*[0-9])", text) if part.strip()]
    text = parts[0] if len(parts) == 1 else text
    if len(parts) > 1:
        speeds = [speed for part in parts if (speed := parse_maxspeed(part)[0]) is not None]
        return (min(speeds), "several") if speeds else (None, "unread")
    match = _NUMBER.fullmatch(text.lower())
    if match and match.group(2) in _KMH_PER:
        speed = float(match.group(1)) * _KMH_PER[match.group(2)]
        return (speed, "number") if _LEAST <= speed <= _MOST else (None, "unread")
    if text.lower() in ("none", "no", "signals", "variable", "unlimited"):
        return None, "none"
    if text.lower() in ("walk", "walking", "step"):
        return _WALK, "walk"
    return _zone(text)


def _zone(text: str) -> tuple[float | None, str]:
    country, colon, zone = text.partition(":")
    text = country.upper() + colon + zone if colon else text
    if text in _COUNTRY_ZONES:
        return _COUNTRY_ZONES[text], "zone"
    match = _ZONE.fullmatch(text) or re.fullmatch(r"(urban|rural|zone):?([0-9]+)?", text)
    if match is None:
        return None, "unread"
    if match.group(2):
        speed = float(match.group(2)) * (_KMH_PER["mph"] if text.startswith("GB") else 1.0)
        return (speed, "zone") if _LEAST <= speed <= _MOST else (None, "unread")
    speed_of_zone = _ZONES.get(match.group(1))
    return (speed_of_zone, "zone") if speed_of_zone else (None, "unread")


_ISO: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_WORDS: Final = re.compile(
    r"(?:(\d+(?:\.\d+)?)\s*(?:d|days?|天))?\s*(?:(\d+(?:\.\d+)?)\s*(?:h|hrs?|hours?|小时|时))?\s*"
    r"(?:(\d+(?:\.\d+)?)\s*(?:m|mins?|minutes?|分钟|分|(?<=\d)$))?\s*(?:(\d+(?:\.\d+)?)\s*(?:s|secs?|seconds?|秒))?"
)


def parse_clock(text: str) -> float:
    """Return the seconds of a ``duration`` tag: ``HH:MM``, ``HH:MM:SS``, ``PT15M``, minutes, words; NaN for none or 0.

    >>> parse_clock("00:15"), parse_clock("PT1H30M"), parse_clock("20"), parse_clock("1 h 5 min"), parse_clock("soon")
    (900.0, 5400.0, 1200.0, 3900.0, nan)
    >>> parse_clock("1小时30分"), parse_clock("1h30"), parse_clock("1,5 h"), parse_clock("00:00")
    (5400.0, 5400.0, 5400.0, nan)
    """
    return _seconds(_DECIMAL_COMMA.sub(".", unicodedata.normalize("NFKC", text).strip())) or math.nan


def _seconds(text: str) -> float:
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text) * 60
    if re.fullmatch(r"\d+:\d{1,2}(?::\d{1,2})?", text):
        hours, minutes, *seconds = (float(part) for part in text.split(":"))
        return hours * 3600 + minutes * 60 + sum(seconds)
    for pattern, factors in ((_ISO, (86400, 3600, 60, 1)), (_WORDS, (86400, 3600, 60, 1))):
        match = pattern.fullmatch(text.upper() if pattern is _ISO else text.lower())
        if match and any(match.groups()):
            return sum(float(part) * factor for part, factor in zip(match.groups(), factors, strict=True) if part)
    return math.nan
