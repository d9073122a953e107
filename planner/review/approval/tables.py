"""The tables of the approval workbook: the list for decision, substitutes, links, coverage, checks, sources."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj

from planner.inputs.coordinates.projections import cgcs2000_zone
from planner.locate.network.marginal import weight_alone, weight_gained, weight_lost
from planner.network.rules import network_rules
from planner.network.tables import make_tables, network_problem
from planner.review.approval.addresses import addresses
from planner.review.approval.site_checks import HOLDS, site_checks
from planner.verify import verify

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["SUBSTITUTES_PER_STATION", "ApprovalTables", "approval_tables"]

Floats = npt.NDArray[np.float64]
SUBSTITUTES_PER_STATION: Final = 2
_PACKAGES: Final = ("station-network-planner", "highspy", "geopandas", "shapely", "pyproj", "scipy", "numpy", "pandas")
_FORCED: Final = {"out": "不设则少覆盖 people lost without it", "in": "改设则少覆盖 people lost if it stands"}


@dataclass(frozen=True)
class ApprovalTables:
    """One table per sheet; headings are Chinese, then English. ``sites`` are the ids of the rows of ``stations``."""

    stations: pd.DataFrame
    substitutes: pd.DataFrame
    links: pd.DataFrame
    coverage: pd.DataFrame
    checks: pd.DataFrame
    sources: pd.DataFrame


def approval_tables(plan: Plan, prices: pd.DataFrame) -> ApprovalTables:
    """Return the tables of a plan; ``prices`` is what :func:`planner.analysis.prices.site_prices` returned for it."""
    figures = _group_figures(plan)
    checks = site_checks(plan)
    others = [site for site in _others(plan) if site in prices.index]
    substitutes = others[: SUBSTITUTES_PER_STATION * len(plan.stations)]
    return ApprovalTables(
        _list(plan, _ordered(plan), figures, prices, checks),
        _list(plan, substitutes, figures, prices, checks),
        _links(plan),
        _coverage(plan),
        _checks(plan, checks[checks["site"].isin([*plan.stations.index, *substitutes])]),
        _sources(plan),
    )


def _ordered(plan: Plan) -> list[str]:
    order = {kind.id: position for position, kind in enumerate(plan.scenario.types)}
    stations = plan.stations.assign(order=plan.stations["type"].map(order))
    stations = stations.sort_values(["order", "people_added"], ascending=[True, False], kind="stable")
    return [str(site) for site in stations.index]


def _others(plan: Plan) -> list[str]:
    usable = plan.candidates[(plan.candidates["status"] != "excluded") & ~plan.candidates["chosen"]]
    usable = usable.sort_values(["people_added", "people_alone"], ascending=False, kind="stable")
    return [str(site) for site in usable.index]


def _group_figures(plan: Plan) -> pd.DataFrame:
    """Return for each option the people of each group that it covers alone, and adds to or holds for the plan."""
    tables = make_tables(plan.scenario, plan.demand, plan.candidates, plan.lounges, plan.centres)
    problem = network_problem(plan.scenario, tables, plan.pairs)
    chosen = plan.solution.options
    people = tables.demand["weight"].to_numpy(float)
    columns: dict[str, Floats] = {}
    for group in plan.scenario.groups:
        own = np.where(tables.demand["group"] == group.id, people, 0.0)
        added = weight_gained(problem, own, chosen)
        added[chosen] = weight_lost(problem, own, chosen)
        columns |= {f"alone:{group.id}": weight_alone(problem, own), f"added:{group.id}": added}
    index = pd.MultiIndex.from_frame(tables.options[["site", "type"]])
    return pd.DataFrame(columns, index=index)


def _list(
    plan: Plan, sites: list[str], figures: pd.DataFrame, prices: pd.DataFrame, checks: pd.DataFrame
) -> pd.DataFrame:
    candidates = plan.candidates.loc[sites]
    chosen = plan.stations.reindex(sites)
    kind = chosen["type"].where(chosen["type"].notna(), candidates["best_type"]).astype(str)
    names = {item.id: item.name for item in plan.scenario.types}
    centre = candidates["centre"].map(plan.centres["name"]).fillna("")
    out = bool(len(sites)) and bool(chosen["type"].notna().all())
    table = pd.DataFrame({"序号 no.": range(1, len(sites) + 1), "编号 id": sites}, index=sites)
    table["名称 name"] = candidates["name"]
    table["类型 type"] = kind.map(names).fillna(kind)
    services = {item.id: "、".join(item.services) for item in plan.scenario.types if item.services}
    if services:
        table["服务设施 services"] = kind.map(services).fillna("")
    table["中心 centre"] = centre.where(centre != "", candidates["centre"])
    table["街道社区 subdistrict"] = candidates["area"]
    table["地址 address"] = addresses(plan, sites)
    table = table.join(_coordinates(candidates))
    mine = figures.reindex(pd.MultiIndex.from_arrays([sites, kind]))
    for group in plan.scenario.groups:
        table[f"{group.name}覆盖 {group.name_en or group.id} covered alone"] = mine[f"alone:{group.id}"].to_numpy()
        table[f"{group.name}新增 {group.name_en or group.id} added"] = mine[f"added:{group.id}"].to_numpy()
    if out:
        table["联动会客厅 lounges run"] = chosen["lounges"].astype(int)
    table["面积(㎡) floor area"] = candidates.get("floor_area", math.nan)
    table["造价(元) cost"] = candidates.get("cost", math.nan)
    table["规则核对 rule checks"] = [_checked(checks, site) for site in sites]
    table["理由 reasons"] = chosen["reasons"].fillna("") if out else [_why_not(plan, site) for site in sites]
    instead = prices["best_instead"].reindex(sites).fillna("")
    table[_FORCED["out" if out else "in"]] = [_price(prices, site) for site in sites]
    table["次优站点 next best site" if out else "替换站点 replaces"] = [_named(plan, site) for site in instead]
    return table.reset_index(drop=True)


def _coordinates(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return CGCS2000 degrees, and easting and northing of the 3-degree zone that each site lies in."""
    x, y = candidates.geometry.x.to_numpy(), candidates.geometry.y.to_numpy()
    east, north, codes = np.full(len(x), np.nan), np.full(len(x), np.nan), [""] * len(x)
    for at, (lon, lat) in enumerate(zip(x, y, strict=True)):
        if 73.5 <= lon <= 136.5:
            zone = cgcs2000_zone(lon)
            east[at], north[at] = pyproj.Transformer.from_crs(4490, zone, always_xy=True).transform(lon, lat)
            codes[at] = f"4490 / {zone.to_epsg()}"
    columns = {
        "经度(CGCS2000) longitude": np.round(x, 7),
        "纬度(CGCS2000) latitude": np.round(y, 7),
        "东坐标(m) E": np.round(east, 2),
        "北坐标(m) N": np.round(north, 2),
        "坐标系 EPSG": codes,
    }
    return pd.DataFrame(columns, index=candidates.index)


