"""The certificate of a plan: what it was made from, what is claimed, and multipliers that prove the bound.

:func:`planner.verify.verify_file` checks it on another machine, without a solver.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.locate.network.constraints import (
    Budget,
    Capacity,
    Count,
    Existing,
    Implication,
    LeastLoad,
    LeastShare,
    OnePerCentre,
    Quota,
    Required,
    Rule,
    Spacing,
)
from planner.locate.network.dual import Leaf, prove
from planner.locate.network.problem import NetworkProblem
from planner.network.rules import network_rules
from planner.network.tables import NetworkTables, network_problem, station_options

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["FORMAT", "certificate", "settings_hash"]

FORMAT = "planner-certificate/1"
_PACKAGES = ("station-network-planner", "highspy", "scipy", "numpy", "pandas", "shapely", "osmium")
_NAMES: dict[type[Any], str] = {
    OnePerCentre: "centre", Quota: "quota", Required: "required", Spacing: "spacing", Count: "count",
    LeastShare: "share", Implication: "implication", Budget: "budget", Existing: "existing",
}  # fmt: skip
_MARGIN = 0.01


def certificate(plan: Plan, *, time_limit: float = 20.0) -> dict[str, Any]:
    """Return the certificate as plain JSON values.

    ``inputs`` and ``settings`` are SHA-256 hashes; ``moved`` and ``loads`` what the files do not hold. ``proof`` has
    ``leaves`` of a branching: sites and types taken as closed or opened, and for all the rest of the networks a bound
    from multipliers (see :mod:`planner.locate.network.dual`): ``points`` (per share of each point; of those not named
    0, or 1 where stations have limits), ``once`` (with limits: of serving a point once), ``lounges``, ``rules``. Where
    it is ``complete``, they prove that no network covers more than the best value; else a bound only. Without
    ``proof`` the first objective is not the people covered, or none was found in ``time_limit`` seconds.

    >>> certificate(plan)["proof"]["complete"]  # doctest: +SKIP
    True
    """
    solution = plan.solution
    numbers = {name: getattr(solution, name) for name in ("objective", "best", "bound", "gap")}
    return {
        "format": FORMAT,
        "plan": plan.id,
        "folder": _folder(plan.scenario.folder),
        "inputs": dict(plan.hashes),
        "settings": settings_hash(plan),
        "versions": {name: version(name) for name in _PACKAGES} | {"python": platform.python_version()},
        "solution": {"status": solution.status}
        | {name: float(value) if math.isfinite(value) else None for name, value in numbers.items()},
        "moved": _moved(plan),
        "loads": plan.loads.to_dict("records"),
        "proof": _proof(plan, time_limit),
    }


def settings_hash(plan: Plan) -> str:
    """Return a hash of all settings that decide a plan."""
    settings = json.dumps(plan.scenario.decisive_settings(), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(settings.encode()).hexdigest()


def _folder(folder: Path) -> str:
    """Return the scenario's folder as seen from where the plan is made; it does not name this machine's folders."""
    seen = os.path.relpath(folder, Path.cwd())
    return folder.name if seen.startswith("..") else Path(seen).as_posix()


def _moved(plan: Plan) -> list[dict[str, Any]]:
    """Return the sites that decisions have moved, with their new place."""
    rooms = plan.district.rooms
    if "source" not in rooms:
        return []
    moved = rooms[rooms["source"] == "decision"]
    return [
        {"site": str(site), "name": row["name"], "longitude": row.geometry.x, "latitude": row.geometry.y}
        for site, row in moved.iterrows()
    ]


def _proof(plan: Plan, time_limit: float) -> dict[str, Any] | None:
    """Return the leaves that prove that no network covers more than the best value, or else a bound."""
    solution = plan.solution
    if plan.scenario.objectives[0].name != "people_covered" or not math.isfinite(solution.best):
        return None
    tables, problem, rules = _rebuilt(plan)
    if _whole(problem, rules):
        enough = math.floor(solution.best + _MARGIN) + 1.0 - _MARGIN
    else:
        enough = solution.best + _MARGIN * 1e-6 * max(1.0, solution.best)
    proof = prove(problem, rules, enough, time_limit=time_limit)
    leaves = [_leaf(leaf, tables, rules, plan) for leaf in proof.leaves]
    return {"complete": proof.complete, "leaves": leaves} if leaves else None


def _whole(problem: NetworkProblem, rules: list[Rule]) -> bool:
    """Return whether the best value is a whole number, since all that it is made of is."""
    numbers = [problem.weights, problem.stations.share, problem.outreach.share]
    for rule in rules:
        if isinstance(rule, Capacity | LeastLoad):
            limits = rule.most if isinstance(rule, Capacity) else rule.least
            numbers += [rule.people, limits[np.isfinite(limits)]]
    return all(bool((array == array.round()).all()) for array in numbers)


def _rebuilt(plan: Plan) -> tuple[NetworkTables, NetworkProblem, list[Rule]]:
    """Return the arrays of a plan, and those of its rules that a proof can name; money without that of lounges."""
    existing = plan.scenario.rules.existing
    options = station_options(plan.candidates, existing.upgrades if existing else None)
    sites = plan.candidates.loc[sorted(set(options["site"]))]
    kinds = {str(centre): str(kind) for centre, kind in plan.centres["kind"].items()}
    tables = NetworkTables(plan.demand, sites, options, plan.lounges, kinds)
    rules = [
        replace(rule, price=None) if isinstance(rule, Budget) else rule
        for rule in network_rules(plan.scenario, tables, plan.pairs)
        if type(rule) in _NAMES or isinstance(rule, Capacity | LeastLoad)
    ]
    return tables, network_problem(plan.scenario, tables, plan.pairs), rules


def _leaf(leaf: Leaf, tables: NetworkTables, rules: list[Rule], plan: Plan) -> dict[str, Any]:
    pairs = list(zip(tables.options["site"].astype(str), tables.options["type"].astype(str), strict=True))
    multipliers, names = leaf.multipliers, tables.demand.index.astype(str).to_numpy()
    points: dict[str, list[float]] = {}
    for point, rho in zip(multipliers.point.tolist(), multipliers.rho.tolist(), strict=True):
        points.setdefault(names[point], []).append(rho)
    usual = 0.0 if multipliers.sigma is None else 1.0
    lounges = zip(tables.lounges.index.astype(str), multipliers.mu.tolist(), strict=True)
    once = [] if multipliers.sigma is None else zip(names.tolist(), multipliers.sigma.tolist(), strict=True)
    return {
        "closed": [list(pairs[option]) for option in leaf.closed],
        "opened": [list(pairs[option]) for option in leaf.opened],
        "points": {point: values for point, values in points.items() if set(values) != {usual}},
        "once": {point: value for point, value in once if value},
        "lounges": {lounge: value for lounge, value in lounges if value},
        "rules": [
            {"rule": _NAMES[type(rules[one.rule])]}
            | _which(rules, one.rule, [pairs[option] for option in one.options], plan)
            | {"multiplier": one.value}
            for one in multipliers.rules
        ],
    }


def _which(rules: list[Rule], number: int, options: list[tuple[str, str]], plan: Plan) -> dict[str, Any]:
    """Return what names one row of a rule: a type, a centre, sites, or its number among the rules of its kind."""
    rule = rules[number]
    if isinstance(rule, Quota):
        return {"type": plan.scenario.types[rule.type].id}
    if isinstance(rule, OnePerCentre):
        centre = str(plan.candidates.loc[options[0][0], "centre"])
        return {"centre": centre, "site": options[0][0]}
    if isinstance(rule, Required):
        return {"site": options[0][0]}
    if isinstance(rule, Existing):
        return {"options": [list(option) for option in options]}
    place = [type(other) for other in rules[:number]].count(type(rule))
    if isinstance(rule, Spacing):
        return {"number": place, "sites": list(dict.fromkeys(site for site, _ in options))}
    return {"number": place}
