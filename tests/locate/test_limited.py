"""What stations with limited room serve: the cuts hold for every choice, are tight, and equal an independent program."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from planner.locate.network import ties
from planner.locate.network.constraints import Capacity, Columns, Count, LeastLoad, LimitsLoads, OnePerCentre, Rule
from planner.locate.network.limited import LimitedCoverage
from planner.locate.network.master import cut_rows
from planner.locate.network.model import Goal, network_master, solve_network
from planner.locate.network.objectives import Money, Network, PeopleCovered, WorstShare
from planner.locate.network.problem import Covering, NetworkProblem, covered_shares, served_shares
from planner.locate.network.rounds import Search, cut_off
from planner.locate.network.serving import Served, Serving, ServingProgram
from planner.locate.solver.clock import Clock
from planner.locate.solver.mip import SolverError
from tests.locate.small_networks import keeps, networks, random_network, served

NOBODY = np.empty(0, dtype=np.int64)


def limited_district(seed: int) -> tuple[NetworkProblem, list[LimitsLoads], np.ndarray]:
    """A small random district with room and least loads, some of them below one person, and a label of each point."""
    rng = np.random.default_rng(seed)
    problem = random_network(rng)
    people = rng.integers(0, 9, len(problem.weights)).astype(float)
    room = np.where(
        rng.random(problem.n_options) < 0.8, rng.choice([0.0, 0.75, 3.0, 8.0, 15.0], problem.n_options), np.inf
    )
    least = np.where(rng.random(problem.n_options) < 0.5, rng.integers(1, 7, problem.n_options), 0).astype(float)
    label = rng.integers(0, 3, len(problem.weights))
    return problem, [Capacity(people, room, "all"), LeastLoad(people, least, "all")], label


def decided(problem: NetworkProblem, columns: Columns, network: Network) -> np.ndarray:
    """The columns of a choice of options and, where they are columns, of lounges."""
    v = np.zeros(columns.count)
    v[network.options] = 1.0
    if columns.explicit:
        v[columns.lounges[network.linked]] = 1.0
    return v


@pytest.mark.parametrize("links", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_cuts_hold_everywhere_and_are_tight_where_they_are_made(seed: int, links: bool) -> None:
    """Of every choice of stations: what a linear program of its own serves is by_part, and breaks no cut made anywhere."""
    problem, rules, label = limited_district(seed)
    rng = np.random.default_rng(seed)
    columns = Columns.of(problem, links=links)
    limited = LimitedCoverage(problem, columns, Serving.of(problem, rules, label))
    closed = set(limited.closed().matrix.indices.tolist())
    points = [rng.random(columns.count) * (rng.random(columns.count) < 0.6) for _ in range(3)]
    choices = list(itertools.islice(networks(problem, links=links), 60))
    points += [decided(problem, columns, choices[at]) for at in rng.integers(0, len(choices), 3)]
    cuts = [limited.cut(v, rng.random(len(limited.unit))) for v in points]
    for v in points[:3]:
        cut, parts = limited.cut(v), limited.by_part(v)
        if np.isfinite(parts).all():
            assert cut.over @ parts == pytest.approx(cut(v), abs=1e-6)
    for network in choices:
        most, v = served(problem, list(rules), network), decided(problem, columns, network)
        parts = limited.by_part(v)
        if most is None:
            cut = limited.cut(v)
            assert closed.intersection(network.options.tolist()) or (cut(v) < -1e-7).any()
            continue
        assert not closed.intersection(network.options.tolist())
        assert limited.unit @ parts == pytest.approx(most, abs=1e-5)
        for cut in cuts:
            assert (cut.over @ parts <= cut(v) + 1e-6).all()


def fairest(
    problem: NetworkProblem, rules: list[LimitsLoads], network: Network, label: np.ndarray, floor: float
) -> float:
    """The largest least share of any label that can be served with so much weight in all, by a program of its own."""
    stations, n = problem.stations, len(problem.stations.point)
    through = covered_shares(problem, NOBODY, network.linked)
    gain = problem.weights[stations.point] * np.maximum(stations.share - through[stations.point], 0.0)
    lines, limits = [], []
    for point in range(len(problem.weights)):
        lines.append(np.append(stations.point == point, 0.0))
        limits.append(1.0)
    for rule in rules:
        least, most = rule.limits()
        for o in network.options:
            line = np.append(np.where(stations.by == o, rule.people[stations.point], 0.0), 0.0)
            lines += [line, -line] if np.isfinite(most[o]) else [-line]
            limits += [most[o], -least[o]] if np.isfinite(most[o]) else [-least[o]]
    for one in np.unique(label):
        total = problem.weights[label == one].sum()
        if total > 0:
            lines.append(np.append(-np.where(label[stations.point] == one, gain, 0.0), total))
            limits.append(float(problem.weights[label == one] @ through[label == one]))
    lines.append(np.append(-gain, 0.0))
    limits.append(float(problem.weights @ through) - floor)
    bounds = np.column_stack([np.zeros(n + 1), np.append(np.isin(stations.by, network.options), 1.0)])
    found = linprog(np.append(np.zeros(n), -1.0), np.array(lines), np.array(limits), bounds=bounds)
    assert found.status == 0
    return float(-found.fun)


@pytest.mark.parametrize("seed", range(40))
def test_groups_that_share_the_room_are_served_as_fairly_as_can_be(seed: int) -> None:
    """Most people, then the worst-served label, of stations with room for several: as over all networks."""
    problem, rules, label = limited_district(1000 + seed)
    problem = problem if seed % 2 else replace(problem, outreach=Covering(NOBODY, NOBODY, np.empty(0)))
    kept: list[Rule] = [OnePerCentre(), *rules]
    loss = 0.1
    solution = solve_network(problem, kept, [Goal(PeopleCovered(), loss), Goal(WorstShare(label))], label=label)
    left = [net for net in networks(problem, links=False) if keeps(problem, OnePerCentre(), net)]
    most = {id(net): served(problem, list(kept), net) for net in left}
    values = [value for value in most.values() if value is not None]
    assert solution.status == "optimal"
    assert solution.bests[0] == pytest.approx(max(values), abs=1e-5)
    floor = max(values) * (1 - loss)
    good = [net for net in left if (value := most[id(net)]) is not None and value >= floor - 1e-6]
    shares = [fairest(problem, rules, net, label, floor - 1e-7) for net in good]
    assert solution.bests[1] == pytest.approx(max(shares), abs=1e-4)
    assert solution.loads is not None
    got = served_shares(problem, solution.loads, Network(solution.options, solution.links).linked)
    assert problem.weights @ got >= floor - 1e-4


def test_an_option_that_can_never_serve_enough_is_shut() -> None:
    """Too few people within reach, or less room than must be used: the option is closed from the start."""
    problem, rules, label = limited_district(3)
    shut = Serving.of(problem, rules, label).too_few
    least = rules[1].limits()[0]
    within = np.bincount(
        problem.stations.by, weights=rules[0].people[problem.stations.point], minlength=problem.n_options
    )
    expected = np.flatnonzero(np.minimum(within, rules[0].limits()[1]) < least)
    assert len(expected)
    assert shut.tolist() == expected.tolist()


def test_who_serves_whom_does_not_depend_on_what_was_asked_before() -> None:
    """Programs stay loaded; the loads of an answer are those of a program that starts from nothing."""
    problem, rules, label = limited_district(8)
    columns = Columns.of(problem, links=False)
    limited = LimitedCoverage(problem, columns, Serving.of(problem, rules, label))
    choices = [net for net in networks(problem, links=False) if served(problem, list(rules), net) is not None]
    v = decided(problem, columns, choices[-1])
    theta = np.zeros(len(limited.unit))
    fresh = limited.afresh().loads(v, theta)
    for network in choices:
        limited.by_part(decided(problem, columns, network))
    again = limited.afresh().loads(v, theta)
    assert fresh is not None
    assert again is not None
    assert fresh.tolist() == again.tolist()


@pytest.mark.parametrize("last", range(2, 8))
def test_time_that_runs_out_before_it_is_known_who_is_served_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    """After so many programs the clock stands: what is called optimal is so, and the bound is true, at every moment."""
    problem, rules, label = limited_district(4)
    kept: list[Rule] = [OnePerCentre(), *rules]
    best = solve_network(problem, kept, label=label)
    assert best.status == "optimal"
    usual, calls = ServingProgram.best, 0

    def stopped(program: ServingProgram, *asked: Any) -> Served | None:
        nonlocal calls
        calls += 1
        clock = asked[-1]
        if calls > last:
            clock.interrupted = True
            return None
        return usual(program, *asked)

    monkeypatch.setattr(ServingProgram, "best", stopped)
    found = solve_network(problem, kept, label=label)
    assert found.bound >= best.objective - 1e-6
    assert found.status != "optimal" or found.objective == pytest.approx(best.objective)
    assert calls > last or found.status == "optimal"


def test_a_choice_that_there_was_no_time_to_look_at_is_not_taken_as_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program of who is served gave no answer in time, a choice counts as overstated; with time left, as a fault."""
    problem, rules, label = limited_district(4)
    kept: list[Rule] = [OnePerCentre(), *rules]

    def search(seconds: float) -> Search:
        master = network_master(problem, kept, [Goal(PeopleCovered())], label)
        return Search(problem, master, Clock(seconds), {"gap": 0.0}, parts=np.arange(len(master.layout.theta)))

    x = np.zeros(search(10.0).master.layout.count)
    assert not cut_off(search(10.0), x)[0]  # nobody is served, and nobody is said to be
    monkeypatch.setattr(ServingProgram, "best", lambda *_: None)
    assert cut_off(search(0.0), x)[0]
    with pytest.raises(SolverError, match="who is served"):
        cut_off(search(10.0), x)


