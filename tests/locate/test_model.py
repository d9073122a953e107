"""The joint model of sites, types and links equals the best of every network that keeps the rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.locate.network.constraints import Capacity, LeastLoad, Rule
from planner.locate.network.model import Goal, link_lounges, solve_network
from planner.locate.network.objectives import EarlyCover, Mix, Network, PeopleCovered, WorstShare
from planner.locate.network.problem import Covering, NetworkProblem, cover_rows
from tests.locate.small_networks import (
    NONE,
    brute_force,
    in_phases,
    keeps,
    phase_rules,
    plain_value,
    random_goals,
    random_network,
    random_rules,
)


def check_against_brute_force(seed: int) -> None:
    """Solve a random district and compare every objective in order, and the network that ties end in."""
    rng = np.random.default_rng(seed)
    problem = random_network(rng)
    rules = random_rules(rng, problem)
    goals, label = random_goals(rng, problem)
    loads = any(rule.needs_loads for rule in rules)
    if loads:
        goals = [goal for goal in goals if not isinstance(goal.objective, WorstShare | Mix)]
    links = any(rule.needs_links for rule in rules) or any(goal.objective.needs_links for goal in goals)
    compare(problem, rules, goals, label, links=links)


def compare(problem: NetworkProblem, rules: list[Rule], goals: list[Goal], label: np.ndarray, *, links: bool) -> None:
    """Compare values, bounds and the network itself with those of brute force."""
    loads = any(rule.needs_loads for rule in rules)
    found = brute_force(problem, rules, goals, links=links)
    solution = solve_network(problem, rules, goals, label=label)
    if found is None:
        assert solution.status == "infeasible"
        return
    best, first = found
    assert solution.status == "optimal"
    assert solution.settled
    assert solution.bests == pytest.approx(best, abs=1e-5)
    assert solution.bounds == pytest.approx(best, rel=1e-5, abs=1e-4)
    network = Network(solution.options, solution.links, solution.loads, solution.phases)
    assert all(keeps(problem, rule, network) for rule in rules)
    assert network.options.tolist() == first.options.tolist()
    assert network.links.tolist() == first.links.tolist()
    assert in_phases(network) == in_phases(first)
    if not loads:
        assert solution.values == pytest.approx([plain_value(problem, goal.objective, network) for goal in goals])


@pytest.mark.parametrize("seed", range(200))
def test_equals_brute_force(seed: int) -> None:
    """Each objective in order equals the best over all networks; infeasible just where none keeps the rules."""
    check_against_brute_force(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(200, 1200, 50))
def test_equals_brute_force_at_length(first: int) -> None:
    """A thousand more districts, all rules on and off at random; ``-k "length[250]"`` runs fifty of them."""
    for seed in range(first, first + 50):
        check_against_brute_force(seed)


@pytest.mark.parametrize("seed", range(60))
def test_points_served_alike_equal_brute_force(seed: int) -> None:
    """Where points of a kind share what serves them, capacity and least load lose nothing."""
    rng = np.random.default_rng(seed)
    problem = random_network(rng)
    twice = np.concatenate([problem.stations.point, problem.stations.point + len(problem.weights)])
    stations = Covering(twice, np.tile(problem.stations.by, 2), np.tile(problem.stations.share, 2))
    weights = np.append(problem.weights, rng.integers(0, 9, len(problem.weights)))
    problem = replace(problem, weights=weights, stations=stations, outreach=NONE)
    problem = replace(problem, alike=np.zeros(len(weights), dtype=np.int64))
    small, usual = rng.choice([0.25, 0.75, 2.5], problem.n_options), rng.integers(5, 40, problem.n_options)
    room = np.where(rng.random(problem.n_options) < 0.2, small, usual)
    least = rng.integers(0, 9, problem.n_options).astype(float)
    loads: list[Rule] = [Capacity(2.0 * weights, room, "all"), LeastLoad(2.0 * weights, least, "all")]
    rules = [rule for rule in random_rules(rng, problem) if not rule.needs_loads] + loads
    links = any(rule.needs_links for rule in rules)
    compare(problem, rules, [Goal(PeopleCovered())], np.zeros(len(weights), dtype=np.int64), links=links)


def check_phases(seed: int) -> None:
    """Solve a random district in two or three phases and compare it with brute force."""
    rng = np.random.default_rng(seed)
    problem = replace(random_network(rng), n_phases=int(rng.integers(2, 4)))
    rules = [rule for rule in random_rules(rng, problem) if not rule.needs_loads]
    if sum(rule.needs_links for rule in rules) > 1:
        rules = [rule for rule in rules if not rule.needs_links]
    rules += phase_rules(rng, problem)
    goals, label = random_goals(rng, problem)
    goals = [*goals[:2], Goal(EarlyCover())] if rng.random() < 0.5 else [Goal(EarlyCover(), 0.1), *goals[:2]]
    links = any(rule.needs_links for rule in rules) or any(goal.objective.needs_links for goal in goals)
    compare(problem, rules, goals, label, links=links)


@pytest.mark.parametrize("seed", range(120))
def test_phases_equal_brute_force(seed: int) -> None:
    """Stations, phases and links are the best and the first of all, under rules on phases and others."""
    check_phases(seed)


def test_merging_keeps_the_total_weight() -> None:
    """Unfolding steps and merging equal rows keeps the weight of all reachable points, and merges equals."""
    both = Covering(np.array([0, 1, 2]), np.array([0, 0, 1]), np.array([1.0, 1.0, 0.5]))
    empty = np.empty(0, int)
    problem = NetworkProblem(
        np.array([2.0, 3.0, 4.0]), np.array([0, 1]), np.array([0, 0]), np.array([0, 1]), 1, 0, both, NONE,
        empty, empty, np.empty(0),
    )  # fmt: skip
    assert sorted(cover_rows(problem).weights) == [2.0, 5.0]
    assert sorted(cover_rows(problem, np.array([0, 1, 0])).weights) == [2.0, 2.0, 3.0]


def test_links_go_to_the_nearest_open_option() -> None:
    """A zero effort is an effort, ties go to the first, and a lounge out of reach stays unlinked."""
    problem = NetworkProblem(
        np.empty(0), np.arange(3), np.zeros(3, int), np.arange(3), 1, 4, NONE, NONE,
        np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 2, 0]), np.array([5.0, 0.0, 7.0, 7.0, 1.0]),
    )  # fmt: skip
    assert link_lounges(problem, np.array([1, 2])).tolist() == [1, 1, -1, -1]
