"""Degrees, minutes and seconds in three columns, as survey forms have them, joined to one coordinate."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

import pandas as pd

from planner.inputs.report import Report

__all__ = ["join_split_angles"]

_AXES: Final = {
    "longitude": ("经度", "經度", "东经", "東經", "longitude", "lon", "lng", "long", "jd"),
    "latitude": ("纬度", "緯度", "北纬", "北緯", "latitude", "lat", "wd"),
}
_PARTS: Final = {
    "°": ("度", "d", "deg", "degree", "degrees"),
    "′": ("分", "m", "min", "minute", "minutes"),
    "″": ("秒", "s", "sec", "second", "seconds"),
}
_NAMES: Final = {
    word + part: (axis, mark)
    for axis, words in _AXES.items() for word in words
    for mark, parts in _PARTS.items() for part in parts
}  # fmt: skip


def join_split_angles(
    table: pd.DataFrame, given: Mapping[str, str], report: Report
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the table with a column per coordinate that is split over several, and ``given`` with their headings.

    "经度(度)", "经度_分", "经度_秒" become "经度(度)+经度_分+经度_秒" with cells like "121°25′48″". A coordinate with a
    heading in ``given``, or without a column of minutes, is left alone.
    """
    found: dict[str, dict[str, str]] = {axis: {} for axis in _AXES}
    for heading in map(str, table.columns):
        plain = re.sub(r"[\s_.\-()\[\]]+", "", unicodedata.normalize("NFKC", heading).lower())
        axis, mark = _NAMES.get(plain, ("", ""))
        if axis:
            found[axis].setdefault(mark, heading)
    given = dict(given)
    for axis, parts in found.items():
        if axis in given or not {"°", "′"} <= parts.keys():
            continue
        columns = {mark: table[parts[mark]].tolist() for mark in _PARTS if mark in parts}
        name = "+".join(parts[mark] for mark in columns)
        cells = [
            "".join(cell + mark for mark, cell in zip(columns, row, strict=True) if cell)
            for row in zip(*columns.values(), strict=True)
        ]
        table = table.assign(**{name: pd.Series(cells, index=table.index, dtype="str")})
        given[axis] = name
        report.add("assumed", f"the columns {', '.join(parts.values())} are degrees, minutes and seconds of one {axis}")
    return table, given
