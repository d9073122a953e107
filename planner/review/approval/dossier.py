"""What the page of one site says, before it is a document: facts, reasons, alternatives, checks, signatures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from planner.inputs.coordinates.projections import working_crs
from planner.review.approval.candidate_list import NOTICE
from planner.review.approval.site_checks import site_checks
from planner.review.approval.tables import ApprovalTables
from planner.safe_text import without_harmful

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["SIGNATURES", "SitePage", "site_pages"]

SIGNATURES: Final = ("编制单位 Prepared by", "街道意见 Subdistrict", "主管部门意见 Department", "审批 Approval")
_ALTERNATIVES: Final = 3


@dataclass(frozen=True)
class SitePage:
    """One page: texts only, ready to be set. ``site`` names the picture that belongs to it."""

    site: str
    number: int
    title: str
    subtitle: str
    notice: str
    facts: tuple[tuple[str, str], ...]
    reasons: str
    alternatives: tuple[tuple[str, ...], ...]
    checks: tuple[tuple[str, ...], ...]


def site_pages(plan: Plan, tables: ApprovalTables) -> list[SitePage]:
    """Return one page per station, in the order of the list for decision.

    >>> [page.title for page in site_pages(plan, tables)]  # doctest: +SKIP
    """
    checks = site_checks(plan)
    places = plan.candidates.geometry.to_crs(working_crs(plan.candidates))
    pages = []
    for number, row in enumerate(tables.stations.to_dict("records"), 1):
        facts = {str(name): value for name, value in row.items()}
        site = str(facts["编号 id"])
        near = _alternatives(plan, tables, site, places)
        pages.append(_page(plan, checks[checks["site"] == site], near, number, site, facts))
    return pages


def _page(
    plan: Plan,
    checks: pd.DataFrame,
    alternatives: list[tuple[str, ...]],
    number: int,
    site: str,
    facts: dict[str, Any],
) -> SitePage:
    left_out = {"序号 no.", "名称 name", "理由 reasons", "规则核对 rule checks"}
    shown = [(name, _text(value)) for name, value in facts.items() if name not in left_out]
    shown = [(name, value) for name, value in shown if value]
    district = plan.scenario.district
    lines = zip(*(checks[name].astype(str).tolist() for name in ("rule", "result", "detail")), strict=True)
    return SitePage(
        site=site,
        number=number,
        title=f"{number}. {_text(facts['名称 name']) or site}",
        subtitle=f"{district.name}一心一驿站点说明 · {_text(facts['类型 type'])} · {plan.id}",
        notice=f"{NOTICE}  {district.notice}".strip(),
        facts=tuple(shown),
        reasons=_text(facts["理由 reasons"]),
        alternatives=tuple(alternatives),
        checks=tuple(lines),
    )


def _alternatives(plan: Plan, tables: ApprovalTables, site: str, places: gpd.GeoSeries) -> list[tuple[str, ...]]:
    """Return the nearest substitutes of the same type: name, id, distance, what it costs in people."""
    table = tables.substitutes
    if table.empty:
        return []
    kind = plan.stations["type"][site]
    names = {item.id: item.name for item in plan.scenario.types}
    same = table[table["类型 type"] == names.get(kind, kind)]
    away = places.loc[same["编号 id"]].distance(places[site])
    near = same.assign(metres=away.to_numpy()).sort_values(["metres", "编号 id"]).head(_ALTERNATIVES)
    cost = next(name for name in near.columns if str(name).startswith("改设"))
    return [
        (_text(row["名称 name"]), _text(row["编号 id"]), f"{row['metres']:.0f} m", _text(row[cost]))
        for row in near.to_dict("records")
    ]


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.10g}"
    return " ".join(without_harmful(str(value))[0].split())
