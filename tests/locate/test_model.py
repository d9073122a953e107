"""The joint model of sites, types and links."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from planner.locate.constraints import Excluded, OnePerCentre, Quota, Required, Rule
from planner.locate.model import link_lounges, network_value, solve_network
from planner.locate.network import Covering, NetworkProblem, cover_rows


def random_network(rng: np.random.Generator) -> tuple[NetworkProblem, list[Rule]]:
    """A small random district: sites in centres, types, points with stepped shares, lounges."""
    n_sites, n_types, n_points, n_lounges = (
        rng.integers(2, 7),
        rng.integers(1, 4),
        rng.integers(1, 15),
        rng.integers(0, 5),
    )
    allowed = rng.random((n_sites, n_types)) < 0.7
    site, kind = np.nonzero(allowed)
    n_options = len(site)

    def covering(count: int) -> Covering:
        reached = np.nonzero(rng.random((n_points, count)) < 0.3)
        return Covering(reached[0], reached[1], rng.choice([1.0, 0.6, 0.3], len(reached[0])))

    lounge, option = np.nonzero(rng.random((n_lounges, n_options)) < 0.5)
    problem = NetworkProblem(
        weights=rng.integers(0, 9, n_points).astype(float),
        option_site=site,
        option_type=kind,
        site_centre=rng.integers(0, 4, n_sites),
        n_types=int(n_types),
        n_lounges=int(n_lounges),
        stations=covering(n_options),
        outreach=covering(int(n_lounges)),
        link_lounge=lounge,
        link_option=option,
        link_effort=rng.integers(0, 5, len(lounge)).astype(float),
    )
    rules: list[Rule] = [OnePerCentre()]
    for t in range(n_types):
        low = int(rng.integers(0, 2))
        rules.append(Quota(t, f"t{t}", low, low + int(rng.integers(0, 2))))
    if rng.random() < 0.3:
        rules.append(Required((int(rng.integers(n_sites)),), ("S",)))
    if rng.random() < 0.3:
        rules.append(Excluded((int(rng.integers(n_sites)),), ("S",)))
    return problem, rules


def keeps(problem: NetworkProblem, rules: list[Rule], options: tuple[int, ...]) -> bool:
    """Whether a choice keeps the rules, by plain counting."""
    chosen = np.array(options, dtype=np.int64)
    sites = problem.option_site[chosen]
    for rule in rules:
        match rule:
            case OnePerCentre():
                centres = problem.site_centre[sites]
                if len(set(centres)) < len(centres):
                    return False
            case Quota():
                count = int((problem.option_type[chosen] == rule.type).sum())
                if count < rule.at_least or (rule.at_most is not None and count > rule.at_most):
                    return False
            case Required():
                if any(site not in sites for site in rule.sites):
                    return False
            case Excluded():
                if any(site in sites for site in rule.sites):
                    return False
    return True


def plain_value(problem: NetworkProblem, options: tuple[int, ...]) -> float:
    """The covered weight of a choice, point by point."""
    linked = {lounge for lounge, o in zip(problem.link_lounge, problem.link_option, strict=True) if o in options}
    total = 0.0
    for point, weight in enumerate(problem.weights):
        shares = [0.0]
        for covering, chosen in ((problem.stations, set(options)), (problem.outreach, linked)):
            for p, by, share in zip(covering.point, covering.by, covering.share, strict=True):
                if p == point and by in chosen:
                    shares.append(share)
        total += weight * max(shares)
    return total


@pytest.mark.parametrize("seed", range(200))
def test_equals_brute_force(seed: int) -> None:
    """The objective equals the best over all choices; infeasible just where no choice keeps the rules."""
    problem, rules = random_network(np.random.default_rng(seed))
    every = range(problem.n_options + 1)
    choices = (c for k in every for c in itertools.combinations(range(problem.n_options), k))
    values = [plain_value(problem, choice) for choice in choices if keeps(problem, rules, choice)]
    solution = solve_network(problem, rules)
    if not values:
        assert solution.status == "infeasible"
        return
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(max(values), abs=1e-9)
    assert solution.bound == pytest.approx(max(values), abs=1e-6)
    assert keeps(problem, rules, tuple(solution.options))
    assert network_value(problem, solution.options) == pytest.approx(plain_value(problem, tuple(solution.options)))


def test_merging_keeps_the_total_weight() -> None:
    """Unfolding steps and merging equal rows keeps the weight of all reachable points, and merges equals."""
    both = Covering(np.array([0, 1, 2]), np.array([0, 0, 1]), np.array([1.0, 1.0, 0.5]))
    none = Covering(np.empty(0, int), np.empty(0, int), np.empty(0))
    empty = np.empty(0, int)
    problem = NetworkProblem(
        np.array([2.0, 3.0, 4.0]), np.array([0, 1]), np.array([0, 0]), np.array([0, 1]), 1, 0, both, none,
        empty, empty, np.empty(0),
    )  # fmt: skip
    rows = cover_rows(problem)
    assert sorted(rows.weights) == [2.0, 5.0]


def test_links_go_to_the_nearest_open_option() -> None:
    """A zero effort is an effort, ties go to the first, and a lounge out of reach stays unlinked."""
    none = Covering(np.empty(0, int), np.empty(0, int), np.empty(0))
    problem = NetworkProblem(
        np.empty(0), np.arange(3), np.zeros(3, int), np.arange(3), 1, 4, none, none,
        np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 2, 0]), np.array([5.0, 0.0, 7.0, 7.0, 1.0]),
    )  # fmt: skip
    assert link_lounges(problem, np.array([1, 2])).tolist() == [1, 1, -1, -1]
