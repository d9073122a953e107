"""Which area each row of counts names: by its code or its name, never by a running number against its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import geopandas as gpd
import pandas as pd

from planner.inputs.report import Report
from planner.scenario import Group

__all__ = ["areas_named"]

_COMMUNITY: Final = ("社区居民委员会", "社区居委会", "居民委员会", "村民委员会", "居委会", "村委会", "社区", "村")
_SUBDISTRICT: Final = ("街道办事处", "镇人民政府", "乡人民政府", "街道办", "街道", "镇", "乡")
_LEVELS: Final = {**dict.fromkeys(_COMMUNITY, "社区"), **dict.fromkeys(_SUBDISTRICT, "街道")}
_RUNNING: Final = 5  # digits of a number that may be a running one; division codes have 6, 9 or 12
_Try = tuple["pd.Series[str]", dict[str, str]]


def areas_named(workers: pd.DataFrame, areas: gpd.GeoDataFrame, group: Group, report: Report) -> pd.Series[str]:
    """Return the area id of each row, blank for none: by code, by subdistrict and name, by name, by another form of it.

    A name in another form has the same level (社区 and 居委会, 街道 and 镇) or states none: 东湖街道 is never
    东湖社区, nor are its people theirs. Where running numbers (序号) are ids of other areas than the rows
    name, they are no codes. Other codes win against names, and are told.
    """
    codes = [workers.index.to_series()] + [workers[column] for column in ("id", "code") if column in workers]
    lookups = [_unique(areas.index.to_series())] + ([_unique(areas["code"])] if "code" in areas else [])
    by_code, code = _first([(key, lookup) for lookup in lookups for key in codes], workers.index)
    by_name, _ = _first(_name_tries(workers, areas), workers.index)
    against = by_code.ne("") & by_name.ne("") & by_code.ne(by_name)
    running = code.map(lambda text: text.isdigit() and len(text) <= _RUNNING)
    if (wrong := int((against & running).sum())) > 0:
        what = f"{group.id}: the numbers of {wrong} rows are ids of other areas than the rows name; the names count"
        report.add("assumed", what, repair="Number areas and rows alike, or leave the numbers out.")
        by_code = by_code.mask(running, "")
    for row in workers.index[against & ~running]:
        what = f"{group.id}: the code is that of {by_code[row]}, the name that of {by_name[row]}; the code counts"
        report.add("warning", what, id=str(row), repair="Check which one is right.")
    return by_code.where(by_code.ne(""), by_name)


def _name_tries(workers: pd.DataFrame, areas: gpd.GeoDataFrame) -> list[_Try]:
    names = [workers["name"]] if "name" in workers else []
    if "area" in workers:  # a row without a name counts its whole subdistrict, a row with an unknown one does not
        names.append(workers["area"].where(workers["name"].eq(""), "") if names else workers["area"])
    tries: list[_Try] = []
    for of_row, of_area in ((_plain, _plain), (_levelled, _levelled), (_bare, _stem), (_stem, _bare)):
        if {"area", "name"} <= {*workers} & {*areas}:
            tries.append((_pairs(workers, of_row), _unique(_pairs(areas, of_area))))
        tries += [(key.astype(str).map(of_row), _unique(areas["name"].astype(str).map(of_area))) for key in names]
    return tries


def _first(tries: Iterable[_Try], rows: pd.Index) -> tuple[pd.Series[str], pd.Series[str]]:
    """Return the area of each row by the first try that knows it, and the text that it was known by."""
    found, text = (pd.Series("", index=rows, dtype=object) for _ in range(2))
    for key, lookup in tries:
        texts = key.astype(str)
        new = found.eq("") & texts.isin(list(lookup)).to_numpy()
        found, text = found.mask(new, texts.map(lookup)), text.mask(new, texts)
    return found, text


def _pairs(table: pd.DataFrame, change: Callable[[str], str]) -> pd.Series[str]:
    pairs = table["area"].astype(str).map(_stem) + "|" + table["name"].astype(str).map(change)
    return pairs.where(~pairs.str.endswith("|"), "")


def _unique(names: pd.Series) -> dict[str, str]:
    texts = names.astype(str)
    single = texts[~texts.duplicated(keep=False) & (texts != "")]
    return dict(zip(single, single.index, strict=True))


def _plain(name: str) -> str:
    """Return a name without blanks."""
    return "".join(name.split())


def _stem(name: str) -> str:
    """Return a name without the word for its level: 东湖 for 东湖社区 and for 东湖街道办事处."""
    return _parts(name)[0]


def _bare(name: str) -> str:
    """Return a name that has no word for its level, blank for others."""
    stem, level = _parts(name)
    return "" if level else stem


def _levelled(name: str) -> str:
    """Return a name with one word for all forms of its level: 东湖社区 for 东湖居委会; blank without a level."""
    stem, level = _parts(name)
    return stem + level if level else ""


def _parts(name: str) -> tuple[str, str]:
    name = _plain(name)
    for suffix, level in _LEVELS.items():
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name.removesuffix(suffix), level
    return name, ""
