"""The same plan from one and two threads, from shuffled rows, and twice: ties end in the first network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.locate.network.constraints import Capacity, LeastLoad, LinksPerStation, OnePerCentre, Quota, Rule
from planner.locate.network.model import Goal, NetworkSolution, solve_network
from planner.locate.network.objectives import LoungesLinked, PeopleCovered, WorstShare
from planner.locate.network.problem import Covering, NetworkProblem


def tied(seed: int) -> NetworkProblem:
    """A district full of ties: places of the same few patterns, people of weight one."""
    rng = np.random.default_rng(seed)
    n_sites, n_points, n_lounges = 12, 40, 4
    pattern = rng.random((3, n_points)) < 0.3
    site, point = np.nonzero(pattern[rng.integers(0, 3, n_sites)])
    lounge, option = np.nonzero(rng.random((n_lounges, n_sites)) < 0.6)
    walk_point, walk = np.nonzero(rng.random((n_points, n_lounges)) < 0.1)
    return NetworkProblem(
        weights=np.ones(n_points),
        option_site=np.arange(n_sites),
        option_type=np.arange(n_sites) % 2,
        site_centre=np.arange(n_sites) // 2,
        n_types=2,
        n_lounges=n_lounges,
        stations=Covering(point, site, np.ones(len(site))),
        outreach=Covering(walk_point, walk, np.full(len(walk), 0.5)),
        link_lounge=lounge,
        link_option=option,
        link_effort=np.ones(len(lounge)),
    )


def shuffled(problem: NetworkProblem, rng: np.random.Generator) -> NetworkProblem:
    """The same district with points, pairs and links in another order."""
    order = rng.permutation(len(problem.weights))
    place = np.argsort(order)

    def mixed(covering: Covering) -> Covering:
        rows = rng.permutation(len(covering.point))
        return Covering(place[covering.point[rows]], covering.by[rows], covering.share[rows])

    links = rng.permutation(len(problem.link_lounge))
    return replace(
        problem,
        weights=problem.weights[order],
        stations=mixed(problem.stations),
        outreach=mixed(problem.outreach),
        link_lounge=problem.link_lounge[links],
        link_option=problem.link_option[links],
        link_effort=problem.link_effort[links],
    )


RULES: list[list[Rule]] = [
    [OnePerCentre(), Quota(0, "a", 2, 2), Quota(1, "b", 1, 2)],
    [OnePerCentre(), Quota(0, "a", 2, 2), Quota(1, "b", 1, 2), LinksPerStation(0, 2)],
]


@pytest.mark.parametrize("rules", RULES, ids=["links free", "links by rule"])
@pytest.mark.parametrize("seed", range(6))
def test_ties_end_in_the_same_network(seed: int, rules: list[Rule]) -> None:
    """Threads, the solver's seed and the order of points, pairs and links change nothing."""
    problem = tied(seed)
    goals = [Goal(PeopleCovered()), Goal(LoungesLinked())]

    def chosen(solution: NetworkSolution) -> tuple[list[int], list[int]]:
        assert solution.status == "optimal"
        assert solution.settled
        return solution.options.tolist(), solution.links.tolist()

    first = chosen(solve_network(problem, rules, goals))
    assert chosen(solve_network(problem, rules, goals)) == first
    assert chosen(solve_network(problem, rules, goals, threads=2)) == first
    assert chosen(solve_network(problem, rules, goals, seed=7)) == first
    rng = np.random.default_rng(100 + seed)
    assert chosen(solve_network(shuffled(problem, rng), rules, goals)) == first


@pytest.mark.parametrize("seed", range(4))
def test_room_for_so_many_people_changes_nothing_of_that(seed: int) -> None:
    """Where stations have limited room the network is the same, and without another order so is who serves whom."""
    problem = tied(seed)
    everybody = np.ones(len(problem.weights))
    rules: list[Rule] = [
        OnePerCentre(), Quota(0, "a", 2, 2), Quota(1, "b", 1, 2),
        Capacity(everybody, np.full(12, 5.0), "all"), LeastLoad(everybody, np.full(12, 2.0), "all"),
    ]  # fmt: skip
    label = np.arange(len(problem.weights)) % 2
    goals = [Goal(PeopleCovered()), Goal(WorstShare(label)), Goal(LoungesLinked())]

    def chosen(solution: NetworkSolution) -> tuple[list[int], list[int], list[float]]:
        assert solution.status == "optimal"
        assert solution.settled
        assert solution.loads is not None
        return solution.options.tolist(), solution.links.tolist(), solution.loads.round(9).tolist()

    first = chosen(solve_network(problem, rules, goals, label=label))
    for other in ({}, {"threads": 2}, {"seed": 7}):
        assert chosen(solve_network(problem, rules, goals, label=label, **other)) == first
    order = np.random.default_rng(seed).permutation(len(label))
    again = replace(
        problem,
        stations=replace(problem.stations, point=np.argsort(order)[problem.stations.point]),
        outreach=replace(problem.outreach, point=np.argsort(order)[problem.outreach.point]),
    )
    fair = [Goal(PeopleCovered()), Goal(WorstShare(label[order])), Goal(LoungesLinked())]
    assert chosen(solve_network(again, rules, fair, label=label[order]))[:2] == first[:2]
