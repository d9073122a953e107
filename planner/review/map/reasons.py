"""Why a place was refused and why a lounge is not linked, in both languages of the page.

The tables say it in English; the page carries each distinct reason once, in English and in Chinese. What is not known
here (a reason of somebody's own file) stays as it is, as a name does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

__all__ = ["in_chinese", "reason_columns"]

_MODES: Final[Mapping[str, str]] = {
    "foot": "行人",
    "bicycle": "自行车",
    "ebike": "电动自行车",
    "car": "汽车",
    "truck": "货车",
}

_SENTENCES: Final = tuple(
    (re.compile(pattern, re.DOTALL), chinese)
    for pattern, chinese in (
        (r"in no centre", "不在任何中心内"),
        (r"outside the study area", "在规划范围之外"),
        (r"inside the exclusion (.+)", r"位于禁建范围“\1”内"),
        (r"the centre has (\d+) better candidates", r"同一中心有 \1 个更合适的候选点"),
        (r"the same place as (.+), ([\d.,e+]+) m away", r"与 \1 为同一地点，相距 \2 米"),
        (r"floor area (\S+) m² is less than (\S+) m²", r"建筑面积 \1 平方米，少于 \2 平方米"),
        (r"no street front", "不临街"),
        (r"not open round the clock", "不能全天开放"),
        (r"costs ([\d,]+), more than ([\d,]+)", r"费用 \1，高于 \2"),
        (r"(\S+) (m|km) from the nearest street open to (\w+) \(limit (\S+) (m|km)\)", _MODES),
        (r"no street open to (\w+) \(limit (\S+) (m|km)\)", _MODES),
        (r"existing station", "现有驿站"),
        (r"required by the scenario", "方案设定为必建"),
        (r"excluded by the scenario", "方案设定为不建"),
        (r"no candidate site within (\S+) min", r"\1 分钟内没有候选点"),
        (r"no chosen station within (\S+) min", r"\1 分钟内没有入选的驿站"),
        (r"costs ([\d,]+) yuan", r"代价 \1 元"),
    )
)


def in_chinese(reasons: str) -> str:
    """Return reasons, which "; " sets apart, in Chinese.

    >>> in_chinese("in no centre; 129 m from the nearest street open to truck (limit 80 m)")
    '不在任何中心内；距最近的货车可行道路 129 米（限 80 米）'
    """
    return "；".join(_sentence(each) for each in reasons.split("; "))


def _sentence(reason: str) -> str:
    for pattern, chinese in _SENTENCES:
        found = pattern.fullmatch(reason)
        if found and isinstance(chinese, str):
            return found.expand(chinese)
        if found:
            return _far(*found.groups())
    return reason


def _far(*said: str) -> str:
    """Return how far a street is: [metres, unit,] mode, limit, unit."""
    *distance, mode, limit, unit = said
    street = f"{_MODES.get(mode, mode)}可行道路"
    allowed = f"（限 {limit} {_unit(unit)}）"
    return f"距最近的{street} {distance[0]} {_unit(distance[1])}{allowed}" if distance else f"附近没有{street}{allowed}"


def _unit(unit: str) -> str:
    return {"m": "米", "km": "公里"}[unit]


def reason_columns(reasons: Iterable[Any]) -> dict[str, Any]:
    """Return ``reason``, the position of each row's reason, and ``reason_texts``, each distinct one as {zh, en}.

    >>> reason_columns(["in no centre", "", "in no centre"])["reason"]
    [0, 1, 0]
    """
    values = pd.Series(list(reasons), dtype=object).fillna("").astype(str)
    code, known = pd.factorize(values)
    return {"reason": code.tolist(), "reason_texts": [{"zh": in_chinese(each), "en": each} for each in known]}
