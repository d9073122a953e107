"""Steep land: of polygons that each state a slope, only those steeper than a limit shut stations out.

A grade (坡度等级 5, 5级) is no slope: standards draw their grades at other limits; its row is refused.
A slope is in degrees unless its heading or its cell says per cent (rise over run: 100 % are 45°). A class such as
"15-25" counts with its upper end, "＞25" as steeper than any limit up to 25 and "≤6" as 6.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping

import geopandas as gpd
import numpy as np

from planner.errors import Fault, InputError
from planner.inputs.report import Report

__all__ = ["only_steep", "slope_degrees"]

_HEADING = re.compile(r"坡度|坡比|slope|gradient|podu", re.IGNORECASE)
_GRADES = re.compile(r"等级|级别|分级|grade|class|pdjb", re.IGNORECASE)
_GRADE = re.compile(r"[0-9]{1,2}\s*级|[0-9]")
_PERCENT = re.compile(r"%|百分|pct|percent", re.IGNORECASE)
_CELL = re.compile(
    r"(?P<sign>[<>≤≥]=?)?(?P<low>\d+(?:\.\d+)?)(?:[^\d.]*?[-~–—至到][^\d.]*?(?P<high>\d+(?:\.\d+)?))?[^\d]*"
)


def only_steep(layer: gpd.GeoDataFrame, limit: float, columns: Mapping[str, str], report: Report) -> gpd.GeoDataFrame:
    """Return the rows whose slope is more than ``limit`` degrees; ``columns`` may name the column ``slope``.

    Rows without a readable slope shut nothing out and are refused by id. Raises
    :class:`planner.errors.InputError` where no column, or more than one, holds slopes.
    """
    headings = [str(name) for name in layer.columns if name != layer.geometry.name]
    named = columns.get("slope")
    found = [named] if named in headings else [name for name in headings if _HEADING.search(name)]
    if len(found) != 1:
        what = "no column holds slopes" if not found else f"several columns may hold slopes: {', '.join(found)}"
        repair = f'There are: {", ".join(headings)}. Say which: columns = {{ slope = "…" }}.'
        raise InputError(Fault(what, file=report.source, repair=repair))
    percent = bool(_PERCENT.search(unicodedata.normalize("NFKC", found[0])))
    graded = bool(_GRADES.search(found[0]))
    slopes = np.array([slope_degrees(cell, percent=percent, graded=graded) for cell in layer[found[0]]], dtype=float)
    for place, cell in layer.loc[np.isnan(slopes), found[0]].items():
        what = f"the slope {str(cell)[:40]!r} cannot be read; this place shuts nothing out"
        report.add("refused", what, id=str(place), column=found[0], repair="Write degrees or per cent.")
    steep = slopes > limit
    report.facts["steeper than the limit"] = f"{int(steep.sum())} / {len(layer)} (> {limit:.4g}°)"
    return layer[steep]


def slope_degrees(cell: object, *, percent: bool = False, graded: bool = False) -> float:
    """Return a slope in degrees, NaN where the cell holds none; of a class its upper end, without one infinity.

    ``graded``: the heading speaks of grades, so that a single digit is one.

    >>> [slope_degrees(cell) for cell in ("25°", "100%", "15～25", "＞25°", "缓", "5级")]
    [25.0, 45.0, 25.0, inf, nan, nan]
    """
    text = unicodedata.normalize("NFKC", str(cell)).replace("大于", ">").replace("小于", "<").replace(" ", "")
    match = _CELL.fullmatch(text)
    grade = _GRADE.fullmatch(text.removesuffix(".0"))
    if match is None or (grade and (graded or "级" in text)):
        return math.nan
    if (match["sign"] or "").startswith((">", "≥")) or (match["high"] is None and "以上" in text):
        return math.inf
    value = float(match["high"] or match["low"])
    if percent or _PERCENT.search(text):
        value = math.degrees(math.atan(value / 100.0))
    return value if value <= 90 else math.nan
