"""Numbers and dates as offices write them: thousands commas, full-width digits, 万 and 亿, percent, four date shapes.

What cannot be read for certain ("约1200", "1000左右", "10-20") is NaN here and refused by name by the readers; it is
never a guess and never a zero.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = [
    "NO_VALUE",
    "decimals",
    "digits_lost",
    "number_text",
    "numbers_under",
    "parse_date",
    "parse_dates",
    "parse_number",
    "parse_numbers",
    "unit_factor",
]

_LONGEST: Final = 100  # characters of a number; what is longer is none, and would only cost time
_NOTHING: Final = "- -- --- — —— – / \\ 无 暂无 空 N/A NA n/a nan NaN null NULL None none … ... * 未知 不详 缺 待定"
NO_VALUE: Final = frozenset({"", "\\", *_NOTHING.split()})
_DIGITS: Final = re.compile(r"-?[1-9][0-9]*")
_FACTORS: Final = {
    "万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000, "千": 1_000, "百": 100, "十": 10,
}  # fmt: skip
_AREAS: Final = {"公顷": 1e4, "ha": 1e4, "hm2": 1e4, "亩": 1e4 / 15, "平方公里": 1e6, "平方千米": 1e6, "km2": 1e6}
_UNITS: Final = "人|人次|户|个|处|家|元|米|平方米|平米|m2|m|km2|㎡|名|辆|间|套|座"
_NUMBER: Final = re.compile(
    rf"(?P<sign>[-+]?)(?:￥|¥)?(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d{{1,4}}(?:,\d{{4}})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)"
    rf"(?P<exponent>[eE][-+]?\d{{1,3}})?(?P<factor>[万萬亿億千百]*)(?P<percent>[%‰]?)(?:{_UNITS})?"
)
_COUNTED: Final = re.compile(r"([十百千万萬亿億]+)(?:人次|人|户|名|个|家|元|平方米|平米|m2|间|套|座)?(?:/[年月日天])?")
_BRACKET: Final = re.compile(r"[(\[【{]([^()\[\]【】{}]*)[)\]】}]")
_UNIT_AT_END: Final = re.compile(
    r"(?:单位[:：为]\s*|[_\-/\s])([十百千万萬亿億][^\s:：]{0,5})$|((?<!\d)[十百千万萬亿億]+(?:人次|人|元|户|平方米|平米|m2)|公顷|亩|km2)$"
)
_POWER: Final = re.compile(r"[×xX*]\s*10\^?([²³⁴⁵⁶⁷⁸]|(?<=\^)[2-8])")
_DATES: Final = (
    re.compile(
        r"(\d{4}) *[-/.年] *(\d{1,2}) *[-/.月] *(\d{1,2}) *[日号]?(?: *[(]?(?:星期|周)[一二三四五六日天][)]?)?"
        r"(?:[T ]*(?:[上下]午)? *\d{1,2}[:时]\d{1,2}.*)?"
    ),
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
    if len(text) > _LONGEST:
        return float("nan")
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
    number = float(-value if match["sign"] == "-" else value)
    return number if math.isfinite(number) else float("nan")


def decimals(cells: list[str]) -> npt.NDArray[np.float64]:
    """Return the plain decimal numbers of text cells, NaN where a cell holds anything else.

    >>> decimals(["1.5", "", "约2", "1_0"])
    array([1.5, nan, nan, nan])
    """
    joined = "".join(cells)
    try:
        if not joined.isascii() or "_" in joined:
            raise ValueError
        values = np.fromiter(map(float, cells), dtype=float, count=len(cells))
    except ValueError:
        values = np.array(pd.to_numeric(np.array(cells, dtype=object), errors="coerce"), dtype=float)
    values[np.isinf(values)] = np.nan
    return values


def parse_numbers(cells: pd.Series[str]) -> pd.Series[float]:
    """Return the numbers of text cells, NaN where a cell is blank or states none; the index is kept."""
    texts = cells.tolist()
    values = decimals(texts)
    known: dict[str, float] = {}
    for at in np.flatnonzero(np.isnan(values)).tolist():
        text = texts[at]
        if text not in known:
            known[text] = parse_number(text)
        values[at] = known[text]
    return pd.Series(values, index=cells.index)


def numbers_under(heading: str, cells: pd.Series[str]) -> pd.Series[float]:
    """Return the amounts of text cells in the unit that their heading states (:func:`unit_factor`).

    A cell that states a factor of its own ("1.2万" under "人口（万人）") is not multiplied a second time. A percentage
    is no amount: "85%" is NaN, not 0.85 people.
    """
    values, factor = parse_numbers(cells), unit_factor(heading)
    values = values.mask(cells.str.contains("[%‰％]", regex=True).to_numpy(dtype=bool))
    if factor == 1:
        return values
    own = cells.str.contains("[万萬亿億千百]", regex=True).to_numpy(dtype=bool)
    return values.where(own, values * factor)


def number_text(value: float, written: str = "") -> str:
    """Return a number of a spreadsheet as text with all its digits: whole numbers without a decimal point.

    ``written`` is how the file writes it; a whole number keeps the digits that a float cannot hold.

    >>> number_text(420106.0), number_text(30.5999903), number_text(1.2345678901234568e18, "1234567890123456789")
    ('420106', '30.5999903', '1234567890123456789')
    """
    if abs(value) >= 2**53 and _DIGITS.fullmatch(written):
        return written
    return str(int(value)) if value.is_integer() and abs(value) < 1e22 else repr(value)


def digits_lost(value: float, written: str = "") -> bool:
    """Return whether a whole number of a spreadsheet has more than 15 digits, of which the file rounds the last ones.

    >>> digits_lost(1.2345678901234568e18, "1.234567890123457E+18"), digits_lost(1.23e18, "1234567890123456789")
    (True, False)
    """
    exact = _DIGITS.fullmatch(written) and len(written.lstrip("-").rstrip("0")) > 15
    return value.is_integer() and abs(value) >= 1e15 and not exact


def unit_factor(heading: str) -> float:
    """Return by what the numbers under a heading are to be multiplied: 10,000 for "人口（万人）".

    >>> unit_factor("人口（万人）"), unit_factor("面积(公顷)"), unit_factor("人口"), unit_factor("投资 单位：百万元")
    (10000.0, 10000.0, 1.0, 1000000.0)
    """
    power = _POWER.search(heading)
    if power:
        return float(10 ** int(unicodedata.normalize("NFKC", power[1])))
    plain = unicodedata.normalize("NFKC", heading).strip()
    stated = [part for bracket in _BRACKET.findall(plain) for part in re.split(r"[\s,;、:]+", bracket)]
    stated += [unit for pair in _UNIT_AT_END.findall(plain) for unit in pair if unit]
    return next((factor for unit in stated if (factor := _factor(unit)) != 1), 1.0)


def _factor(unit: str) -> float:
    """Return the factor of a unit, 1 for one that states none."""
    if unit in _AREAS:
        return _AREAS[unit]
    match = _COUNTED.fullmatch(unit)
    return float(math.prod(_FACTORS[one] for one in match[1])) if match else 1.0


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
