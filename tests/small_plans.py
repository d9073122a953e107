"""Random small districts as plans: tables and travel by ids, and the best value by trying every network."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from planner.locate.network.model import Goal
from planner.locate.network.objectives import PeopleCovered
from planner.network.rules import network_rules
from planner.network.tables import PairTables, make_tables, network_problem
from planner.scenario import Scenario
from tests.locate.small_networks import brute_force

__all__ = ["best_value", "small_plan"]


def small_plan(rng: np.random.Generator) -> Any:
    """A district of a few sites and types whose stations mostly have room for so many people, or need so many.

    It is a plan without stations: what a certificate and its check read. Half of the districts have whole numbers only.
    """
    whole = rng.random() < 0.5
    types = [_type(rng, number, whole=whole) for number in range(int(rng.integers(1, 4)))]
    sites, points, lounges = (
        _ids("S", rng.integers(2, 6)),
        _ids("P", rng.integers(1, 15)),
        _ids("L", rng.integers(0, 4)),
    )
    candidates = pd.DataFrame(
        {
            "name": sites,
            "centre": [f"C{at}" if at else "" for at in rng.integers(0, 4, len(sites)).tolist()],
            "types": [";".join(kind["id"] for kind in types if rng.random() < 0.8) for _ in sites],
            "status": rng.choice(["optional", "required", "excluded"], len(sites), p=[0.9, 0.05, 0.05]),
            "source": rng.choice(["made", "existing station"], len(sites), p=[0.7, 0.3]),
            "place": rng.choice(["shop", "fuel"], len(sites)),
            "area": "",
            "cost": rng.integers(1, 9, len(sites)).astype(float),
        },
        index=sites,
    )
    usable = sites[(candidates["status"] != "excluded") & (candidates["types"] != "")].tolist()
    scenario = Scenario.model_validate(
        {
            "district": {"id": "small", "name": "小"},
            "files": [{"role": "roads", "path": "none.osm", "licence": "-"}],
            "groups": [_group(rng, number, whole=whole) for number in range(2)],
            "types": types,
            "links": {"limit": "10min"} | ({"outreach": _outreach(whole)} if rng.random() < 0.6 else {}),
            "rules": _rules(rng, usable, [kind["id"] for kind in types]),
        }
    )
    people = rng.integers(0, 9, len(points)) / (1.0 if whole else 2.0)
    demand = pd.DataFrame({"group": rng.choice(["g0", "g1"], len(points)), "weight": people}, index=points)
    centres = pd.DataFrame({"kind": ["business_district"] * 3}, index=["C1", "C2", "C3"])
    pairs = PairTables(
        {group: _travel(rng, demand.index[demand["group"] == group], sites, 0.5) for group in ("g0", "g1")},
        _travel(rng, lounges, sites, 0.4),
        _travel(rng, points, lounges, 0.3),
    )
    solution = SimpleNamespace(status="optimal", objective=np.nan, best=np.nan, bound=np.nan, gap=0.0)
    return SimpleNamespace(
        id="small", scenario=scenario, demand=demand, candidates=candidates, centres=centres, pairs=pairs, hashes={},
        lounges=pd.DataFrame({"kind": "community"}, index=lounges), loads=pd.DataFrame(), solution=solution,
        district=SimpleNamespace(rooms=pd.DataFrame()), stations=candidates[:0],
    )  # fmt: skip


def best_value(plan: Any) -> float | None:
    """The most weight that any network covers; None where none keeps the rules."""
    tables = make_tables(plan.scenario, plan.demand, plan.candidates, plan.lounges, plan.centres)
    problem = network_problem(plan.scenario, tables, plan.pairs)
    found = brute_force(problem, network_rules(plan.scenario, tables, plan.pairs), [Goal(PeopleCovered())], links=False)
    return None if found is None else found[0][0]


def _group(rng: np.random.Generator, number: int, *, whole: bool) -> dict[str, Any]:
    steps = [{"within": "5min", "share": 1.0}] + ([] if whole else [{"within": "10min", "share": 0.5}])
    weight = float(rng.choice([1.0, 2.0]) if whole else rng.choice([1.0, 1.25]))
    return {"id": f"g{number}", "name": f"组{number}", "mode": "foot", "standards": steps, "weight": weight}


def _type(rng: np.random.Generator, number: int, *, whole: bool) -> dict[str, Any]:
    groups = ["g0", "g1"] if rng.random() < 0.3 else [f"g{rng.integers(2)}"]
    low = int(rng.integers(0, 2))
    kind: dict[str, Any] = {"id": f"t{number}", "name": f"类{number}", "groups": groups}
    kind |= {"at_least": low, "at_most": low + int(rng.integers(0, 2)) or 1}
    unit = 1.0 if whole else 0.75
    if rng.random() < 0.8:
        kind["capacity"] = unit * float(rng.integers(2, 15))
    if rng.random() < 0.5:
        kind["least_load"] = unit * float(rng.integers(0, 6))
    return kind


def _outreach(whole: bool) -> dict[str, Any]:
    return {"within": "5min", "share": 1.0 if whole else 0.5}


def _rules(rng: np.random.Generator, sites: list[str], types: list[str]) -> dict[str, Any]:
    """Rules on options that a proof can name, now and then."""
    rules: dict[str, Any] = {"budget": float(rng.integers(3, 20))}
    may_move, may_close = (bool(flag) for flag in rng.random(2) < 0.5)
    costs = {"cost_to_upgrade": 1.0, "cost_to_move": 2.0, "cost_to_close": 1.0}
    upgrades = {types[0]: types[1:]} if rng.random() < 0.5 else {}
    rules["existing"] = {"may_move": may_move, "may_close": may_close, "upgrades": upgrades, **costs}
    if len(sites) > 1:
        rules["counts"] = [{"sites": sites[:2], "at_least": 1, "at_most": 1}]
        rules["shares"] = [{"what": "by fuel", "least": 0.5, "places": ["fuel"]}]
        rules["implications"] = [{"first": sites[0], "then": sites[1]}]
    return {name: rule for name, rule in rules.items() if rng.random() < 0.25}


def _ids(letter: str, count: int) -> pd.Index:
    return pd.Index([f"{letter}{at}" for at in range(count)], dtype=object)


def _travel(rng: np.random.Generator, origins: pd.Index, destinations: pd.Index, share: float) -> pd.DataFrame:
    """Some pairs, within five or ten minutes."""
    row, column = np.nonzero(rng.random((len(origins), len(destinations))) < share)
    return pd.DataFrame(
        {
            "origin": origins.to_numpy()[row],
            "destination": destinations.to_numpy()[column],
            "impedance": rng.choice([200.0, 500.0], len(row)),
        }
    )
