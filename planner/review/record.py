"""The plan as one JSON file: settings, input hashes, versions, measures, status, bound and gap."""

from __future__ import annotations

import json
import math
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.errors import Fault, InputError
from planner.files import replacing
from planner.review.candidate_list import NOTICE

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["Record", "plan_record", "read_record", "write_record"]

_PACKAGES = ("station-network-planner", "highspy", "geopandas", "shapely", "scipy", "numpy", "pandas", "osmium")


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
            {"site": str(site), "type": row["type"], "centre": row["centre"]} for site, row in plan.stations.iterrows()
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
    """What ``plan.json`` says of a plan: its id, stations (by site: type, centre), links and measures."""

    id: str
    stations: pd.DataFrame
    links: pd.Series
    measures: pd.DataFrame


def read_record(path: str | Path) -> Record:
    """Return the record of a plan that :func:`write_record` wrote.

    Raises :class:`planner.errors.InputError` when the file is not such a record.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        stations = pd.DataFrame(data["stations"], columns=["site", "type", "centre"]).set_index("site")
        measures = pd.DataFrame(data["measures"], columns=["measure", "group", "value", "unit"])
        return Record(data["id"], stations, pd.Series(data["links"], dtype="str"), measures)
    except (OSError, ValueError, KeyError, TypeError):
        repair = "Give the plan.json that planner export wrote."
        raise InputError(Fault("not the record of a plan", file=str(path), repair=repair)) from None


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
