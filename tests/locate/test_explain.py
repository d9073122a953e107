"""What cannot hold together is a smallest set of rules, and each change told is the smallest that will do."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from planner.locate.network.constraints import (
    Adjustable,
    Budget,
    Count,
    LinkBalance,
    LoungesLinked,
    OnePerCentre,
    Quota,
    Rule,
    Spacing,
)
from planner.locate.network.explain import Conflict, Wider, explain
from planner.locate.network.objectives import Network
from planner.locate.network.problem import NetworkProblem
from tests.locate.small_networks import NONE, keeps, networks, random_network, random_rules, served


def possible(problem: NetworkProblem, rules: Sequence[Rule]) -> bool:
    """Whether some network keeps the rules, by trying all."""
    return any(all_kept(problem, rules, net) for net in networks(problem, links=linked(rules)))


def linked(rules: Sequence[Rule]) -> bool:
    """Whether a rule speaks of single links."""
    return any(rule.needs_links for rule in rules)


def all_kept(problem: NetworkProblem, rules: Sequence[Rule], net: Network) -> bool:
    """Whether a network keeps all of the rules, by plain counting."""
    loads = any(rule.needs_loads for rule in rules)
    return all(keeps(problem, rule, net) for rule in rules) and (
        not loads or served(problem, list(rules), net) is not None
    )


def within(problem: NetworkProblem, limit: float) -> NetworkProblem:
    """The district with the links within a limit."""
    near = problem.link_effort <= limit
    return replace(
        problem,
        link_lounge=problem.link_lounge[near],
        link_option=problem.link_option[near],
        link_effort=problem.link_effort[near],
    )


LIMITS = range(2, 5)
"""The wider limits of links that are tried; the district itself has those within 1, of 0 to 4."""


def check_explanation(seed: int) -> Conflict | None:
    """Explain a random district: its set of rules cannot hold by brute force, and can as soon as one rule goes."""
    rng = np.random.default_rng(seed)
    far = random_network(rng)
    rules = random_rules(rng, far)
    problem = within(far, 1)
    asked: list[Rule] = []

    def wider(core: Sequence[Rule]) -> list[Wider]:
        asked.extend(core)
        return [[(f"limit {limit}", lambda limit=limit: within(far, limit)) for limit in LIMITS]]

    conflict = explain(problem, rules, wider=wider)
    if conflict is None:
        assert possible(problem, rules)
        return None
    assert not possible(problem, conflict.rules)
    for rule in conflict.rules:
        assert possible(problem, [other for other in conflict.rules if other is not rule])
        assert rule.sentence in str(conflict)
    assert tuple(asked) == conflict.rules
    enough = [f"limit {limit}" for limit in LIMITS if possible(within(far, limit), rules)]
    assert [change for change in conflict.changes if change.startswith("limit")] == enough[:1]
    for rule in conflict.rules:
        check_changes(problem, rules, rule, conflict.changes)
    return conflict


def check_changes(problem: NetworkProblem, rules: list[Rule], rule: Rule, told: tuple[str, ...]) -> None:
    """Compare the changes told of one rule with the smallest that brute force finds."""
    others = [other for other in rules if other is not rule]
    if isinstance(rule, Adjustable):
        for chain in rule.looser(problem):
            enough = [words for words, looser in chain if possible(problem, [*others, looser])]
            assert [words for words, _ in chain if words in told] == enough[:1]
    elif type(rule) in BROKEN_BY:
        kept = (net for net in networks(problem, links=linked(rules)) if all_kept(problem, others, net))
        least = min((BROKEN_BY[type(rule)](problem, rule, net) for net in kept), default=None)
        assert least is None or rule.eased(least) in told


BROKEN_BY: dict[type, Callable[[NetworkProblem, Rule, Network], float]] = {
    Quota: lambda problem, rule, net: outside(
        int((problem.option_type[net.options] == rule.type).sum()), rule.at_least, rule.at_most
    ),
    Count: lambda problem, rule, net: outside(
        int(np.isin(problem.option_site[net.options], rule.sites).sum()), rule.at_least, rule.at_most
    ),
    LoungesLinked: lambda problem, rule, net: sum(net.links[lounge] < 0 for lounge in rule.lounges),
    Budget: lambda problem, rule, net: (
        max(rule.cost[net.options].sum() + unlinked(rule, net) + rule.fixed - rule.limit, 0.0) / max(rule.limit, 1.0)
    ),
}
"""By how much a network breaks a rule, in the unit of ``eased``."""


def outside(count: int, least: int, most: int | None) -> float:
    """By how much a count lies outside its limits."""
    return max(least - count, 0 if most is None else count - most, 0)


def unlinked(rule: Budget, net: Network) -> float:
    """The money of the lounges left unlinked."""
    return 0.0 if rule.price is None else float(rule.price[net.links < 0].sum())


def test_explanations_are_minimal_and_changes_the_smallest() -> None:
    """Over 200 random districts; many are impossible, and wider links, other settings, other counts each help some."""
    found = [conflict for seed in range(2000, 2200) if (conflict := check_explanation(seed)) is not None]
    told = " ".join(change for conflict in found for change in conflict.changes)
    assert len(found) > 40
    for words in ["limit 2", "limit 3", "each station ran at least", "quota", "budget", "could stay without"]:
        assert words in told, words


def test_what_no_time_was_left_for_is_told() -> None:
    """Without time to try the changes nothing is claimed of them."""
    conflict = Conflict((OnePerCentre(),), ("few centres",), (), minimal=False, all_tried=False)
    assert "fewer may" in str(conflict)
    assert "Time ran out, smaller changes may do" in str(conflict)
    assert "No change of one rule is enough" not in str(conflict)


def test_the_smallest_change_of_a_spacing_is_a_spacing() -> None:
    """Three stations among places 100 m apart on a line of four: 200 m between them is too much, 100 m will do."""
    empty, line = np.empty(0, int), np.arange(4)
    problem = NetworkProblem(np.empty(0), line, np.zeros(4, int), line, 1, 0, NONE, NONE, empty, empty, np.empty(0))
    pairs = np.array(list(itertools.combinations(range(4), 2)))
    metres = 100.0 * (pairs[:, 1] - pairs[:, 0])
    close = metres < 200.0
    spacing = Spacing(pairs[close], "200 m", None, metres[close])
    conflict = explain(problem, [OnePerCentre(), Quota(0, "a", 3, 3), spacing])
    assert conflict is not None
    assert conflict.minimal
    assert "间距改为 100 m if stations stood at least 100 m apart" in conflict.changes


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
    assert "truck stop恰好 4 站 exactly 4 stations of type truck stop" in text
    assert "5 candidate sites in 3 centres allow truck stop" in text
    assert "if the quota of truck stop moved by 1" in text


def test_the_smallest_change_of_a_balance_is_a_difference() -> None:
    """Of two stations one has all three lounges within reach: a difference of three will do."""
    lounges, two = np.arange(3), np.arange(2)
    problem = NetworkProblem(
        np.empty(0), two, np.zeros(2, int), two, 1, 3, NONE, NONE, lounges, np.zeros(3, int), np.ones(3)
    )
    every = LoungesLinked((0, 1, 2), ("a", "b", "c"))
    conflict = explain(problem, [OnePerCentre(), Quota(0, "a", 2, 2), every, LinkBalance(1)])
    assert conflict is not None
    assert "相差改为 3 处 if stations differed by at most 3 lounges" in conflict.changes
