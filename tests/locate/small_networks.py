"""Random small districts of the joint model, with every rule and objective, and their answers by trying every network."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.optimize import linprog

from planner.locate.network.constraints import (
    BackupLinks,
    Budget,
    Capacity,
    Count,
    Deferred,
    Excluded,
    Existing,
    Implication,
    LeastLoad,
    LeastShare,
    LinkBalance,
    LinksPerStation,
    LoungesLinked,
    LoungeTypes,
    OnePerCentre,
    PhaseBudget,
    PhaseCount,
    Quota,
    Required,
    Rule,
    Spacing,
    Standing,
)
from planner.locate.network.model import Goal, link_lounges
from planner.locate.network.objectives import (
    Changes,
    CoveredTwice,
    EarlyCover,
    LinkTravel,
    Mix,
    Money,
    Network,
    Objective,
    PeopleCovered,
    PeopleTravel,
    WorstShare,
)
from planner.locate.network.objectives import (
    LoungesLinked as MostLoungesLinked,
)
from planner.locate.network.problem import Covering, NetworkProblem

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
        BackupLinks(),
        LinkBalance(int(rng.integers(0, 3))),
        LoungeTypes(lounges, (int(rng.integers(0, problem.n_types)),), ("L", "t")),
        Existing(((a, int(rng.integers(0, problem.n_types))),), *(bool(flag) for flag in rng.random(3) < 0.5)),
        Budget(cost, float(rng.integers(3, 20)), rng.integers(1, 5, problem.n_lounges).astype(float), 1.0),
    ]
    people = rng.integers(0, 9, len(problem.weights)).astype(float)
    if problem.alike is not None:
        people = 2.0 * problem.weights
    room = np.where(rng.random(problem.n_options) < 0.7, rng.integers(0, 20, problem.n_options), np.inf)
    loads: list[Rule] = [
        Capacity(people, room, "all"),
        LeastLoad(people, rng.integers(0, 6, problem.n_options).astype(float), "all"),
    ]
    chosen = [rule for rule in others if rng.random() < 0.2]
    return rules + chosen + ([rule for rule in loads if rng.random() < 0.6] if rng.random() < 0.2 else [])


def phase_rules(rng: np.random.Generator, problem: NetworkProblem) -> list[Rule]:
    """Rules on phases, on or off at random; what stands today is opened in no phase."""
    cost = rng.integers(1, 9, problem.n_options).astype(float)
    saved = -rng.integers(0, 3, problem.n_options).astype(float)
    standing = tuple(np.flatnonzero(rng.random(problem.n_options) < 0.15).tolist())
    new = np.setdiff1d(np.arange(problem.n_options), standing)
    last = problem.n_phases - 1
    rules: list[Rule] = [
        PhaseBudget(0, "1", cost, float(rng.integers(4, 12)), saved, 1.0),
        PhaseBudget(last, "last", cost, float(rng.integers(2, 12))),
        PhaseCount(0, "1", int(rng.integers(0, 3)), new),
        PhaseCount(last, "last", int(rng.integers(0, 3)), new),
        Deferred((int(rng.integers(0, problem.n_sites)),), ("S",), "1"),
        Standing(standing),
    ]
    return [rule for rule in rules if rng.random() < 0.4]


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
            unlinked = 0.0 if rule.price is None else rule.price[network.links < 0].sum()
            return sum(rule.cost[o] for o in network.options) + unlinked + rule.fixed <= rule.limit
        case LeastShare():
            return sum(site in rule.sites for site in sites) >= rule.least * len(sites)
        case LinksPerStation():
            counts = [int((network.links == o).sum()) for o in network.options]
            return all(rule.at_least <= c <= (math.inf if rule.at_most is None else rule.at_most) for c in counts)
        case LoungesLinked():
            return all(network.links[lounge] >= 0 for lounge in rule.lounges)
        case BackupLinks():
            pairs = list(zip(problem.link_lounge, problem.link_option, strict=True))
            return all(sum((lounge, o) in pairs for o in network.options) >= 2 for lounge in network.linked)
        case LinkBalance():
            counts = [int((network.links == o).sum()) for o in network.options]
            return max(counts, default=0) - min(counts, default=0) <= rule.most_difference
        case LoungeTypes():
            by = [network.links[lounge] for lounge in rule.lounges]
            return all(o < 0 or problem.option_type[o] in rule.types for o in by)
        case Existing():
            return all(stays(problem, rule, network, *station) for station in rule.stations)
        case PhaseBudget():
            spent = sum(rule.cost[o] for o, k in in_phases(network) if k == rule.phase)
            changed = 0.0 if rule.saved is None else sum(rule.saved[o] for o in network.options)
            return spent + changed + rule.fixed <= rule.limit
        case PhaseCount():
            return sum(o in rule.new for o, k in in_phases(network) if k == rule.phase) <= rule.at_most
        case Deferred():
            return not any(problem.option_site[o] in rule.sites for o, k in in_phases(network) if k == 0)
        case Standing():
            return not any(o in rule.options for o, k in in_phases(network) if k > 0)
        case Capacity() | LeastLoad():
            return True
    raise AssertionError(rule)


def in_phases(network: Network) -> list[tuple[int, int]]:
    """The options of a network with their phase."""
    phases = np.zeros(len(network.options), int) if network.phases is None else network.phases
    return list(zip(network.options.tolist(), phases.tolist(), strict=True))


def stays(problem: NetworkProblem, rule: Existing, network: Network, site: int, kind: int) -> bool:
    """Whether what became of one existing station is allowed."""
    types = {int(problem.option_site[o]): int(problem.option_type[o]) for o in network.options}
    beside = [s for s in types if s != site and problem.site_centre[s] == problem.site_centre[site]]
    if site in types:
        return types[site] == kind or rule.may_upgrade
    return rule.may_move if beside else rule.may_close


def served(problem: NetworkProblem, rules: list[Rule], network: Network) -> float | None:
    """The most weight that the open stations and linked lounges serve within the loads, or None where none fits."""
    stations = problem.stations
    through = covered(problem, Network(np.empty(0, int), network.links))
    gain = problem.weights[stations.point] * np.maximum(stations.share - through[stations.point], 0.0)
    room = np.isin(stations.by, network.options).astype(float)
    lines, limits = [], []
    for point in range(len(problem.weights)):
        lines.append((stations.point == point).astype(float))
        limits.append(1.0)
    for rule in rules:
        if isinstance(rule, Capacity | LeastLoad):
            for o in network.options:
                line = np.where(stations.by == o, rule.people[stations.point], 0.0)
                limit = rule.most[o] if isinstance(rule, Capacity) else -rule.least[o]
                if np.isfinite(limit):
                    lines.append(line if isinstance(rule, Capacity) else -line)
                    limits.append(limit)
    if not len(gain):
        return float(problem.weights @ through) if min(limits, default=0.0) >= 0 else None
    found = linprog(-gain, np.array(lines), np.array(limits), bounds=np.column_stack([np.zeros(len(room)), room]))
    return float(problem.weights @ through - found.fun) if found.status == 0 else None


def networks(problem: NetworkProblem, *, links: bool) -> Iterator[Network]:
    """Every choice of options, with every choice of phases, and of links or with the nearest ones."""
    for network in unphased(problem, links=links):
        if problem.n_phases == 1:
            yield network
            continue
        for phases in itertools.product(range(problem.n_phases), repeat=len(network.options)):
            yield replace(network, phases=np.array(phases, dtype=np.int64))


def unphased(problem: NetworkProblem, *, links: bool) -> Iterator[Network]:
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
            unlinked = 0.0 if objective.price is None else objective.price[network.links < 0].sum()
            return sum(objective.cost[o] for o in network.options) + unlinked + objective.fixed
        case CoveredTwice():
            pairs = list(zip(problem.stations.point, problem.stations.by, strict=True))
            times = [
                sum(p == point and o in network.options for p, o in pairs) for point in range(len(problem.weights))
            ]
            return float(problem.weights[np.array(times) >= 2].sum())
        case PeopleTravel():
            travel = objective.limit.copy()
            for p, o, t in zip(problem.stations.point, problem.stations.by, objective.travel, strict=True):
                travel[p] = min(travel[p], t if o in network.options else np.inf)
            return float(problem.weights @ travel)
        case EarlyCover():
            stations, early = replace(problem, outreach=NONE), 0.0
            for phase in range(problem.n_phases):
                by_then = np.array([o for o, k in in_phases(network) if k <= phase], dtype=np.int64)
                early += float(problem.weights @ covered(stations, replace(network, options=by_then)))
            return early
        case Mix():
            signs = [weight if part.maximise else -weight for part, weight in objective.parts]
            values = [plain_value(problem, part, network) for part, _ in objective.parts]
            return sum(sign * value for sign, value in zip(signs, values, strict=True))
        case Changes():
            return float(len(network.options) - 2 * len(set(network.options) & set(objective.before)))
    raise AssertionError(objective)


def random_goals(rng: np.random.Generator, problem: NetworkProblem) -> tuple[list[Goal], np.ndarray]:
    """People covered, then others at random, with or without an allowed loss."""
    label = rng.integers(0, 6, len(problem.weights))
    cost = rng.integers(1, 9, problem.n_options).astype(float)
    price = rng.integers(1, 5, problem.n_lounges).astype(float)
    travel = rng.integers(0, 9, len(problem.stations.by)).astype(float)
    others: list[Objective] = [
        WorstShare(label // 2, "area", np.arange(6) // 2),
        WorstShare(label % 2, "group", np.arange(6) % 2),
        MostLoungesLinked(),
        LinkTravel(),
        Money(cost),
        Money(cost, price, 2.0),
        Changes(np.flatnonzero(rng.random(problem.n_options) < 0.3)),
        CoveredTwice(),
        PeopleTravel(travel, rng.integers(4, 8, len(problem.weights)).astype(float)),
        Mix(((PeopleCovered(), 1.0), (CoveredTwice(), 0.5), (Money(cost), 0.7))),
        Mix(((WorstShare(label // 2, "area", np.arange(6) // 2), 9.0), (LinkTravel(), 0.3))),
    ]
    objectives = [PeopleCovered(), *(o for o in others if rng.random() < 0.25)]
    if rng.random() < 0.2:
        objectives.reverse()
    return [Goal(o, float(rng.choice([0.0, 0.1]))) for o in objectives], label


def brute_force(
    problem: NetworkProblem, rules: list[Rule], goals: list[Goal], *, links: bool
) -> tuple[tuple[float, ...], Network] | None:
    """The best values in order over every network that keeps the rules, and the first network that has them."""
    loads = any(rule.needs_loads for rule in rules)
    left = [net for net in networks(problem, links=links) if all(keeps(problem, rule, net) for rule in rules)]
    most = {id(net): served(problem, rules, net) for net in left} if loads else {}
    left = [net for net in left if not loads or most[id(net)] is not None]
    if not left:
        return None

    def value(objective: Objective, net: Network) -> float:
        if loads and isinstance(objective, PeopleCovered):
            return most[id(net)] or 0.0
        return plain_value(problem, objective, net)

    best = []
    for goal in goals:
        sign = 1 if goal.objective.maximise else -1
        values = [value(goal.objective, net) for net in left]
        top = max(sign * value for value in values)
        best.append(sign * top)
        floor = top - goal.allowed_loss * abs(top) - 1e-6
        left = [net for net, value in zip(left, values, strict=True) if sign * value >= floor]

    def place(net: Network) -> tuple[object, ...]:
        closed = [o not in net.options for o in range(problem.n_options)]
        order = [len(closed) if o < 0 else int(o) for o in net.links]
        early = [phase for _, phase in in_phases(net)]
        return (closed, early, -len(net.linked), round(plain_value(problem, LinkTravel(), net), 6), order)

    return tuple(best), min(left, key=place)
