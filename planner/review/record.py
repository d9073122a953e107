"""The plan as one JSON file: settings, input hashes, versions, measures, status, bound and gap."""

from __future__ import annotations

import json
import math
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from planner.analysis.compare import coverage_table
from planner.errors import Fault, InputError
from planner.files import replacing
from planner.review.approval.candidate_list import NOTICE

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["Record", "plan_record", "read_record", "write_record"]

_PACKAGES = ("station-network-planner", "highspy", "geopandas", "shapely", "scipy", "numpy", "pandas", "osmium")
_CANDIDATE = ("site", "name", "status", "centre", "place")


def plan_record(plan: Plan) -> dict[str, Any]:
    """Return what is needed to make the plan again and to compare it, as plain JSON values (NaN becomes null)."""
    solution = plan.solution
    return {
        "format": "planner-plan/1",
        "id": plan.id,
        "notice": NOTICE,
        "district": plan.scenario.district.model_dump(mode="json"),
        "scenario": plan.scenario.model_dump(mode="json"),
        "inputs": dict(plan.hashes),
        "versions": {name: version(name) for name in _PACKAGES} | {"python": platform.python_version()},
        "solution": {
            "status": solution.status,
            "objective": _number(solution.objective),
            "best": _number(solution.best),
            "bound": _number(solution.bound),
            "gap": _number(solution.gap),
        },
        "stations": [
            {"site": str(site), **{name: row[name] for name in ("type", "centre", "phase") if name in row}}
            for site, row in plan.stations.iterrows()
        ],
        "candidates": _candidates(plan),
        "coverage": [
            {"area": str(area), "group": str(group), "people": _number(people), "covered": _number(covered)}
            for (area, group), people, covered in coverage_table(plan.demand).itertuples()
        ],
        "links": {str(lounge): station for lounge, station in plan.links["station"].items()},
        "measures": [
            {"measure": row["measure"], "group": row["group"], "value": _number(row["value"]), "unit": row["unit"]}
            for _, row in plan.measures.iterrows()
        ],
    }


def write_record(plan: Plan, path: str | Path) -> Path:
    """Write ``plan.json`` whole or not at all."""
    text = json.dumps(plan_record(plan), ensure_ascii=False, indent=1, allow_nan=False)
    with replacing(path) as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8")
    return Path(path)


@dataclass(frozen=True)
class Record:
    """What ``plan.json`` says of a plan: id, stations, candidates, links, measures, coverage."""

    id: str
    stations: pd.DataFrame
    candidates: gpd.GeoDataFrame
    links: pd.Series
    measures: pd.DataFrame
    coverage: pd.DataFrame


def read_record(path: str | Path) -> Record:
    """Return the record of a plan that :func:`write_record` wrote.

    Raises :class:`planner.errors.InputError` when the file is not such a record.

    >>> read_record("outputs/approval/plan.json").id  # doctest: +SKIP
    'jiaojiang-d57c30bf23'
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        stations = pd.DataFrame(data["stations"], columns=["site", "type", "centre"]).set_index("site")
        measures = pd.DataFrame(data["measures"], columns=["measure", "group", "value", "unit"])
        links = pd.Series(data["links"], dtype="str")
        coverage = pd.DataFrame(data["coverage"], columns=["area", "group", "people", "covered"])
        coverage = coverage.set_index(["area", "group"])
        return Record(data["id"], stations, _read_candidates(data["candidates"]), links, measures, coverage)
    except (OSError, ValueError, KeyError, TypeError):
        repair = "Give the plan.json that planner export wrote."
        raise InputError(Fault("not the record of a plan", file=str(path), repair=repair)) from None


def _candidates(plan: Plan) -> list[dict[str, Any]]:
    """Return what a decision may be about: every candidate's name, status, centre and place."""
    table = plan.candidates
    columns = [table[name].tolist() for name in ("name", "status", "centre")]
    places = zip(table.geometry.x.round(8).tolist(), table.geometry.y.round(8).tolist(), strict=True)
    rows = zip(map(str, table.index), *columns, places, strict=True)
    return [dict(zip(_CANDIDATE, row, strict=True)) for row in rows]


def _read_candidates(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=list(_CANDIDATE)).set_index("site")
    points = gpd.points_from_xy(*zip(*table.pop("place"), strict=True)) if rows else []
    return gpd.GeoDataFrame(table, geometry=points, crs=4326)


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
