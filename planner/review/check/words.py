"""The words of the check report, Chinese first."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from planner.errors import Fault

__all__ = ["FACTS", "KINDS", "ROLES", "STAGES", "VERDICTS", "fact", "in_chinese", "told"]

VERDICTS: Mapping[str, tuple[str, str]] = {
    "ok": ("数据齐全，可以用于规划", "The data are complete and fit for planning."),
    "warning": ("可以用于规划，请先看下面的提醒", "Fit for planning; please read the warnings first."),
    "stop": ("还不能用于规划，请先处理下面的问题", "Not yet fit for planning; please settle the points below first."),
}
ROLES: Mapping[str, str] = {
    "roads": "道路",
    "boundary": "规划范围",
    "areas": "街道、社区范围",
    "workers": "人数统计",
    "demand": "需求点",
    "population": "人口分布",
    "pois": "兴趣点",
    "buildings": "建筑",
    "centres": "园区与商务中心",
    "rooms": "可用场所",
    "parcels": "可用地块",
    "lounges": "现有会客厅",
    "stations": "现有驿站",
    "exclusions": "禁建范围",
}
STAGES: Mapping[str, str] = {
    "rule pack": "规则包",
    "demand": "需求计算",
    "centres": "中心识别",
    "candidates": "候选点筛选",
}
KINDS: Mapping[str, str] = {
    "unusable": "不能使用 unusable",
    "refused": "拒收 refused",
    "warning": "提醒 warning",
    "repaired": "已修正 repaired",
    "assumed": "推断 assumed",
    "skipped": "跳过 skipped",
}
FACTS: Mapping[str, str] = {
    "rows_read": "读到行数",
    "rows_kept": "采用行数",
    "encoding": "文字编码",
    "encoding evidence": "编码依据",
    "delimiter": "分隔符",
    "coordinate system": "坐标系",
    "coordinate system evidence": "坐标系依据",
    "datum": "坐标基准",
    "datum test": "坐标检验",
    "columns": "识别的列",
    "sheet": "工作表",
    "layer": "图层",
    "licence": "来源与许可",
    "date": "数据日期",
    "usable": "能否使用",
    "repaired": "已修正行数",
    "assumed": "推断条数",
    "skipped": "跳过行数",
    "refused": "拒收行数",
    "warning": "提醒条数",
    "ways": "道路条数",
    "edges": "路段数",
    "nodes": "路口数",
    "kilometres": "道路里程（公里）",
    "restrictions": "转弯限制",
    "barriers": "路障与大门",
    "outside the study area": "范围外的点",
}


def fact(value: object) -> str:
    """Return a fact as people read it: grouped digits, no needless decimals.

    >>> fact(12980), fact(1420.0), fact("GBK")
    ('12,980', '1,420', 'GBK')
    """
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return f"{value:,.10g}" if value == int(value) else f"{value:,.1f}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {one}" for name, one in value.items())
    return str(value)


def in_chinese(text: str, names: Mapping[str, str] | None = None) -> str:
    """Return a sentence of the readers in Chinese where ``web/check_zh.json`` has it, else as it is.

    ``names`` puts the names of groups in place of their ids in front of the sentence.

    >>> in_chinese("riders: 3 rows count this area; added up", {"riders": "骑手"})
    '骑手：同一片区有 3 行，已相加'
    """
    head, colon, rest = text.partition(": ")
    if colon and names and head in names:
        text = f"{names[head]}: {rest}"
    for pattern, chinese in _sentences():
        found = pattern.fullmatch(text)
        if found:
            return found.expand(chinese).replace("(blank)", "（空）")
    return text


def told(fault: Fault) -> str:
    """Return a fault in one Chinese sentence: where, what, what to do."""
    place = [
        STAGES.get(fault.file, fault.file),
        f"工作表 {fault.sheet}" if fault.sheet else "",
        f"编号 {fault.id}" if fault.id else "",
    ]
    place += [f"第 {fault.row} 行" if fault.row is not None else "", f"{fault.column} 列" if fault.column else ""]
    where = "，".join(part for part in place if part)
    repair = f"。{in_chinese(fault.repair)}" if fault.repair else ""
    what = in_chinese(fault.what)
    return f"{where}：{what}{repair}" if where else f"{what}{repair}"


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = resources.files("planner").joinpath("review", "web", "check_zh.json").read_text(encoding="utf-8")
    return tuple((re.compile(pattern, re.DOTALL), chinese) for pattern, chinese in json.loads(text))
