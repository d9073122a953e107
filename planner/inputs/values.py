"""Numbers and dates as offices write them: thousands commas, full-width digits, 万 and 亿, percent, four date shapes.

What cannot be read for certain ("约1200", "1000左右", "10-20") is NaN here and refused by name by the readers; it is
never a guess and never a zero.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Final

import numpy as np
import pandas as pd

__all__ = ["NO_VALUE", "parse_date", "parse_dates", "parse_number", "parse_numbers", "unit_factor"]

NO_VALUE: Final = frozenset(
    "- -- --- — —— – / \\ 无 暂无 空 N/A NA n/a nan NaN null NULL None none #N/A … ... * 未知 不详 缺 待定".split()
) | {""}
_FACTORS: Final = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000, "千": 1_000, "百": 100}
_UNITS: Final = "人|人次|户|个|处|家|元|米|平方米|平米|m2|m|km2|㎡|名|辆|间|套|座"
_NUMBER: Final = re.compile(
    rf"(?P<sign>[-+]?)(?:￥|¥)?(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d{{1,4}}(?:,\d{{4}})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)"
    rf"(?P<exponent>[eE][-+]?\d{{1,3}})?(?P<factor>[万萬亿億千百]*)(?P<percent>[%‰]?)(?:{_UNITS})?"
)
_DATES: Final = (
    re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]\d{1,2}[:时]\d{1,2}.*)?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_EPOCH: Final = datetime.date(1899, 12, 30)  # day 0 of spreadsheet dates


def parse_number(text: str) -> float:
    """Return the number that a text states, or NaN.

    >>> parse_number("1,200"), parse_number("１２００"), parse_number("0.12万"), parse_number("85%")
    (1200.0, 1200.0, 1200.0, 0.85)
    >>> parse_number("约1200")
    nan
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).replace("−", "-").replace("，", ",")
    negative = re.fullmatch(r"\((\d[\d,.]*)\)", plain)
    if negative:
        plain = "-" + negative.group(1)
    match = _NUMBER.fullmatch(plain)
    if match is None:
        return float("nan")
    try:
        value = Decimal(match["digits"].replace(",", "") + (match["exponent"] or ""))
    except InvalidOperation:
        return float("nan")
    for factor in match["factor"]:
        value *= _FACTORS[factor]
    value /= {"": 1, "%": 100, "‰": 1000}[match["percent"]]
    return float(-value if match["sign"] == "-" else value)


def parse_numbers(cells: pd.Series[str]) -> pd.Series[float]:
    """Return the numbers of text cells, NaN where a cell is blank or states none; the index is kept."""
    values = pd.to_numeric(cells, errors="coerce").astype(float).to_numpy(copy=True)
    values[np.isinf(values)] = np.nan
    odd = np.flatnonzero(np.isnan(values) & cells.ne("").to_numpy(dtype=bool))
    if len(odd):
        known = {text: parse_number(text) for text in cells.iloc[odd].unique()}
        values[odd] = [known[text] for text in cells.iloc[odd]]
    return pd.Series(values, index=cells.index)


def unit_factor(heading: str) -> float:
    """Return by what the numbers under a heading are to be multiplied: 10,000 for "人口（万人）".

    >>> unit_factor("人口（万人）"), unit_factor("面积(公顷)"), unit_factor("人口")
    (10000.0, 10000.0, 1.0)
    """
    match = re.search(r"[\(（\[【](.*?)[\)）\]】]\s*$", heading)
    unit = unicodedata.normalize("NFKC", match.group(1)).strip() if match else ""
    if unit in ("公顷", "ha", "hm2"):
        return 1e4
    if unit == "亩":
        return 1e4 / 15
    if unit in ("平方公里", "平方千米", "km2"):
        return 1e6
    factor = 1.0
    for char in unit[:1]:
        factor *= _FACTORS.get(char, 1) if char != "千" or not unit.startswith(("千米", "千克")) else 1
    return factor


def parse_date(text: str) -> str | None:
    """Return a date as ISO text, or None: "2024-03-01", "2024/3/1", "2024年3月1日", "20240301" and spreadsheet days.

    >>> parse_date("2024年3月1日"), parse_date("20240301"), parse_date("45352"), parse_date("三月")
    ('2024-03-01', '2024-03-01', '2024-03-01', None)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for shape in _DATES:
        match = shape.fullmatch(plain)
        if match:
            try:
                return datetime.date(*(int(part) for part in match.groups())).isoformat()
            except ValueError:
                return None
    if re.fullmatch(r"\d{5}(\.\d+)?", plain) and 20_000 <= float(plain) <= 80_000:
        return (_EPOCH + datetime.timedelta(days=int(float(plain)))).isoformat()
    return None


def parse_dates(cells: pd.Series[str]) -> pd.Series[str]:
    """Return the dates of text cells in ISO form, blank where there is none; the index is kept."""
    known = {text: parse_date(text) or "" for text in cells.unique()}
    return cells.map(known).astype("str")
