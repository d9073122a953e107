"""Decisions that cannot hold together: the smallest sets to revisit are those that trying all sets finds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from planner.analysis.conflicts import conflicts
from planner.locate.network.constraints import Excluded, Required
from planner.locate.network.model import solve_network
from planner.network.rules import network_rules


def holds(plan: Any, decisions: Sequence[tuple[str, str]]) -> bool:
    """Whether a plan keeps the rules and these decisions."""
    at = plan.tables.sites.index.get_indexer([site for site, _ in decisions])
    opened = tuple(int(one) for one, (_, verdict) in zip(at, decisions, strict=True) if verdict == "approved")
    shut = tuple(int(one) for one, (_, verdict) in zip(at, decisions, strict=True) if verdict != "approved")
    rules = network_rules(plan.scenario, plan.tables, plan.pairs)
    rules += [Required(opened, ("x",))] if opened else []
    rules += [Excluded(shut, ("x",))] if shut else []
    return solve_network(plan.problem, rules).status != "infeasible"


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