def _checked(checks: pd.DataFrame, site: str) -> str:
    own = checks[checks["site"] == site]
    open_ones = own[own["result"] != HOLDS]
    if open_ones.empty:
        return f"{len(own)} 项全部符合 all hold"
    named = "; ".join(f"{row.rule}: {row.result}" for row in open_ones.itertuples())
    return f"{len(own) - len(open_ones)} 项符合 hold; {named}"


def _why_not(plan: Plan, site: str) -> str:
    centre = plan.candidates["centre"][site]
    rival = plan.stations.loc[(plan.stations["centre"] == centre) & (centre != ""), "name"]
    return f"本中心已选 centre taken by {rival.iloc[0]}" if len(rival) else "名额已满 quota filled by better sites"


def _price(prices: pd.DataFrame, site: str) -> float | str:
    if site not in prices.index:
        return ""
    price = float(prices["price"].loc[site])
    if prices["status"].loc[site] == "infeasible":
        return "无可行方案 no plan keeps the rules"
    return price if math.isfinite(price) else "限时内未证明 not proven in time"


def _named(plan: Plan, site: str) -> str:
    return f"{plan.candidates['name'].get(site, '')}({site})" if site else ""


def _links(plan: Plan) -> pd.DataFrame:
    lounges, links = plan.lounges, plan.links.reindex(plan.lounges.index)
    return pd.DataFrame(
        {
            "会客厅编号 lounge id": lounges.index.astype(str),
            "会客厅 lounge": lounges["name"].to_numpy(),
            "类别 kind": lounges["kind"].to_numpy(),
            "街道社区 subdistrict": lounges["area"].to_numpy(),
            "联动驿站编号 station id": links["station"].fillna("").to_numpy(),
            "联动驿站 station": links["station"].map(plan.stations["name"]).fillna("").to_numpy(),
            "行程(分钟) travel min": (links["impedance"].astype(float) / 60).round(1).to_numpy(),
            "路程(米) metres": links["metres"].astype(float).round().to_numpy(),
            "未联动原因 why not linked": links["reason"].fillna("").to_numpy(),
        }
    )


