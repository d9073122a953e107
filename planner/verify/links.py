"""Links: each lounge to one open station within the limit, as the rules on links say."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from planner.units import TOLERANCE
from planner.verify.coverage import pair_rows
from planner.verify.violation import Violation

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["check_links"]


def check_links(plan: Plan) -> Iterator[Violation]:
    """Yield what is wrong with the links."""
    limit = plan.scenario.links.limit + TOLERANCE
    travel: dict[str, dict[str, float]] = defaultdict(dict)
    for lounge, site, impedance in pair_rows(plan.pairs.links):
        travel[lounge][site] = impedance
    open_sites = set(plan.stations.index)
    free = _links_are_free(plan)
    if set(plan.links.index) != set(plan.lounges.index):
        yield Violation("each lounge has one row", "lounges and links differ")
    run: Counter[str] = Counter()
    for lounge, link in zip(plan.links.index.astype(str), plan.links.to_dict("records"), strict=True):
        within = {s: t for s, t in travel[lounge].items() if s in open_sites and t <= limit}
        station = link["station"]
        run[station] += 1
        if station and station not in within:
            yield Violation("a link goes to an open station within the limit", str(station), (lounge,))
        elif station and free and (within[station] > min(within.values()) + TOLERANCE):
            yield Violation("a link goes to the nearest open station", str(station), (lounge,))
        elif station and not math.isclose(link["impedance"], within[station], abs_tol=TOLERANCE):
            yield Violation("a link states its travel", f"{link['impedance']}", (lounge,))
        elif not station and within and free:
            yield Violation("a lounge within the limit is linked", "not linked", (lounge,))
        elif not station and not link["reason"]:
            yield Violation("a lounge that is not linked has a reason", "no reason", (lounge,))
    rules = plan.scenario.links
    if rules.all and (plan.links["station"] == "").any():
        yield Violation("every lounge is linked", "some are not")
    for site, count in plan.stations["lounges"].items():
        if count < rules.at_least or (rules.at_most is not None and count > rules.at_most):
            yield Violation("the lounges that a station runs", f"{count}", (str(site),))
        if count != run[site]:
            yield Violation("a station counts its lounges", f"{count} stated, {run[site]} linked", (str(site),))
    yield from _further(plan, travel)


def _further(plan: Plan, travel: dict[str, dict[str, float]]) -> Iterator[Violation]:
    """Yield broken rules on balance, second stations and types of station."""
    rules, counts = plan.scenario.links, plan.stations["lounges"]
    if rules.most_difference is not None and len(counts) and counts.max() - counts.min() > rules.most_difference:
        yield Violation("the balance of lounges between stations", f"{counts.min()} to {counts.max()}")
    linked = {str(lounge): str(station) for lounge, station in plan.links["station"].items() if station}
    limit = rules.limit + TOLERANCE
    if rules.backup:
        for lounge, station in linked.items():
            others = {
                s: t for s, t in travel[lounge].items() if s in plan.stations.index and t <= limit and s != station
            }
            stated = str(plan.links.loc[lounge, "backup"]) if "backup" in plan.links else ""
            if stated not in others or others[stated] > min(others.values()) + TOLERANCE:
                yield Violation("a linked lounge names its second station", stated or "none", (lounge,))
    for rule in rules.types:
        named = plan.lounges.index[plan.lounges["kind"].isin(rule.kinds)] if rule.kinds else rule.lounges
        for lounge in map(str, named):
            if lounge in linked and plan.stations["type"].get(linked[lounge]) not in rule.types:
                yield Violation("the types of station that run a lounge", linked[lounge], (lounge,))
            if rule.must and lounge not in linked:
                yield Violation("a lounge that a type must run is linked", "not linked", (lounge,))


def _links_are_free(plan: Plan) -> bool:
    """Whether each lounge simply goes to the nearest station: no rule and no objective speaks of single links."""
    rules = plan.scenario.links
    named = {rule.name for rule in plan.scenario.objectives}
    bound = rules.at_least > 0 or rules.at_most is not None or rules.most_difference is not None or rules.all
    bound = bound or rules.backup or bool(rules.types)
    priced = rules.unlinked_price > 0 and ("money" in named or plan.scenario.rules.budget is not None)
    return not bound and not priced and not named & {"link_travel", "lounges_linked"}
