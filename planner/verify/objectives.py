"""The value of each objective of a plan, counted again from its tables."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from planner.verify.coverage import counted_trips
from planner.verify.rules import spent
from planner.verify.violation import Violation

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["check_objectives"]

_SMALL = ("people_travel", "link_travel", "money")


def check_objectives(plan: Plan, shares: dict[str, float]) -> Iterator[Violation]:
    """Yield each objective whose value is another than stated (``totals`` has the people covered first)."""
    for number, (rule, stated) in enumerate(zip(plan.scenario.objectives, plan.solution.values, strict=False)):
        if number == 0 and rule.name == "people_covered":
            continue
        parts = rule.weights if rule.name == "mix" else {rule.name: 1.0}
        small = _SMALL if rule.name == "mix" else ()
        value = sum((-w if name in small else w) * _value(plan, name, shares) for name, w in parts.items())
        if not math.isclose(stated, value, rel_tol=1e-6, abs_tol=1e-6):
            yield Violation(f"the value of the objective {rule.name}", f"{stated} stated, {value} recomputed")


def _value(plan: Plan, name: str, shares: dict[str, float]) -> float:
    weights = _weights(plan)
    match name:
        case "people_covered":
            return sum(weight * shares.get(point, 0.0) for point, weight in weights.items())
        case "worst_area" | "worst_group":
            return _worst(plan, name.removeprefix("worst_"), weights, shares)
        case "covered_twice":
            return sum(weights[point] for point, trips in _trips(plan).items() if len(trips) >= 2)
        case "people_travel":
            return _travel(plan, weights)
        case "early":
            return _early(plan, weights)
        case "lounges_linked":
            return float((plan.links["station"] != "").sum())
        case "link_travel":
            return float(plan.links.loc[plan.links["station"] != "", "impedance"].sum())
    return spent(plan)


def _weights(plan: Plan) -> dict[str, float]:
    """Return what each demand point counts: its people times the weight of its group."""
    group = {one.id: one.weight for one in plan.scenario.groups}
    table = plan.demand
    rows = zip(table.index.astype(str), table["group"], table["weight"], strict=True)
    return {point: group[kind] * people for point, kind, people in rows}


def _worst(plan: Plan, column: str, weights: dict[str, float], shares: dict[str, float]) -> float:
    total: defaultdict[str, float] = defaultdict(float)
    covered: defaultdict[str, float] = defaultdict(float)
    for point, label in zip(plan.demand.index.astype(str), plan.demand[column], strict=True):
        total[label] += weights[point]
        covered[label] += weights[point] * shares.get(point, 0.0)
    return min([1.0, *(covered[label] / people for label, people in total.items() if people > 0)])


def _trips(plan: Plan, phases: frozenset[str] | None = None) -> dict[str, list[tuple[float, float]]]:
    """Return for each point the travel to every open station in reach (of these phases), and the share it counts."""
    trips: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    stations = plan.stations if phases is None else plan.stations[plan.stations["phase"].isin(phases)]
    for point, _, travel, share in counted_trips(plan, stations):
        trips[point].append((travel, share))
    return trips


def _travel(plan: Plan, weights: dict[str, float]) -> float:
    """Return the travel of people to their nearest station; who is out of reach travels the limit."""
    limit = {group.id: group.standards[-1].within for group in plan.scenario.groups}
    trips, total = _trips(plan), 0.0
    for point, group in zip(plan.demand.index.astype(str), plan.demand["group"], strict=True):
        total += weights[point] * min([limit[group], *(travel for travel, _ in trips.get(point, []))])
    return total


def _early(plan: Plan, weights: dict[str, float]) -> float:
    """Return the weight within reach of the stations open at the end of each phase, added up."""
    if "phase" not in plan.stations:
        return math.nan
    names, total = [phase.name for phase in plan.scenario.phases], 0.0
    for last in range(len(names)):
        trips = _trips(plan, frozenset(names[: last + 1]))
        total += sum(weights[point] * max(share for _, share in own) for point, own in trips.items())
    return total
