"""Signed limits of weight, height and width in the shapes in which they are really written."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final

__all__ = ["parse_measure"]

_UNITS: Final = {
    "": 1.0,
    **dict.fromkeys(("t", "ton", "tons", "tonne", "tonnes", "mt", "吨"), 1.0),
    **dict.fromkeys(("kg", "kgs", "千克", "公斤"), 0.001),
    "st": 0.90718474,
    **dict.fromkeys(("lb", "lbs"), 0.00045359237),
    **dict.fromkeys(("long ton", "long tons"), 1.0160469088),
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters", "米"), 1.0),
    **dict.fromkeys(("cm", "厘米"), 0.01),
    **dict.fromkeys(("mm", "毫米"), 0.001),
    **dict.fromkeys(("ft", "feet", "foot", "'"), 0.3048),
    **dict.fromkeys(("in", "inch", "inches", '"'), 0.0254),
}
_NUMBER: Final = re.compile(r"[~<≤]?=?\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z吨千克公斤厘毫米'\" ]*)\.?")
_METRES: Final = re.compile(r"([0-9])\s*(?:m|米)\s*([0-9]{1,2})")  # 3m50, 3米5
_FEET: Final = re.compile(r"(\d+)\s*(?:'|ft|feet)\s*(\d+(?:\.\d+)?)\s*(?:\"|''|in|inch|inches)?")
_QUOTES: Final = str.maketrans({"’": "'", "′": "'", "‘": "'", "”": '"', "″": '"', "“": '"'})


def parse_measure(text: str) -> float:
    """Return tonnes or metres; infinite when the value states none (``default``, ``none``, ``unsigned``, words).

    Of several values the lowest counts. A decimal comma is read as a point; 0 states no limit.

    >>> parse_measure("3.5 t"), parse_measure("3500 kg"), parse_measure("2.5"), parse_measure("none")
    (3.5, 3.5, 2.5, inf)
    >>> round(parse_measure("7'6"), 4), round(parse_measure("13 ft 6 in"), 4), parse_measure("4.2;3.8")
    (2.286, 4.1148, 3.8)
    """
    plain = unicodedata.normalize("NFKC", text.translate(_QUOTES)).strip().lower()
    return min((_one(part.strip()) for part in re.split(r"[;|/]", plain)), default=math.inf)


def _one(text: str) -> float:
    feet = _FEET.fullmatch(text)
    if feet:
        return int(feet.group(1)) * 0.3048 + float(feet.group(2)) * 0.0254
    metres = _METRES.fullmatch(text)
    if metres:
        return float(".".join(metres.groups()))
    match = _NUMBER.fullmatch(text.replace(",", "."))
    if match is None or match.group(2).strip() not in _UNITS:
        return math.inf
    return float(match.group(1)) * _UNITS[match.group(2).strip()] or math.inf  # a sign of 0 forbids nothing
