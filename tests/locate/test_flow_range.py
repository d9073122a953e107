"""Driving ranges: cuts that no drivable route breaks, as deep as the largest flow, and choices with true bounds."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from planner import locate
from planner.locate.choice import read_choice
from planner.locate.flow_cover import site_table
from planner.locate.flow_range import _Program, _Search, most_in_range
from planner.locate.problem import make_problem
from planner.locate.solver.clock import Clock
from planner.locate.trip_cuts import broken_cuts
from planner.locate.trips import Trips, read_trips

SITES = [f"s{j}" for j in range(7)]


def roads(seed: int, routes: int = 8) -> tuple[pd.DataFrame, dict[str, float], dict[str, float]]:
    """Return stops of routes (a site may be passed twice), flows with zeros, and lengths."""
    random = np.random.default_rng(seed)
    names = [f"r{i}" for i in range(routes)]
    rows = [
        (name, site, float(random.integers(0, 100)), float(random.choice([0, 2, 8, 14])))
        for name in names for site in SITES for _ in range(random.choice([0, 1, 1, 2]))
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["route", "site", "position", "detour"])
    table = table.drop_duplicates(["route", "site", "position"])
    return table, {name: float(random.integers(0, 9)) for name in names}, dict.fromkeys(names, 100.0)


def trips_of(seed: int, reach: float) -> Trips:
    table, flows, lengths = roads(seed)
    return read_trips(make_problem(site_table(table), flows), table, lengths, 10.0, reach)


def largest_flow(trips: Trips, route: int, shares: np.ndarray) -> float:
    """Return the largest flow through a route's stops, by networkx."""
    graph, stops = nx.DiGraph(), trips.stops(route)
    place = [0.0, *trips.position[stops], float(trips.length[route])]
    half = [0.0, *(trips.detour[stops] / 2), 0.0]
    for k, stop in enumerate(stops, start=1):
        graph.add_edge(("in", k), ("out", k), capacity=float(shares[trips.site[stop]]))
    for a, b in itertools.combinations(range(len(place)), 2):
        if place[b] - place[a] + half[a] + half[b] <= trips.reach + 1e-3 and (a, b) != (0, len(place) - 1):
            graph.add_edge(("out", a), ("in", b))
    ends = ("out", 0), ("in", len(place) - 1)
    return float(nx.maximum_flow_value(graph, *ends)) if all(end in graph for end in ends) else 0.0


@pytest.mark.parametrize("seed", range(40))
def test_cuts_are_as_deep_as_the_largest_flow_and_hold_for_every_choice(seed: int) -> None:
    """A route is cut where it counts more than flows through its stops, and there alone."""
    trips = trips_of(seed, float(np.random.default_rng(seed).choice([30, 45, 60, 100])))
    random = np.random.default_rng(seed + 99)
    shares, counted = random.choice([0.0, 0.3, 0.5, 1.0], 7), random.choice([0.0, 0.4, 1.0], len(trips.length))
    route, start, site = broken_cuts(trips, shares, counted)
    flow = np.array([largest_flow(trips, r, shares) for r in range(len(trips.length))])
    assert set(route) == set(np.flatnonzero(flow < counted - 1e-3))
    cuts = [np.unique(site[low:high]) for low, high in itertools.pairwise(start)]
    for r, cut in zip(route, cuts, strict=True):
        assert shares[cut].sum() <= flow[r] + 1e-9  # a site that is passed twice is in the cut once
    for chosen in itertools.product([False, True], repeat=7):
        opened = np.array(chosen)
        served = trips.served(opened)
        assert all(opened[cut].any() for r, cut in zip(route, cuts, strict=True) if served[r])
        assert (served == [largest_flow(trips, r, opened.astype(float)) > 0.5 for r in range(len(served))]).all()


@pytest.mark.parametrize("seed", range(30))
def test_bounds_and_choices_are_true(seed: int) -> None:
    """The linear bound is above every choice, search below; together they meet at the best of all choices."""
    trips = trips_of(seed, 45.0)
    problem, p = trips.problem, 3
    choice = read_choice(problem, p, None)
    best = 0.0
    for chosen in itertools.combinations(range(7), p):
        best = max(best, float(problem.weights[trips.served(np.isin(np.arange(7), chosen))].sum()))
    program, search = _Program(trips, choice), _Search(trips, choice)
    search.offer(program.tightened(Clock(60)), Clock(60))
    assert search.value == problem.weights[trips.served(search.opened)].sum() <= best <= program.bound
    assert choice.allows(search.opened)
    opened, bound = most_in_range(trips, choice, Clock(60), gap=0.0, seed=1, threads=1)
    assert problem.weights[trips.served(opened)].sum() == pytest.approx(best)
    assert bound == pytest.approx(best)
    for site in np.flatnonzero(opened):
        fewer = opened & (np.arange(7) != site)
        assert problem.weights[trips.served(fewer)].sum() < best


@pytest.mark.parametrize("seed", range(12))
def test_a_budget_with_a_range_equals_trying_all(seed: int) -> None:
    """Sites of different prices, flows that are no whole numbers."""
    table, flows, lengths = roads(seed)
    flows = {name: flow * 0.37 + 0.001 for name, flow in flows.items()}
    price = dict(zip(SITES, np.random.default_rng(seed).choice([1.0, 1.5, 2.25], 7).tolist(), strict=True))
    trips = read_trips(make_problem(site_table(table), flows), table, lengths, 10.0, 60.0)
    best = 0.0
    for chosen in itertools.product([False, True], repeat=7):
        if np.array(chosen) @ np.array(list(price.values())) <= 4.0:
            best = max(best, float(trips.problem.weights[trips.served(np.array(chosen))].sum()))
    ranged = {"detour": 10.0, "driving_range": 60.0, "lengths": lengths}
    found = locate.flow_cover(table, flows, cost=price, budget=4.0, **ranged)
    assert (found.status, found.objective) == ("optimal", pytest.approx(best))
    assert locate.check(found, table, flows, cost=price, lengths=lengths) == []