def _coverage(plan: Plan) -> pd.DataFrame:
    demand = plan.demand.assign(reached=plan.demand["weight"] * plan.demand["covered"])
    rows: list[dict[str, Any]] = []
    areas = [
        ("全部 all", demand),
        *((str(area) or "街道外 outside", part) for area, part in demand.groupby("area", sort=True)),
    ]
    for area, part in areas:
        row: dict[str, Any] = {"街道社区 subdistrict": area}
        for group in plan.scenario.groups:
            own = part[part["group"] == group.id]
            row |= _shares(group.name, group.name_en or group.id, own)
        rows.append(row | _shares("合计", "all groups", part))
    return pd.DataFrame(rows)


def _shares(name: str, english: str, part: pd.DataFrame) -> dict[str, float]:
    people, reached = float(part["weight"].sum()), float(part["reached"].sum())
    return {
        f"{name}人数 {english}": round(people, 1),
        f"{name}覆盖 {english} covered": round(reached, 1),
        f"{name}覆盖率(%) {english} share": round(100 * reached / people, 1) if people else math.nan,
    }


def _checks(plan: Plan, checks: pd.DataFrame) -> pd.DataFrame:
    tables = make_tables(plan.scenario, plan.demand, plan.candidates, plan.lounges, plan.centres)
    problem = network_problem(plan.scenario, tables, plan.pairs)
    found = verify(plan)
    whole = "全网 network"
    rows: list[tuple[str, ...]] = [
        (whole, "", rule.sentence, HOLDS if not found else "见下 see below", rule.facts(problem))
        for rule in network_rules(plan.scenario, tables, plan.pairs)
    ]
    result = HOLDS if not found else f"{len(found)} 项不符 do not hold"
    rows.append((whole, "", "独立复核 recomputed from the raw tables", result, ""))
    rows += [(whole, "", violation.rule, "不符 does not hold", violation.found) for violation in found]
    columns = [checks[name].astype(str).tolist() for name in ("site", "rule", "result", "detail")]
    rows += [(_named(plan, line[0]), *line) for line in zip(*columns, strict=True)]
    headings = ["对象 subject", "编号 id", "规则 rule", "核对 checked", "说明 detail"]
    return pd.DataFrame(rows, columns=headings)


def _sources(plan: Plan) -> pd.DataFrame:
    rows = [*_identity(plan), *_files(plan), *_settings(plan.scenario.model_dump(mode="json"))]
    return pd.DataFrame(rows, columns=["类别 kind", "项目 item", "内容 content"])


def _identity(plan: Plan) -> Iterator[tuple[str, str, str]]:
    solution = plan.solution
    yield "方案 plan", "方案编号 id", plan.id
    yield "方案 plan", "区域 district", f"{plan.scenario.district.name} {plan.scenario.district.name_en}".strip()
    yield "方案 plan", "求解状态 status", solution.status
    yield "方案 plan", "目标值 objective", f"{solution.objective:.6g}"
    yield "方案 plan", "上界 bound", f"{solution.bound:.6g}"
    yield "方案 plan", "差距 gap", f"{100 * solution.gap:.4f} %"
    yield "版本 version", "python", ".".join(platform.python_version_tuple()[:2])
    for name in _PACKAGES:
        yield "版本 version", name, version(name)


def _files(plan: Plan) -> Iterator[tuple[str, str, str]]:
    names = {path: name for name, path in plan.scenario.named_files().items()}
    for source in plan.scenario.files:
        if source.path is not None:
            name = names[plan.scenario.folder / source.path]
            facts = [name, source.datum or "", source.licence, source.date]
            digest = plan.hashes.get(name, "")
            facts.append(f"SHA-256 {digest}" if digest else "")
            yield "数据 data", source.role, " · ".join(fact for fact in facts if fact)


def _settings(values: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Iterate over all settings as lines; file paths are told by name above and left out here."""
    if isinstance(values, dict):
        for name, value in values.items():
            if path or name != "files":
                yield from _settings(value, f"{path}.{name}" if path else str(name))
    elif isinstance(values, list) and any(isinstance(value, dict) for value in values):
        for number, value in enumerate(values, 1):
            yield from _settings(value, f"{path}[{number}]")
    elif values not in (None, "", [], {}):
        yield "设置 setting", path, ", ".join(map(str, values)) if isinstance(values, list) else str(values)
