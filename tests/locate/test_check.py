"""A tampered solution is found out, whatever was changed; a sound one never is."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner import locate

PLACES = np.random.default_rng(0).random((60, 2))
DEMAND = pd.DataFrame(PLACES[:40], [f"d{i}" for i in range(40)], ["x", "y"])
SITES = pd.DataFrame(PLACES[40:], [f"s{j}" for j in range(20)], ["x", "y"])
POINTS = locate.Points(DEMAND, SITES)
FAR = POINTS.pairs(2.0).pivot(index="origin", columns="destination", values="impedance")  # noqa: PD010
PEOPLE = pd.Series(np.random.default_rng(1).integers(1, 50, 40).astype(float), DEMAND.index)
FEW, SOME = FAR.iloc[:16, :9], PEOPLE[FAR.index[:16]]
APART = locate.Points(SITES).pairs(2.0)
TRIANGLE = APART[APART["origin"] < APART["destination"]]
ROUTES = FAR.rename_axis("route").reset_index().melt("route", var_name="site", value_name="detour")
ROUTES = ROUTES.assign(position=np.random.default_rng(2).random(len(ROUTES)))[ROUTES["detour"] < 0.3]
ROUND = pd.concat([ROUTES, ROUTES.assign(position=1 - ROUTES["position"], detour=ROUTES["detour"] + 0.01)])
ENDS = pd.Series(1.0, FAR.index)
ROOM = SOME.sum() / 3
GOALS = [locate.Goal("coverage", 0.2, 0.1), locate.Goal("travel")]

Call = tuple[Callable[[], locate.Solution], tuple[Any, ...], dict[str, Any]]
SOUND: dict[str, Call] = {
    "lscp": (lambda: locate.lscp(FAR, 0.3, cost=2.0), (FAR,), {"cost": 2.0}),
    "partial": (lambda: locate.partial_lscp(FAR, PEOPLE, 0.3, 0.8), (FAR, PEOPLE), {}),
    "mclp": (lambda: locate.mclp(FAR, PEOPLE, 0.2, 4, existing=["s1"]), (FAR, PEOPLE), {"existing": ["s1"]}),
    "capacity": (lambda: locate.mclp(FAR, PEOPLE, 0.2, 4, capacity=99), (FAR, PEOPLE), {"capacity": 99}),
    "backup": (lambda: locate.backup_cover(FAR, PEOPLE, 0.3), (FAR, PEOPLE), {}),
    "mix": (lambda: locate.backup_cover(FAR, PEOPLE, 0.3, 4, mix=0.4), (FAR, PEOPLE), {}),
    "median": (lambda: locate.p_median(FAR, PEOPLE, 4), (FAR, PEOPLE), {}),
    "full": (lambda: locate.capacitated_p_median(FEW, SOME, 4, ROOM), (FEW, SOME), {"capacity": ROOM}),
    "split": (lambda: locate.split_p_median(FEW, SOME, 4, ROOM)[0], (FEW, SOME), {"capacity": ROOM}),
    "centre": (lambda: locate.p_center(FAR, 4, weights=PEOPLE), (FAR, PEOPLE), {}),
    "weighted centre": (lambda: locate.weighted_p_center(FAR, PEOPLE, 4), (FAR, PEOPLE), {}),
    "apart": (lambda: locate.p_dispersion(TRIANGLE, 5, required=["s0"]), (TRIANGLE,), {"required": ["s0"]}),
    "sum": (lambda: locate.max_sum_dispersion(APART, 5), (APART,), {}),
    "goals": (lambda: locate.lexicographic(FAR, PEOPLE, GOALS, 4), (FAR, PEOPLE), {}),
    "trucks": (lambda: locate.flow_cover(ROUTES, PEOPLE, 4, detour=0.1), (ROUTES, PEOPLE), {}),
    "range": (
        lambda: locate.flow_cover(ROUND, PEOPLE, 4, detour=0.2, driving_range=0.6, lengths=ENDS),
        (ROUND, PEOPLE), {"lengths": ENDS},
    ),
    "points": (lambda: locate.p_median(POINTS, PEOPLE, 4), (POINTS, PEOPLE), {}),
}  # fmt: skip


def _assigned(solution: locate.Solution, **values: Any) -> locate.Solution:
    """Return the solution with other values in the first row of its assignment that has a site."""
    table = solution.assignment.copy()
    first = table.index[table["site"] != ""][0] if (table["site"] != "").any() else table.index[0]
    for column, value in values.items():
        table.loc[first, column] = value
    return dataclasses.replace(solution, assignment=table)


def _tampered(solution: locate.Solution) -> Iterator[tuple[str, locate.Solution]]:
    better = 1.01 if solution.maximise else 0.99
    value, bound, table = solution.objective, solution.bound, solution.assignment
    other: list[dict[str, Any]] = [
        {"objective": value * better, "bound": bound * better}, {"objective": value * 1.0001}, {"objective": math.nan},
        {"bound": math.nan}, {"bound": bound * 1.1}, {"bound": bound * 0.9}, {"bound": math.inf},
        *({"status": status} for status in ("feasible", "infeasible", "no_solution", "", None)),
        {"sites": solution.sites[1:]}, {"sites": solution.sites[:-1]}, {"sites": ()}, {"sites": (*solution.sites, "zz")},
        {"sites": solution.sites + solution.sites[:1]}, {"sites": (*solution.sites, 5)}, {"existing": ("s0",)},
        {"assignment": table.iloc[:0]}, {"assignment": table.iloc[1:]}, {"assignment": table.drop(columns="site")},
        {"assignment": pd.concat([table, table.head(1)])}, {"assignment": table.reset_index(drop=True)},
    ]  # fmt: skip
    for one in other:
        yield str(one), dataclasses.replace(solution, **one)
    rows: list[dict[str, Any]] = [{"impedance": 0.77}, {"site": "s19", "impedance": 0.5}]
    if (table["site"] != "").any():
        rows += [{"site": "", "impedance": math.nan}, {"site": ""}, {"impedance": math.nan}, {"site": None}]
    for one in rows:
        yield str(one), _assigned(solution, **one)


@pytest.mark.parametrize("kind", SOUND)
def test_whatever_is_tampered_with_is_found(kind: str) -> None:
    """The sound solution passes; each change of value, bound, status, sites or assignment is told."""
    solve, tables, rules = SOUND[kind]
    solution = solve()
    assert solution.status == "optimal"
    assert locate.check(solution, *tables, **rules) == []
    for what, changed in _tampered(solution):
        assert locate.check(changed, *tables, **rules) != [], what


@pytest.mark.parametrize("kind", ["lscp", "partial", "backup", "median", "centre", "apart", "goals"])
def test_a_site_fewer_is_found_though_all_else_agrees(kind: str) -> None:
    """With one site left out, and assignment and value made to fit, what must be served or open is still told."""
    solve, tables, rules = SOUND[kind]
    solution = solve()
    fewer = tuple(site for site in solution.sites if site != solution.sites[1])
    if kind == "apart":
        known = APART.set_index(["origin", "destination"])["impedance"]
        value = min(known[a, b] for a in fewer for b in fewer if a != b)
        changed = dataclasses.replace(solution, sites=fewer, objective=value, bound=value)
        assert locate.check(changed, *tables, **rules) != []
        return
    limit = 0.3 if kind in ("lscp", "partial", "backup") else math.inf
    seen = FAR[list(fewer)].where(FAR[list(fewer)] <= limit)
    site = seen.T.apply(lambda row: row.idxmin() if row.notna().any() else "")
    table = pd.DataFrame({"site": site, "impedance": seen.min(axis=1)}).loc[solution.assignment.index]
    for value in (solution.objective - 2, solution.objective):
        changed = dataclasses.replace(solution, sites=fewer, assignment=table, objective=value, bound=value)
        assert locate.check(changed, *tables, **rules) != []
