"""The candidate list for approval: the chosen stations, then the next best candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["COORDINATE_SYSTEM", "NOTICE", "candidate_list"]

NOTICE = "候选,非审批决定 Candidate for approval, not a decision"
COORDINATE_SYSTEM = "CGCS2000 (EPSG:4490)"
_SUBSTITUTES_PER_STATION = 2


def candidate_list(plan: Plan) -> pd.DataFrame:
    """Return one row per chosen station, by type and people added, then the next best candidates.

    Coordinates are CGCS2000 degrees with 7 decimals (equal to WGS 84 within a metre); people are whole persons.
    """
    candidates = plan.candidates
    order = {kind.id: position for position, kind in enumerate(plan.scenario.types)}
    chosen = plan.stations.assign(order=plan.stations["type"].map(order))
    chosen = chosen.sort_values(["order", "people_added"], ascending=[True, False], kind="stable")
    others = candidates[(candidates["status"] != "excluded") & ~candidates["chosen"]]
    others = others.sort_values(["people_added", "people_alone"], ascending=False, kind="stable")
    others = others.head(_SUBSTITUTES_PER_STATION * len(chosen))
    rows = [*_station_rows(plan, chosen), *_substitute_rows(plan, others)]
    table = pd.DataFrame(rows)
    table.insert(0, "序号 no.", range(1, len(table) + 1))
    return table


def _station_rows(plan: Plan, chosen: pd.DataFrame) -> list[dict[str, object]]:
    return [
        _row(plan, str(site), "推荐 chosen", row["type"], row["lounges"], str(row["reasons"]))
        for site, row in chosen.iterrows()
    ]


def _substitute_rows(plan: Plan, others: pd.DataFrame) -> list[dict[str, object]]:
    taken = {row["centre"]: row["name"] for _, row in plan.stations.iterrows()}
    rows = []
    for site, row in others.iterrows():
        rival = taken.get(row["centre"])
        reason = f"本中心已选 centre taken by {rival}" if rival else "名额已满 quota filled by better sites"
        rows.append(_row(plan, str(site), "备选 next best", row["best_type"], 0, reason))
    return rows


def _row(plan: Plan, site: str, state: str, kind: str, lounges: int, reasons: str) -> dict[str, object]:
    candidate = plan.candidates.loc[site]
    names = {item.id: item.name for item in plan.scenario.types}
    centre = candidate["centre"]
    return {
        "状态 state": state,
        "编号 id": site,
        "名称 name": candidate["name"],
        "类型 type": names.get(kind, kind),
        "中心 centre": plan.centres["name"].get(centre, "") or centre,
        "区域 area": candidate["area"],
        "经度 longitude": round(candidate.geometry.x, 7),
        "纬度 latitude": round(candidate.geometry.y, 7),
        "坐标系 coordinate system": COORDINATE_SYSTEM,
        "单独覆盖人数 people covered alone": round(candidate["people_alone"], 1),
        "新增覆盖人数 people added": round(candidate["people_added"], 1),
        "联动会客厅 lounges linked": int(lounges),
        "理由 reasons": reasons,
    }
