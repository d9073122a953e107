"""Names: the official list of townships and communities, and invented names of streets, shops and estates."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

STREET_TAILS = ("路", "街", "东路", "西路", "巷", "支路")
STREET_HEADS = (
    "海城", "云西", "东港", "学府", "星河", "葭北", "白云山", "江畔", "枫林", "凤山", "太和", "岭头", "景明",
    "朝阳", "文华", "港湾", "鸿运",
    "板桥", "海昌", "聚贤", "月湖", "工业", "创业", "纬一", "纬二", "纬三", "经一", "经二", "经三", "建设",
    "青年", "人民", "育才", "府前",
    "和睦", "花园", "桔香", "渔港", "船厂", "盐仓", "永兴", "康宁", "乐业", "海天", "飞跃", "兴业", "迎宾",
    "长安", "中兴", "灵江", "双闸",
    "渡口", "前进", "红旗", "团结", "丰收", "利民", "通海", "望海", "听涛", "石塔", "南苑", "北苑", "东苑",
    "西苑", "锦绣", "银杏", "丹桂",
    "玉兰",
)  # fmt: skip
SHOP_HEADS = (
    "老街口", "阿明", "海之味", "小渔村", "江南", "鑫旺", "好再来", "顺发", "百姓", "惠民", "福满", "金海",
    "星光", "云上", "四季", "天天",
    "一品", "老灶台", "阿婆", "宏达", "佳佳", "美味坊", "永丰", "同乐", "海港", "东方", "宝岛", "万家", "康美",
    "如意", "晨曦", "东海", "乐购",
    "新世纪", "时代", "锦江", "明辉", "春晓", "半岛", "双喜", "聚福", "瑞丰",
)  # fmt: skip
ESTATE_HEADS = (
    "景湖", "翠竹", "东海", "锦绣", "江畔", "星海", "康宁", "桂花", "世纪", "阳光", "海棠", "枫丹", "书香",
    "云锦", "和园", "天悦", "碧桂",
    "明月", "金色", "香樟", "绿洲", "湖畔",
)  # fmt: skip
ESTATE_TAILS = (
    "花园", "家园", "小区", "名苑", "公寓", "新村", "华庭", "佳苑",
)  # fmt: skip


@dataclass(frozen=True)
class Official:
    """One official name: its code and, for a community or village, the township it belongs to."""

    code: str
    name: str
    township: str
    kind: str


def read_official(folder: Path) -> tuple[list[Official], list[Official]]:
    """Return the township-level units and all units below them, in the order of their codes."""
    with open(folder / "jiaojiang_divisions.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    units = [Official(row["code"], row["name"], row["parent_name"], row["kind"]) for row in rows]
    levels = [row["level"] for row in rows]
    return (
        [unit for unit, level in zip(units, levels, strict=True) if level == "township"],
        [unit for unit, level in zip(units, levels, strict=True) if level != "township"],
    )


def read_positions(folder: Path) -> dict[str, tuple[float, float]]:
    """Return longitude and latitude of the places that GeoNames knows, by their Chinese names."""
    with open(folder / "jiaojiang_geonames_points.csv", encoding="utf-8-sig", newline="") as file:
        return {
            name: (float(row["lon"]), float(row["lat"]))
            for row in csv.DictReader(file)
            for name in row["alt_zh"].split("|")
        }


def street_names(rng: np.random.Generator) -> list[str]:
    """Return invented street names, each once, in random order."""
    names = [head + tail for tail in STREET_TAILS for head in STREET_HEADS]
    return [names[i] for i in rng.permutation(len(names))]


def estate_names(rng: np.random.Generator) -> list[str]:
    """Return invented names of housing estates, each once, in random order."""
    names = [head + tail for head in ESTATE_HEADS for tail in ESTATE_TAILS]
    names += [name + "二期" for name in names]
    return [names[i] for i in rng.permutation(len(names))]
