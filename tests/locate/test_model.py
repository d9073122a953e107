"""The joint model of sites, types and links."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest

from planner.locate.constraints import (
    Budget,
    Count,
    Excluded,
    Implication,
    LeastShare,
    LinksPerStation,
    LoungesLinked,
    OnePerCentre,
    Quota,
    Required,
    Rule,
    Spacing,
)
from planner.locate.explain import explain
from planner.locate.model import Goal, link_lounges, solve_network
from planner.locate.network import Covering, NetworkProblem, cover_rows
from planner.locate.objectives import (
    Changes,
    LinkTravel,
    Money,
    Network,
    Objective,
    PeopleCovered,
    WorstShare,
)
from planner.locate.objectives import (
    LoungesLinked as MostLoungesLinked,
)

NONE = Covering(np.empty(0, int), np.empty(0, int), np.empty(0))


def random_network(rng: np.random.Generator) -> NetworkProblem:
    """A small random district: sites in centres, types, points with stepped shares, lounges."""
    n_sites, n_types = int(rng.integers(2, 6)), int(rng.integers(1, 3))
    n_points, n_lounges = int(rng.integers(1, 15)), int(rng.integers(0, 4))
    site, kind = np.nonzero(rng.random((n_sites, n_types)) < 0.8)
    n_options = len(site)

    def covering(count: int) -> Covering:
        reached = np.nonzero(rng.random((n_points, count)) < 0.3)
        return Covering(reached[0], reached[1], rng.choice([1.0, 0.6, 0.3], len(reached[0])))

    lounge, option = np.nonzero(rng.random((n_lounges, n_options)) < 0.4)
    return NetworkProblem(
        weights=rng.integers(0, 9, n_points).astype(float),
        option_site=site,
        option_type=kind,
        site_centre=rng.integers(0, 4, n_sites),
        n_types=n_types,
        n_lounges=n_lounges,
        stations=covering(n_options),
        outreach=covering(n_lounges),
        link_lounge=lounge,
        link_option=option,
        link_effort=rng.integers(0, 5, len(lounge)).astype(float),
    )


def random_rules(rng: np.random.Generator, problem: NetworkProblem) -> list[Rule]:
    """Every kind of rule, on or off at random."""
    n = problem.n_sites
    some = tuple(sorted(set(rng.integers(0, n, 3).tolist())))
    a, b = (int(site) for site in rng.choice(n, 2, replace=False))
    cost = rng.integers(1, 9, problem.n_options).astype(float)
    lounges = tuple(range(min(1, problem.n_lounges)))
    rules: list[Rule] = [OnePerCentre()]
    rules += [Quota(t, f"t{t}", low := int(rng.integers(0, 2)), low + 1) for t in range(problem.n_types)]
    others: list[Rule] = [
        Required((a,), ("S",)),
        Excluded((b,), ("S",)),
        Spacing(np.array(list(itertools.combinations(some, 2))).reshape(-1, 2), "1 km"),
        Count(some, "the east", int(rng.integers(0, 2)), 1),
        Implication(a, b, ("A", "B")),
        Budget(cost, float(rng.integers(3, 20))),
        LeastShare(some, 0.5, "open at night"),
        LinksPerStation(0, 1),
        LinksPerStation(1, None),
        LoungesLinked(lounges, tuple("L" for _ in lounges)),
    ]
    return rules + [rule for rule in others if rng.random() < 0.25]


def keeps(problem: NetworkProblem, rule: Rule, network: Network) -> bool:
    """Whether a network keeps a rule, by plain counting."""
    sites = problem.option_site[network.options].tolist()
    types = problem.option_type[network.options].tolist()
    match rule:
        case OnePerCentre():
            centres = problem.site_centre[sites].tolist()
            return len(set(centres)) == len(centres)
        case Quota():
            return rule.at_least <= types.count(rule.type) <= (math.inf if rule.at_most is None else rule.at_most)
        case Required():
            return all(site in sites for site in rule.sites)
        case Excluded():
            return not any(site in sites for site in rule.sites)
        case Spacing():
            return not any(a in sites and b in sites for a, b in rule.pairs.tolist())
        case Count():
            count = sum(site in rule.sites for site in sites)
            return rule.at_least <= count <= (math.inf if rule.at_most is None else rule.at_most)
        case Implication():
            return rule.first not in sites or rule.then in sites
        case Budget():
            return sum(rule.cost[o] for o in network.options) <= rule.limit
        case LeastShare():
            return sum(site in rule.sites for site in sites) >= rule.least * len(sites)
        case LinksPerStation():
            counts = [int((network.links == o).sum()) for o in network.options]
            return all(rule.at_least <= c <= (math.inf if rule.at_most is None else rule.at_most) for c in counts)
        case LoungesLinked():
            return all(network.links[lounge] >= 0 for lounge in rule.lounges)
    raise AssertionError(rule)


def networks(problem: NetworkProblem, *, links: bool) -> Iterator[Network]:
    """Every choice of options, with every choice of links or with the nearest ones."""
    for size in range(problem.n_options + 1):
        for chosen in itertools.combinations(range(problem.n_options), size):
            options = np.array(chosen, dtype=np.int64)
            if len(set(problem.option_site[options].tolist())) < size:
                continue
            if not links:
                yield Network(options, link_lounges(problem, options))
                continue
            runs = [
                [-1, *(int(o) for o in problem.link_option[problem.link_lounge == lounge] if o in chosen)]
                for lounge in range(problem.n_lounges)
            ]
            for choice in itertools.product(*runs):
                yield Network(options, np.array(choice, dtype=np.int64))


def covered(problem: NetworkProblem, network: Network) -> np.ndarray:
    """The covered share of each point, point by point."""
    best = np.zeros(len(problem.weights))
    for covering, chosen in ((problem.stations, set(network.options)), (problem.outreach, set(network.linked))):
        for p, by, share in zip(covering.point, covering.by, covering.share, strict=True):
            if by in chosen:
                best[p] = max(best[p], share)
    return best


def plain_value(problem: NetworkProblem, objective: Objective, network: Network) -> float:
    """The value of an objective, by plain counting."""
    match objective:
        case PeopleCovered():
            return float(problem.weights @ covered(problem, network))
        case WorstShare():
            shares = covered(problem, network) * problem.weights
            totals = {a: problem.weights[objective.label == a].sum() for a in set(objective.label.tolist())}
            return min([1.0, *(shares[objective.label == a].sum() / t for a, t in totals.items() if t > 0)])
        case MostLoungesLinked():
            return float((network.links >= 0).sum())
        case LinkTravel():
            pairs = zip(problem.link_lounge, problem.link_option, problem.link_effort, strict=True)
            return sum(effort for lounge, o, effort in pairs if network.links[lounge] == o)
        case Money():
            return sum(objective.cost[o] for o in network.options)
        case Changes():
            return float(len(network.options) - 2 * len(set(network.options) & set(objective.before)))
    raise AssertionError(objective)


def random_goals(rng: np.random.Generator, problem: NetworkProblem) -> tuple[list[Goal], np.ndarray]:
    """People covered, then others at random, with or without an allowed loss."""
    label = rng.integers(0, 3, len(problem.weights))
    others: list[Objective] = [
        WorstShare(label),
        MostLoungesLinked(),
        LinkTravel(),
        Money(rng.integers(1, 9, problem.n_options).astype(float)),
        Changes(np.flatnonzero(rng.random(problem.n_options) < 0.3)),
    ]
    objectives = [PeopleCovered(), *(o for o in others if rng.random() < 0.3)]
    if rng.random() < 0.2:
        objectives.reverse()
    return [Goal(o, float(rng.choice([0.0, 0.1]))) for o in objectives], label


def brute_force(
    problem: NetworkProblem, rules: list[Rule], goals: list[Goal], *, links: bool
) -> tuple[float, ...] | None:
    """The best values in order, over every network that keeps the rules."""
    left = [net for net in networks(problem, links=links) if all(keeps(problem, rule, net) for rule in rules)]
    if not left:
        return None
    best = []
    for goal in goals:
        sign = 1 if goal.objective.maximise else -1
        values = [plain_value(problem, goal.objective, net) for net in left]
        top = max(sign * value for value in values)
        best.append(sign * top)
        floor = top - goal.allowed_loss * abs(top) - 1e-6
        left = [net for net, value in zip(left, values, strict=True) if sign * value >= floor]
    return tuple(best)


def check_against_brute_force(seed: int) -> None:
    """Solve a random district and compare every objective in order."""
    rng = np.random.default_rng(seed)
    problem = random_network(rng)
    rules = random_rules(rng, problem)
    goals, label = random_goals(rng, problem)
    links = any(rule.needs_links for rule in rules) or any(goal.objective.needs_links for goal in goals)
    best = brute_force(problem, rules, goals, links=links)
    solution = solve_network(problem, rules, goals, label=label)
    if best is None:
        assert solution.status == "infeasible"
        return
    assert solution.status == "optimal"
    assert solution.bests == pytest.approx(best, abs=1e-5)
    network = Network(solution.options, solution.links)
    assert solution.values == pytest.approx([plain_value(problem, goal.objective, network) for goal in goals])
    assert solution.bounds == pytest.approx(best, abs=1e-4)
    assert all(keeps(problem, rule, network) for rule in rules)


@pytest.mark.parametrize("seed", range(200))
def test_equals_brute_force(seed: int) -> None:
    """Each objective in order equals the best over all networks; infeasible just where none keeps the rules."""
    check_against_brute_force(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200, 1200))
def test_equals_brute_force_at_length(seed: int) -> None:
    """A thousand more districts, all rules on and off at random."""
    check_against_brute_force(seed)


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


def check_explanation(seed: int) -> bool:
    """Explain a random district: the set cannot hold by brute force, and can as soon as one rule goes."""
    rng = np.random.default_rng(seed)
    problem = random_network(rng)
    rules = random_rules(rng, problem)

    def possible(some: list[Rule]) -> bool:
        links = any(rule.needs_links for rule in some)
        return any(all(keeps(problem, rule, net) for rule in some) for net in networks(problem, links=links))

    conflict = explain(problem, rules)
    if conflict is None:
        assert possible(rules)
        return False
    core = list(conflict.rules)
    assert not possible(core)
    for rule in core:
        assert possible([other for other in core if other is not rule])
        assert rule.sentence in str(conflict)
    return True


def test_explanations_are_minimal() -> None:
    """Over 150 random districts every explanation is a truly minimal set; many districts are impossible."""
    explained = sum(check_explanation(seed) for seed in range(2000, 2150))
    assert explained > 30


def test_an_explanation_names_facts_and_the_smallest_change() -> None:
    """Four truck stations where three centres allow them: the quota and the centres are named, with the change."""
    empty = np.empty(0, int)
    problem = NetworkProblem(
        np.empty(0), np.arange(5), np.zeros(5, int), np.array([0, 1, 2, 2, 2]), 1, 0, NONE, NONE,
        empty, empty, np.empty(0),
    )  # fmt: skip
    conflict = explain(problem, [OnePerCentre(), Quota(0, "truck stop", 4, 4), Count((0,), "the north", 0, 3)])
    assert conflict is not None
    assert [type(rule) for rule in conflict.rules] == [OnePerCentre, Quota]
    text = str(conflict)
    assert "exactly 4 stations of type truck stop (5 candidate sites in 3 centres allow truck stop)" in text
    assert "if the quota of truck stop moved by 1" in text