@pytest.mark.parametrize("seed", range(30))
def test_least_loads_that_cannot_all_be_met_are_cut_off_by_rows_of_the_master(seed: int) -> None:
    """A choice that lacks people breaks a row that the master keeps, whatever its objective counts."""
    problem, rules, label = limited_district(2000 + seed)
    master = network_master(problem, [OnePerCentre(), *rules], [Goal(PeopleCovered())], label)
    limited = master.behind.limited
    assert limited is not None
    shut = set(limited.closed().matrix.indices.tolist())
    for network in networks(problem, links=False):
        if shut.isdisjoint(network.options.tolist()) and served(problem, list(rules), network) is None:
            x = np.zeros(master.layout.count)
            x[network.options] = 1.0
            _, rows = cut_rows(master, master.behind.cut(master.decided(x), x[master.layout.theta]), NOBODY, x)
            assert len(rows.upper)
            assert (rows.matrix @ x > rows.upper + 1e-7).all()


@pytest.mark.parametrize("seed", range(20))
def test_least_loads_bind_where_money_comes_first(seed: int) -> None:
    """The cheapest choice that serves its least loads, then the most people: as over all networks."""
    problem, rules, label = limited_district(3000 + seed)
    cost = np.random.default_rng(seed).integers(1, 9, problem.n_options).astype(float)
    asked: list[Rule] = [OnePerCentre(), Count(tuple(range(problem.n_sites)), "all", 1, None), *rules]
    solution = solve_network(problem, asked, [Goal(Money(cost)), Goal(PeopleCovered())], label=label, time_limit=30)
    left = [net for net in networks(problem, links=False) if all(keeps(problem, rule, net) for rule in asked[:2])]
    most = [(cost[net.options].sum(), served(problem, asked, net)) for net in left]
    values = sorted((money, -value) for money, value in most if value is not None)
    if not values:
        assert solution.status == "infeasible"
        return
    assert solution.status == "optimal"
    assert solution.bests == pytest.approx((values[0][0], -values[0][1]), abs=1e-5)


