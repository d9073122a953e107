"""Coordinates as people write them: decimal degrees, degrees–minutes–seconds in Chinese and Western notations, metres.

A cell gives an angle in degrees (or metres), and, where it says so, which of the two coordinates it is.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from planner.inputs.tables.values import NO_VALUE, decimals

__all__ = ["Angle", "parse_angle", "parse_angles", "split_pair"]

_LONGEST: Final = 100  # characters of a coordinate; what is longer is none, and would only cost time
_AXES: Final = {"E": ("lon", 1), "W": ("lon", -1), "N": ("lat", 1), "S": ("lat", -1)}
_WORDS: Final = {"东经": "E", "西经": "W", "北纬": "N", "南纬": "S", "東經": "E", "西經": "W", "北緯": "N", "南緯": "S",
    "经度": "E", "纬度": "N", "东": "E", "西": "W", "北": "N", "南": "S"}  # fmt: skip
_SEXAGESIMAL: Final = re.compile(
    r"(?P<sign>-?)(?P<d>\d{1,3}(?:\.\d+)?)\s*[°d:度\s]\s*"
    r"(?:(?P<m>\d{1,2}(?:\.\d+)?)\s*(?:['m:分\s]|$)\s*)?(?:(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:\"|''|s|秒|$)\s*)?"
)
_DECIMAL: Final = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:e[-+]?\d+)?")
_HYPHENS: Final = re.compile(r"(\d{1,3})-(\d{1,2})-(\d{1,2}(?:\.\d+)?)")  # 121-25-48
_LONGITUDES: Final = ("lng", "lon", "long", "longitude", "经度")
_LATITUDES: Final = ("lat", "latitude", "纬度")
_THOUSANDS: Final = re.compile(r"[-+]?\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|[-+]?\d{1,3}(?:,\d{3})+\.\d+")
_MARKS: Final = str.maketrans({
    "′": "'", "’": "'", "‘": "'", "`": "'", "＇": "'", "″": '"', "”": '"', "“": '"', "＂": '"', "˚": "°", "º": "°",
    "∘": "°", "⁰": "°", "゜": "°", "ˊ": "'", "´": "'", "〞": '"', "〃": '"', "¨": '"',
    "−": "-", "–": "-", "。": ".", "，": ",", "：": ":",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Angle:
    """A value, and the axis that its text names ("lon", "lat" or "")."""

    value: float
    axis: str = ""


def parse_angle(text: str) -> Angle | None:
    """Return the coordinate that a text states, or None.

    >>> parse_angle("东经114度18分15.015秒")
    Angle(value=114.30417083333333, axis='lon')
    >>> parse_angle("30°36′0.000″N").value, parse_angle("１１４．３").value, parse_angle("114 18 00").value
    (30.6, 114.3, 114.3)
    """
    if len(text) > _LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS).strip()
    axis, sign = "", 1
    for word, letter in _WORDS.items():
        if plain.startswith(word) or plain.endswith(word):
            axis, sign = _AXES[letter]
            plain = plain.replace(word, "", 1).strip(" :")
            break
    else:
        match = re.fullmatch(
            r"(?P<name>(?:longitude|latitude|long|lng|lon|lat)\s*[.:=]\s*)?([EWNS])?\s*:?\s*(.*?)\s*([EWNS])?",
            plain,
            re.IGNORECASE,
        )
        seconds = re.search(r"\dm[\d.]+s$", plain)
        if match and (letter := (match[2] or match[4] or "").upper()) and not (match[2] and match[4]) and not seconds:
            axis, sign = _AXES[letter]
            plain = match[3]
        elif match and match["name"]:
            axis, plain = "lat" if match["name"].lower().startswith("lat") else "lon", match[3]
    value = _decimal(plain)
    if value is None:
        value = _sexagesimal(plain)
    if value is None or (value < 0 and sign < 0):
        return None
    return Angle(value * sign, axis)


def _decimal(plain: str) -> float | None:
    plain = plain.rstrip("°度 ").strip()
    if _THOUSANDS.fullmatch(plain):
        return float(plain.replace(",", ""))
    return float(plain.replace(",", ".")) if _DECIMAL.fullmatch(plain.lower()) else None


def _sexagesimal(plain: str) -> float | None:
    match = _SEXAGESIMAL.fullmatch(_HYPHENS.sub(r"\1:\2:\3", plain) if _HYPHENS.fullmatch(plain) else plain)
    if match is None or match["m"] is None:
        return None
    degrees, minutes, seconds = float(match["d"]), float(match["m"]), float(match["s"] or 0)
    if minutes >= 60 or seconds >= 60 or "." in match["d"] or ("." in match["m"] and match["s"]):
        return None
    return (-1 if match["sign"] else 1) * (degrees + minutes / 60 + seconds / 3600)


def parse_angles(cells: list[str]) -> tuple[npt.NDArray[np.float64], dict[int, str], npt.NDArray[np.bool_]]:
    """Return the values of cells (NaN where there is none), the axes that some name, and which use another notation.

    >>> parse_angles(["114.3", "东经114°18′", ""])
    (array([114.3, 114.3,   nan]), {1: 'lon'}, array([False,  True, False]))
    """
    values = decimals(cells)
    axes: dict[int, str] = {}
    other = np.zeros(len(cells), dtype=bool)
    for position in np.flatnonzero(np.isnan(values)):
        at = int(position)
        angle = None if cells[at] in NO_VALUE else parse_angle(cells[at])
        if angle is not None:
            values[at], other[at] = angle.value, True
            if angle.axis:
                axes[at] = angle.axis
    return values, axes, other


def split_pair(text: str) -> tuple[str, str]:
    """Return the two coordinates of a cell that holds both, or blanks.

    >>> split_pair("114.3,30.6"), split_pair("POINT (114.3 30.6)"), split_pair("东经114.3°，北纬30.6°")
    (('114.3', '30.6'), ('114.3', '30.6'), ('东经114.3°', '北纬30.6°'))
    """
    if len(text) > 3 * _LONGEST:
        return "", ""
    if text.lstrip().startswith("{"):
        return _object_pair(text)
    plain = re.sub(r"(?i)^(?:geo:|(?:srid=\d+;)?\s*point\s*z?)", "", text.strip()).strip(" ()（）[]【】")
    for separator in (r"\s*[,，;；|/、]\s*", r"(?<=[EWNSewns秒\"″])\s*(?=\S)", r"\s+"):
        parts = [part for part in re.split(separator, plain) if part]
        if len(parts) == 2 or (len(parts) == 3 and parse_angle(parts[2]) and "." in parts[0]):
            return parts[0], parts[1]
    return "", ""


def _object_pair(text: str) -> tuple[str, str]:
    """Return the pair of a JSON object as services give it: {"lng": 121.4, "lat": 28.6} or a GeoJSON point."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return "", ""
    place = {str(name).lower(): part for name, part in value.items()}
    point = place.get("coordinates")
    if isinstance(point, list) and len(point) > 1:
        return str(point[0]), str(point[1])
    first, second = (next((place[word] for word in words if word in place), "") for words in (_LONGITUDES, _LATITUDES))
    return str(first), str(second)
