"""A plan as the data blocks of its page, in the order in which the page needs them.

``core``: stations, lounges, areas, land, summary, words. ``bulk``: people and main streets, for the first view.
``answers``: what clicks, the what-if and closer views need (candidates, covering sets, coverage, small streets).
"""

from __future__ import annotations

import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.review.map.columns import OUTLINE_TOLERANCE, column, places, positions, rings, search_key, texts
from planner.review.map.compared import decision_rows, other_plan
from planner.review.map.covering import covering_sets, unjudged_rules
from planner.review.map.reach import group_reach
from planner.review.map.reasons import reason_columns
from planner.review.map.ways import link_ways, people_ways
from planner.review.pictures.ground import land, outline, pack_lines, street_lines
from planner.review.pictures.symbols import UNCOVERED, symbol
from planner.street_changes import changed_modes
from planner.travel import network

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.review.record import Record

__all__ = ["MOST_POINTS", "bounds_of", "plan_blocks"]

MAIN_STREETS = 1
"""The level up to which streets are seen from afar: main roads and collectors."""

MOST_POINTS = 50_000
"""Demand points up to which a page carries ways and coverage along the streets; beyond it has enough to carry."""


def plan_blocks(
    plan: Plan,
    *,
    language: str,
    made: datetime.date,
    other: Plan | Record | None = None,
    decisions: pd.DataFrame | None = None,
) -> dict[str, dict[str, Any]]:
    """Return the data blocks of a plan's page, by name."""
    areas = _areas(plan)
    core = {
        "kind": "plan",
        "language": language,
        "texts": texts(),
        "plan": plan.id,
        "title": _titles(plan),
        "notices": [{"zh": plan.scenario.district.notice, "en": plan.scenario.district.notice_en}],
        "made": made.isoformat(),
        "bounds": bounds_of(plan.demand, plan.stations, plan.lounges),
        "groups": _groups(plan),
        "types": _types(plan),
        "solution": _solution(plan),
        "unjudged": unjudged_rules(plan),
        "stations": _stations(plan),
        "phases": [phase.name for phase in plan.scenario.phases] if "phase" in plan.stations else [],
        "lounges": _lounges(plan),
        "centres": _centres(plan),
        "areas": areas,
        "land": land(plan.district.exclusions),
        "outline": outline(plan.district.boundary),
        "existing": _existing(plan.district.stations),
        "sources": _sources(plan),
        "uncovered_colour": UNCOVERED,
    }
    if other is not None:
        core["other"] = other_plan(plan, other)
    if decisions is not None:
        core["decisions"] = decision_rows(decisions, plan.candidates)
    names = pd.Index(areas["name"])
    bulk: dict[str, Any] = {"demand": _demand(plan, names), "links": link_ways(plan)}
    answers = _answers(plan)
    if plan.district.roads is not None:
        lines, levels = street_lines(plan.district.roads)
        main = levels <= MAIN_STREETS
        bulk["streets"] = pack_lines(lines[main], levels[main])
        answers["small_streets"] = pack_lines(lines[~main], levels[~main])
    return {"core": core, "bulk": bulk, "answers": answers}


def _answers(plan: Plan) -> dict[str, Any]:
    blocks: dict[str, Any] = {"candidates": _candidates(plan), "covering": covering_sets(plan)}
    roads = plan.district.roads
    if roads is None or len(plan.demand) > MOST_POINTS:
        return blocks
    mode_of = changed_modes(plan.scenario)
    network_of = cache(lambda mode: network(roads, mode_of(mode), ferries=plan.scenario.travel.ferries))
    return blocks | {"ways": people_ways(plan, network_of), "coverage": group_reach(plan, network_of)}


def bounds_of(*layers: gpd.GeoDataFrame) -> list[float]:
    """Return west, south, east, north of all places, in degrees."""
    boxes = np.array([layer.total_bounds for layer in layers if len(layer)])
    if not len(boxes):
        return [73.0, 18.0, 135.0, 54.0]
    west, south, east, north = np.nanmin(boxes[:, :2], axis=0).tolist() + np.nanmax(boxes[:, 2:], axis=0).tolist()
    return [west, south, east, north]


def _titles(plan: Plan) -> dict[str, str]:
    district = plan.scenario.district
    return {"zh": f"{district.name} 服务站网络", "en": f"{district.name_en or district.name}: station network"}


def _groups(plan: Plan) -> list[dict[str, Any]]:
    people = plan.demand["weight"].groupby(plan.demand["group"]).sum()
    covered = (plan.demand["weight"] * plan.demand["covered"]).groupby(plan.demand["group"]).sum()
    rows = []
    for group in plan.scenario.groups:
        serving = [at for at, kind in enumerate(plan.scenario.types) if group.id in kind.groups]
        rows.append(
            _named(group, serving[0] if serving else 6)
            | {
                "standards": [{"within": step.within, "share": step.share} for step in group.standards],
                "mode": group.mode,
                "direction": group.direction,
                "weight": group.weight,
                "people": float(people.get(group.id, 0.0)),
                "covered": float(covered.get(group.id, 0.0)),
            }
        )
    return rows


def _types(plan: Plan) -> list[dict[str, Any]]:
    groups = [group.id for group in plan.scenario.groups]
    return [
        _named(kind, at)
        | {"groups": [groups.index(group) for group in kind.groups], "quota": kind.quota}
        | {"services": list(kind.services)}
        for at, kind in enumerate(plan.scenario.types)
    ]