def test_a_least_load_met_exactly_by_parts_of_people_is_met() -> None:
    """0.7 and 0.1 and 0.1 people are 0.9, though not as floating-point numbers."""
    people = np.array([0.7, 0.1, 0.1])
    stations = Covering(np.arange(3), np.zeros(3, np.int64), np.ones(3))
    none, one = Covering(NOBODY, NOBODY, np.empty(0)), np.zeros(1, np.int64)
    problem = NetworkProblem(people, one, one, one, 1, 0, stations, none, NOBODY, NOBODY, np.empty(0))
    solution = solve_network(problem, [OnePerCentre(), LeastLoad(people, np.array([0.9]), "all")])
    assert solution.options.tolist() == [0]
    assert solution.objective == pytest.approx(0.9)


def test_ties_cut_short_are_not_called_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while it is found anew who serves whom: the network stands, its ties are open."""
    problem, rules, label = limited_district(4)
    kept: list[Rule] = [OnePerCentre(), *rules]
    usual = ties.linear_bound

    def stopped(master: Any, terms: Any, clock: Clock, *rest: Any, **more: Any) -> Any:
        clock.interrupted = True
        return usual(master, terms, clock, *rest, **more)

    monkeypatch.setattr(ties, "linear_bound", stopped)
    solution = solve_network(problem, kept, label=label)
    assert solution.status == "optimal"
    assert not solution.settled


def test_rules_on_loads_must_say_their_limits_and_count_the_same_people() -> None:
    """A rule that the model could not keep is refused, not left out."""
    problem, rules, label = limited_district(4)
    other = replace(rules[1], people=rules[1].people + 1.0)  # type: ignore[type-var]
    with pytest.raises(ValueError, match="different people"):
        network_master(problem, [rules[0], other], [Goal(PeopleCovered())], label)
