"""Prices are differences of two proven optima: brute force and full solves say the same."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.analysis.conflicts import conflicts
from planner.analysis.prices import decision_prices, site_prices
from planner.locate.network.constraints import Excluded, Required
from planner.locate.network.model import link_lounges, solve_network
from planner.locate.network.problem import covered_shares
from planner.network.rules import network_goals, network_rules
from planner.scenario import Phase


@pytest.fixture(scope="module")
def tiny_plan(plan_maker: Callable[..., Any]) -> Any:
    """A plan whose every choice of stations can be tried, chosen best."""
    return optimal(plan_maker(points=90, sites=16, lounges=5, seed=4))


def optimal(plan: Any) -> Any:
    """The plan with its best stations in place of the first that came."""
    rules = network_rules(plan.scenario, plan.tables, plan.pairs)
    solution = solve_network(plan.problem, rules, network_goals(plan.scenario, plan.tables, plan.pairs, None))
    assert solution.status == "optimal"
    chosen = plan.tables.options.iloc[solution.options]
    plan.stations = plan.candidates.loc[chosen["site"]].assign(type=chosen["type"].to_numpy())
    plan.solution = solution
    return plan


def choices(plan: Any) -> Iterator[tuple[frozenset[str], float]]:
    """Every allowed choice of stations with the weight it covers."""
    problem = plan.problem
    of_type = [np.flatnonzero(problem.option_type == at).tolist() for at in range(problem.n_types)]
    counts = [kind.count or 0 for kind in plan.scenario.types]
    sites = plan.tables.sites.index.to_numpy()
    parts = [itertools.combinations(options, count) for options, count in zip(of_type, counts, strict=True)]
    centre = problem.site_centre[problem.option_site].tolist()
    for part in itertools.product(*parts):
        chosen = list(itertools.chain.from_iterable(part))
        if len({centre[option] for option in chosen}) < len(chosen):
            continue
        options = np.array(sorted(chosen), dtype=np.int64)
        at = problem.option_site[options]
        linked = np.flatnonzero(link_lounges(problem, options) >= 0)
        yield frozenset(sites[at]), float(problem.weights @ covered_shares(problem, options, linked))


def best(known: list[tuple[frozenset[str], float]], opened: set[str], shut: set[str]) -> float:
    """The most weight of the choices that keep a flip, NaN where there is none."""
    return max((value for sites, value in known if opened <= sites and not shut & sites), default=math.nan)


@pytest.fixture(scope="module")
def known(tiny_plan: Any) -> list[tuple[frozenset[str], float]]:
    """All choices of the tiny plan."""
    return list(choices(tiny_plan))


Known = list[tuple[frozenset[str], float]]


def test_each_price_equals_brute_force(tiny_plan: Any, known: Known) -> None:
    """Of every station forced out and every other site forced in: the best of all choices that keep it."""
    priced = site_prices(tiny_plan)
    assert set(priced.index) == set(tiny_plan.tables.sites.index)
    most = best(known, set(), set())
    for site, row in priced.iterrows():
        flipped = best(known, set(), {site}) if row["forced"] == "out" else best(known, {site}, set())
        assert row["price"] == pytest.approx(most - flipped, nan_ok=True, abs=1e-6)
        assert row["bound"] <= row["price"] + 1e-6 or math.isnan(row["price"])


def test_each_decision_has_its_price_given_the_others_and_alone(tiny_plan: Any, known: Known) -> None:
    """Decisions of all kinds at once: each price is the difference of the two best choices that brute force finds."""
    sites = list(tiny_plan.tables.sites.index)
    inside = list(tiny_plan.stations.index)
    outside = [site for site in sites if site not in inside]
    said = {inside[0]: "rejected", outside[0]: "approved", inside[1]: "deferred"}
    decisions = pd.DataFrame({"site": list(said), "verdict": list(said.values()), "to": ""})
    undecided = SimpleNamespace(scenario=tiny_plan.scenario, tables=tiny_plan.tables, pairs=tiny_plan.pairs)
    priced = decision_prices(undecided, decisions)

    def under(names: list[str]) -> float:
        opened = {name for name in names if said[name] == "approved"}
        return best(known, opened, set(names) - opened)

    for site in said:
        others = [name for name in said if name != site]
        assert priced.loc[site, "price"] == pytest.approx(under(others) - under(list(said)), nan_ok=True, abs=1e-6)
        assert priced.loc[site, "alone"] == pytest.approx(under([]) - under([site]), nan_ok=True, abs=1e-6)


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_prices_equal_full_solves(plan_maker: Callable[..., Any], jobs: int) -> None:
    """Each equals the plain model solved anew with the site required or excluded, in one process or in two."""
    plan = optimal(plan_maker(points=240, sites=30, lounges=8, seed=9))
    priced = site_prices(plan, substitutes=8, jobs=jobs)
    rules = network_rules(plan.scenario, plan.tables, plan.pairs)
    goals = network_goals(plan.scenario, plan.tables, plan.pairs, None)
    for site, row in priced.iterrows():
        at = (int(plan.tables.sites.index.get_loc(site)),)
        force = Excluded(at, ("x",)) if row["forced"] == "out" else Required(at, ("x",))
        again = solve_network(plan.problem, [*rules, force], goals)
        wanted = plan.solution.best - again.best if again.status == "optimal" else math.nan
        assert row["price"] == pytest.approx(wanted, nan_ok=True, abs=1e-6)


def test_the_figures_of_a_price_add_up(tiny_plan: Any) -> None:
    """People lost by group sum to people lost, by area as well; a station is never replaced by itself."""
    priced = site_prices(tiny_plan, substitutes=0)
    by_group = priced.filter(regex="^people:").sum(axis=1)
    by_area = priced.filter(regex="^people@").sum(axis=1)
    assert by_group.to_numpy() == pytest.approx(priced["people"].to_numpy(), nan_ok=True)
    assert by_area.to_numpy() == pytest.approx(priced["people"].to_numpy(), nan_ok=True)
    assert all(site != row["best_instead"] for site, row in priced.iterrows())


def test_a_required_station_is_priced_without_its_requirement(tiny_plan: Any, known: Known) -> None:
    """An approved site that is worse than another has a negative price: people would be gained without it."""
    outside = [site for site in tiny_plan.tables.sites.index if site not in tiny_plan.stations.index]
    worst = min(outside, key=lambda site: best(known, {site}, set()))
    candidates = tiny_plan.candidates.copy()
    candidates.loc[worst, "status"] = "required"
    bound = type(tiny_plan)(**{**vars(tiny_plan), "candidates": candidates})
    bound.stations = bound.candidates.loc[[worst]].assign(type="rider_home")
    priced = site_prices(bound, substitutes=0)
    gained = best(known, {worst}, set()) - best(known, set(), {worst})
    assert priced.loc[worst, "price"] == pytest.approx(gained, abs=1e-6)
    assert gained < 0


def test_a_site_put_off_to_a_later_phase_has_no_price(tiny_plan: Any, known: Known) -> None:
    """With two phases a deferred site still stands in the end: it shuts nothing, and others are priced as without it."""
    inside = [str(site) for site in tiny_plan.stations.index]
    phases = (Phase(name="一期"), Phase(name="二期"))
    scenario = tiny_plan.scenario.model_copy(update={"phases": phases})
    undecided = SimpleNamespace(scenario=scenario, tables=tiny_plan.tables, pairs=tiny_plan.pairs)
    said = {inside[0]: "rejected", inside[1]: "deferred"}
    decisions = pd.DataFrame({"site": list(said), "verdict": list(said.values()), "to": ""})
    priced = decision_prices(undecided, decisions)
    assert priced.loc[inside[1], "status"] == "later phase"
    assert math.isnan(priced.loc[inside[1], "price"])
    lost = best(known, set(), set()) - best(known, set(), {inside[0]})
    assert priced.loc[inside[0], "price"] == pytest.approx(lost, abs=1e-6)
    assert conflicts(undecided, decisions) == []