def _named(item: Any, look: int) -> dict[str, Any]:
    sign = symbol(look)
    names = {"id": item.id, "name": item.name, "name_en": item.name_en or item.name}
    return names | {"shape": sign.shape, "colour": sign.colour, "on": sign.on_colour, "tint": sign.tint}


def _solution(plan: Plan) -> dict[str, Any]:
    solution = plan.solution
    numbers = column([solution.objective, solution.bound, solution.gap, solution.seconds["total"]])
    return {"status": solution.status} | dict(zip(("objective", "bound", "gap", "seconds"), numbers, strict=True))


def _base(table: gpd.GeoDataFrame, *columns: str) -> dict[str, Any]:
    names = [str(name) for name in column(table["name"].fillna(""))]
    data = {"id": [str(each) for each in table.index], "name": names, "key": [search_key(name) for name in names]}
    return data | places(table) | {name: column(table[name]) for name in columns}


def _stations(plan: Plan) -> dict[str, Any]:
    columns = ["centre_name", "area", "status", "people_alone", "people_added", "lounges"]
    columns += ["phase"] if "phase" in plan.stations else []
    types = pd.Index([kind.id for kind in plan.scenario.types])
    return _base(plan.stations, *columns) | {
        "type": positions(plan.stations["type"], types),
        "centre": positions(plan.stations["centre"], plan.centres.index),
        "site": positions(plan.stations.index, plan.candidates.index),
    }


def _lounges(plan: Plan) -> dict[str, Any]:
    links = plan.links.reindex(plan.lounges.index)
    return _base(plan.lounges, "kind", "area") | {
        "station": positions(links["station"], plan.stations.index),
        "impedance": column(links["impedance"]),
        "metres": column(links["metres"]),
        **reason_columns(links["reason"]),
    }


def _centres(plan: Plan) -> dict[str, Any]:
    outlines = [rings(shape, OUTLINE_TOLERANCE) for shape in plan.centres.geometry]
    return _base(plan.centres, "kind", "area") | {"rings": outlines}


def _areas(plan: Plan) -> dict[str, Any]:
    """Return every area that demand names or that has an outline, with its people and how many are covered."""
    demand = plan.demand
    people = demand["weight"].groupby(demand["area"]).sum()
    covered = (demand["weight"] * demand["covered"]).groupby(demand["area"]).sum()
    layer = plan.district.areas
    outlines = {} if layer is None or not len(layer) else dict(layer.geometry.groupby(layer["name"]).agg(list))
    names = sorted({str(name) for name in (*people.index, *outlines) if name})
    points = demand.geometry.groupby(demand["area"]).agg(list)
    shapes = [shapely.union_all(outlines[name]) if name in outlines else None for name in names]
    spots = [
        shape.representative_point() if shape is not None else shapely.MultiPoint(points[name]).centroid
        for name, shape in zip(names, shapes, strict=True)
    ]
    return {
        "id": names,
        "name": names,
        "key": [search_key(name) for name in names],
        **places(gpd.GeoDataFrame(geometry=spots, crs=4326)),
        "rings": [[] if shape is None else rings(shape, OUTLINE_TOLERANCE) for shape in shapes],
        "people": [float(people.get(name, 0.0)) for name in names],
        "covered": [float(covered.get(name, 0.0)) for name in names],
        "size": [0.0 if shape is None else float(shapely.area(shape)) for shape in shapes],
    }


def _existing(stations: gpd.GeoDataFrame | None) -> dict[str, Any]:
    return {"id": []} if stations is None or not len(stations) else _base(stations)


def _sources(plan: Plan) -> list[dict[str, str]]:
    return [
        {"role": source.role, "file": source.path.name, "licence": source.licence, "date": source.date}
        for source in plan.scenario.files
        if source.path is not None
    ]


def _demand(plan: Plan, areas: pd.Index) -> dict[str, Any]:
    demand = plan.demand
    name, names = pd.factorize(demand["name"].fillna(""))
    return {
        "id": [str(each) for each in demand.index],
        **places(demand),
        "group": positions(demand["group"], pd.Index([group.id for group in plan.scenario.groups])),
        "weight": column(demand["weight"]),
        "covered": column(demand["covered"].fillna(0.0)),
        "names": [str(each) for each in names],
        "name": name.tolist(),
        "area": positions(demand["area"], areas),
        "station": positions(demand["station"], plan.stations.index),
        "impedance": column(demand["impedance"]),
        "lounge": positions(demand["lounge"], plan.lounges.index),
    }


def _candidates(plan: Plan) -> dict[str, Any]:
    candidates = plan.candidates
    types = pd.Index([kind.id for kind in plan.scenario.types])
    at = {kind: k for k, kind in enumerate(types)}
    allowed = [[at[kind] for kind in cell.split(";") if kind in at] for cell in candidates["types"].fillna("")]
    columns = [name for name in ("floor_area", "people_alone", "people_added") if name in candidates]
    return _base(candidates, "area", "status", *columns) | {
        **reason_columns(candidates["reasons"]),
        "centre": positions(candidates["centre"], plan.centres.index),
        "types": allowed,
        "station": positions(candidates.index, plan.stations.index),
    }
