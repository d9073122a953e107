"""The rules that each listed site is held against, one line each, with what is known: holds, does not, or unknown."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pandas as pd

from planner.units import format_length

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["HOLDS", "UNKNOWN", "site_checks"]

HOLDS: Final = "符合 holds"
FAILS: Final = "不符 does not hold"
UNKNOWN: Final = "待核实 to be checked"
_REQUIRED: Final = ("required by the scenario", "existing station")  # why a site stands whatever the screening says
_EXCLUDED_LAND: Final = "inside the exclusion"


def site_checks(plan: Plan) -> pd.DataFrame:
    """Return one row per usable candidate and rule: ``site``, ``rule``, ``result``, ``detail``.

    >>> site_checks(plan).query("result == '待核实 to be checked'")  # doctest: +SKIP
    """
    usable = plan.candidates[plan.candidates["status"] != "excluded"]
    rows = [(str(site), *line) for site, row in usable.iterrows() for line in _lines(plan, str(site), row)]
    return pd.DataFrame(rows, columns=["site", "rule", "result", "detail"])


def _lines(plan: Plan, site: str, row: pd.Series) -> Iterator[tuple[str, str, str]]:
    rules = plan.scenario.candidates
    kinds = {kind.id: kind for kind in plan.scenario.types}
    kind = kinds.get(plan.stations["type"].get(site, row["best_type"]))
    if kind is not None:
        allowed = kind.id in str(row["types"]).split(";")
        yield "场所类型 place allows the type", _result(allowed), f"{row['place']} → {kind.name}"
        area = float(row.get("floor_area", math.nan))
        enough = None if math.isnan(area) else area >= kind.min_floor_area
        known = "面积未知 unknown" if math.isnan(area) else f"{area:g} ㎡"
        yield "面积下限 floor area", _result(enough), f"{known} / ≥ {kind.min_floor_area:g} ㎡"
    distance = float(row.get("road_distance", math.nan))
    near = None if math.isnan(distance) else distance <= rules.max_road_distance
    known = "未知 unknown" if math.isnan(distance) else format_length(distance)
    yield "临街距离 distance to the street", _result(near), f"{known} / ≤ {format_length(rules.max_road_distance)}"
    taken = plan.stations.index[(plan.stations["centre"] == row["centre"]) & (row["centre"] != "")]
    rivals = [str(one) for one in taken if str(one) != site]
    yield "一心一驿 one station per centre", _result(not rivals), "; ".join(rivals)
    failed = _failed(row)
    land = [why for why in failed if why.startswith(_EXCLUDED_LAND)]
    yield "禁设区域 outside excluded land", _result(not land), "; ".join(land) or "筛选时已排除 screened"
    others = [why for why in failed if why not in land]
    if others:
        yield "其他筛选条件 other tests of the screening", FAILS, "; ".join(others)


def _failed(row: pd.Series) -> list[str]:
    """Return the tests of the screening that a site fails which stands all the same: required, or there already."""
    reasons = str(row["reasons"]).split("; ") if row["status"] == "required" else []
    return [why for why in reasons if why and why not in _REQUIRED]


def _result(holds: bool | None) -> str:
    return UNKNOWN if holds is None else HOLDS if holds else FAILS
