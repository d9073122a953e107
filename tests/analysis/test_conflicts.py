"""Decisions that cannot hold together: the smallest sets to revisit are those that trying all sets finds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from planner.analysis.conflicts import conflicts


def holds(plan: Any, decisions: Sequence[tuple[str, str]]) -> bool:
    """Whether some choice keeps the counts, one station per centre and these decisions: asked of SciPy."""
    problem = plan.problem
    width = problem.n_options
    site, centre = problem.option_site, problem.site_centre[problem.option_site]
    rows = [(centre == one, 0, 1) for one in np.unique(centre)]
    rows += [(problem.option_type == at, *kind.quota) for at, kind in enumerate(plan.scenario.types)]
    for at, (_, verdict) in zip(
        plan.tables.sites.index.get_indexer([one for one, _ in decisions]), decisions, strict=True
    ):
        wanted = int(verdict == "approved")
        rows.append((site == at, wanted, wanted))
    members, low, high = zip(*rows, strict=True)
    ends = [np.array([width if end is None else end for end in side], dtype=float) for side in (low, high)]
    limits = LinearConstraint(np.array(members, dtype=float), *ends)
    return bool(milp(np.zeros(width), integrality=np.ones(width), bounds=Bounds(0, 1), constraints=[limits]).success)


def smallest(plan: Any, decisions: list[tuple[str, str]]) -> set[frozenset[tuple[str, str]]]:
    """The smallest sets without which the others hold, by trying all."""
    for size in range(len(decisions) + 1):
        sets = itertools.combinations(decisions, size)
        found = {frozenset(one) for one in sets if holds(plan, [each for each in decisions if each not in one])}
        if found:
            return found
    return set()


def two_in_one_centre(plan: Any) -> list[str]:
    """Two usable sites of the first centre that has two."""
    sites = plan.tables.sites
    centre = sites["centre"].value_counts().loc[lambda counts: counts > 1].sort_index().index[0]
    return [str(site) for site in sites.index[sites["centre"] == centre][:2]]


@pytest.mark.parametrize("case", ["one centre", "quota", "both", "no truck stop left"])
def test_the_smallest_sets_are_named(plan_maker: Callable[..., Any], case: str) -> None:
    """Two approved in one centre, more approved than the quotas, both, and too much rejected."""
    plan = plan_maker(points=12, sites=24, lounges=2, seed=3)
    sites = plan.tables.sites
    pair = two_in_one_centre(plan)
    spread = [str(site) for site in sites.drop_duplicates("centre").index if str(site) not in pair]
    truck = [site for site in sites.index if "truck_stop" in sites["types"][site]]
    said = {
        "one centre": [(site, "approved") for site in [*pair, spread[0]]],
        "quota": [(site, "approved") for site in spread[:8]],
        "both": [(site, "approved") for site in [*pair, *spread[:6]]],
        "no truck stop left": [(str(site), "rejected") for site in truck[: len(truck) - 1]],
    }[case]
    decisions = pd.DataFrame(said, columns=["site", "verdict"]).assign(to="")
    undecided = SimpleNamespace(scenario=plan.scenario, tables=plan.tables, pairs=plan.pairs)
    found = conflicts(undecided, decisions)
    expected = smallest(plan, said)
    if expected == {frozenset()}:
        assert found == []
    else:
        assert {frozenset(one.decisions) for one in found} <= expected
        assert len(found) == min(len(expected), 12)
        assert all(len(one.decisions) == len(next(iter(expected))) for one in found)
