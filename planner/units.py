"""Durations, lengths and areas as people write them ("15min", "1.2km", "12m2"), to SI numbers.

A bare number is refused, because 5 may be minutes, metres or kilometres, and the difference is a wrong plan.
"""

from __future__ import annotations

import math
import operator
import re
import unicodedata
from collections.abc import Mapping

from planner.errors import ScenarioError

__all__ = [
    "TOLERANCE",
    "check_jobs",
    "format_duration",
    "format_length",
    "parse_area",
    "parse_bytes",
    "parse_duration",
    "parse_impedance",
    "parse_length",
    "parse_slope",
    "tolerance",
]

TOLERANCE = 1e-3
"""A limit holds when impedance ≤ limit + 1 ms (or 1 mm): float noise must not decide who counts as covered."""

_TOLERATED = 1e-5

_DURATIONS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒", "秒钟"), 1.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "分钟", "分"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "小时", "个小时"), 3600.0),
}
_LENGTHS = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters", "米", "公尺"), 1.0),
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers", "公里", "千米"), 1000.0),
}
_AREAS = {
    "m2": 1.0,
    "m²": 1.0,
    "㎡": 1.0,
    "平方米": 1.0,
    "ha": 1e4,
    "公顷": 1e4,
    "km2": 1e6,
    "km²": 1e6,
    "亩": 1e4 / 15,
}
_SLOPES = {"deg": 1.0, "°": 1.0, "度": 1.0}
_BYTES = {
    "kB": 1e3,
    "KB": 1e3,
    "MB": 1e6,
    "GB": 1e9,
    "TB": 1e12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_QUANTITY = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(\S+?)\s*")


def parse_duration(text: object, *, name: str = "duration") -> float:
    """Return seconds.

    >>> parse_duration("15min"), parse_duration("1.5 h"), parse_duration("90秒")
    (900.0, 5400.0, 90.0)
    """
    return _parse(text, _DURATIONS, name, "a duration", '"15min"')


def parse_length(text: object, *, name: str = "length") -> float:
    """Return metres.

    >>> parse_length("1.2km"), parse_length("1,500 m"), parse_length("５公里"), parse_length("5KM")
    (1200.0, 1500.0, 5000.0, 5000.0)
    """
    return _parse(text, _LENGTHS, name, "a length", '"1.2km" or "500m"')


def parse_area(text: object, *, name: str = "area") -> float:
    """Return square metres.

    >>> parse_area("12m2"), parse_area("3公顷")
    (12.0, 30000.0)
    """
    return _parse(text, _AREAS, name, "an area", '"12m2"')


def parse_bytes(text: object, *, name: str = "memory") -> float:
    """Return an amount of memory in bytes.

    >>> parse_bytes("2GB"), parse_bytes("512 MiB")
    (2000000000.0, 536870912.0)
    """
    return _parse(text, _BYTES, name, "an amount of memory", '"2GB"')


def parse_impedance(text: object, *, name: str = "cutoff") -> tuple[float, str]:
    """Return a travel limit and its SI unit: a duration in ``"s"`` or a length in ``"m"``.

    >>> parse_impedance("15min"), parse_impedance("1.2km")
    ((900.0, 's'), (1200.0, 'm'))
    """
    if _quantity(text)[1] in _LENGTHS:
        return parse_length(text, name=name), "m"
    return _parse(text, _DURATIONS, name, "a duration or a length", '"15min" or "1.2km"'), "s"


def parse_slope(text: object, *, name: str = "slope") -> float:
    """Return degrees; per cent is rise over run.

    >>> parse_slope("25deg"), parse_slope("100%")
    (25.0, 45.0)
    """
    if isinstance(text, str) and text.strip().endswith("%"):
        percent = _parse(text, {"%": 1.0}, name, "a slope", '"25deg" or "46%"')
        return math.degrees(math.atan(percent / 100.0))
    return _parse(text, _SLOPES, name, "a slope", '"25deg" or "46%"')


def format_duration(seconds: float) -> str:
    """Return seconds as minutes for people: ``"12.5 min"``."""
    return f"{seconds / 60:.4g} min"


def format_length(metres: float) -> str:
    """Return metres as people read them: ``"850 m"`` or ``"2.4 km"``."""
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.4g} km"


def _parse(text: object, units: dict[str, float], name: str, kind: str, example: str) -> float:
    number, unit = _quantity(text, units)
    if unit not in units:
        why = (
            "has no unit" if isinstance(text, int | float) or str(text).strip().replace(".", "").isdigit() else "is not"
        )
        sentence = f"{name} = {text!r} {why}" + ("" if why == "has no unit" else f" {kind}")
        raise ScenarioError(f"{sentence}. Write {kind} with its unit, for example {example}.")
    value = float(number) * units[unit]
    if not math.isfinite(value) or value < 0:
        raise ScenarioError(f"{name} = {text!r} must be a finite number, zero or more.")
    return value


def tolerance(limit: float) -> float:
    """Return how far beyond a limit in an unknown unit still is within it: 1 mm (1 ms), of small limits less.

    0.1 may be kilometres, or a part of a unit square, where a thousandth is no rounding: a hundred-thousandth then.

    >>> tolerance(500.0), tolerance(1.0)
    (0.001, 1e-05)
    """
    return min(TOLERANCE, _TOLERATED * limit)


def _quantity(text: object, units: Mapping[str, float] = _LENGTHS) -> tuple[str, str]:
    """Return number and unit of a text, in narrow characters; KM is km, but M alone is nothing: metres or minutes."""
    if not isinstance(text, str):
        return "", ""
    plain = text if text.strip().isascii() else unicodedata.normalize("NFKC", text)
    match = _QUANTITY.fullmatch(_THOUSANDS.sub("", plain))
    if match is None:
        return "", ""
    number, unit = match.groups()
    return number, unit if unit in units or len(unit) == 1 else unit.lower()


def check_jobs(jobs: int | None) -> int | None:
    """Return a number of workers as it is (None: as joblib is configured; -1: one per core).

    Raises :class:`planner.errors.ScenarioError` for what is no whole number, and for 0.

    >>> check_jobs(2)
    2
    """
    try:
        known = jobs is None or (not isinstance(jobs, bool) and operator.index(jobs) != 0)
    except TypeError:
        known = False
    if not known:
        raise ScenarioError(f"jobs = {jobs!r} is not a number of workers. Write a whole number, for example 2.")
    return jobs
