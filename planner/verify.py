"""Checking a plan from its raw tables, by plain counting and by no code of the model that made it."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyproj

from planner.units import TOLERANCE

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["Violation", "verify"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that does not hold: the rule, what was found, and the ids it concerns."""

    rule: str
    found: str
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.rule}: {self.found}" + (f" ({', '.join(self.ids[:5])})" if self.ids else "")


def verify(plan: Plan) -> list[Violation]:
    """Return every violation in a plan; an empty list says that the plan is sound.

    Recomputed from the candidate, demand, lounge and pair tables: statuses, one station per centre, quotas, allowed
    types, each link, each point's covered share, every total, the objective, and that the bound is not below it.
    """
    shares = recomputed_shares(plan)
    return [*_sites(plan), *_rules(plan), *_links(plan), *_coverage(plan, shares), *_totals(plan, shares)]


def _sites(plan: Plan) -> Iterator[Violation]:
    candidates, stations = plan.candidates, plan.stations
    for site, station in stations.iterrows():
        if site not in candidates.index:
            yield Violation("a station stands at a candidate site", "unknown site", (str(site),))
            continue
        row = candidates.loc[site]
        if row["status"] == "excluded":
            yield Violation("no station stands at an excluded site", str(row["reasons"]), (str(site),))
        if station["type"] not in str(row["types"]).split(";"):
            yield Violation("the site allows the type", f"{station['type']} is not allowed", (str(site),))
        if station["centre"] != row["centre"]:
            yield Violation("a station names the centre of its site", str(station["centre"]), (str(site),))
    if not stations.index.is_unique:
        yield Violation("one station per site", "a site is listed twice")
    required = candidates.index[candidates["status"] == "required"]
    missing = tuple(str(site) for site in required if site not in stations.index)
    if missing:
        yield Violation("a station stands at each required site", "no station", missing)
    for centre, count in Counter(stations["centre"]).items():
        if count > 1 and centre != "":
            ids = tuple(str(site) for site in stations.index[stations["centre"] == centre])
            yield Violation("at most one station in a centre", f"{count} in {centre}", ids)
    opened = Counter(stations["type"])
    for kind in plan.scenario.types:
        low, high = kind.quota
        if opened[kind.id] < low or (high is not None and opened[kind.id] > high):
            yield Violation("the quota of a type", f"{opened[kind.id]} of {kind.id}, quota {low} to {high}")


def _links(plan: Plan) -> Iterator[Violation]:
    limit = plan.scenario.links.limit + TOLERANCE
    travel: dict[str, dict[str, float]] = defaultdict(dict)
    for lounge, site, impedance in _rows(plan.pairs.links):
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


def _links_are_free(plan: Plan) -> bool:
    """Whether each lounge simply goes to the nearest station: no rule and no objective speaks of single links."""
    rules = plan.scenario.links
    named = {rule.name for rule in plan.scenario.objectives}
    bound = rules.at_least > 0 or rules.at_most is not None or rules.all
    return not bound and not named & {"link_travel", "lounges_linked"}


def _rules(plan: Plan) -> Iterator[Violation]:
    stations, rules = plan.stations, plan.scenario.rules
    geod = pyproj.Geod(ellps="WGS84")
    for spacing in rules.spacing:
        some = stations[stations["type"].isin(spacing.types)] if spacing.types else stations
        for (a, p), (b, q) in itertools.combinations(some.geometry.items(), 2):
            metres = geod.inv(p.x, p.y, q.x, q.y)[2]
            if metres < spacing.at_least * (1.0 - 1e-3):
                yield Violation("the spacing of stations", f"{metres:.0f} m", (str(a), str(b)))
    for rule in rules.counts:
        inside = stations["area"].isin(rule.areas) if rule.areas else stations.index.isin(rule.sites)
        count = int((inside & (stations["type"].isin(rule.types) if rule.types else True)).sum())
        if count < rule.at_least or (rule.at_most is not None and count > rule.at_most):
            yield Violation(f"the count in {', '.join(rule.areas or rule.sites)}", f"{count} stations")
    for implication in rules.implications:
        if implication.first in stations.index and implication.then not in stations.index:
            yield Violation(
                "a station calls for another", "the other is missing", (implication.first, implication.then)
            )
    if rules.budget is not None:
        cost = plan.candidates["cost"].fillna(plan.candidates["cost"].max())
        spent = float(cost.reindex(stations.index).sum())
        if spent > rules.budget * (1.0 + 1e-9):
            yield Violation("the budget", f"{spent:,.0f} of {rules.budget:,.0f}")


def _coverage(plan: Plan, shares: dict[str, float]) -> Iterator[Violation]:
    for point, stated in plan.demand["covered"].items():
        share = shares.get(str(point), 0.0)
        if not math.isclose(stated, share, abs_tol=1e-9):
            yield Violation("each point's covered share", f"{stated} stated, {share} recomputed", (str(point),))
    nearest = _nearest(plan)
    for point, station, impedance in _stated(plan):
        found = nearest.get(point, ("", math.nan))
        if station != found[0] or not (math.isclose(impedance, found[1], abs_tol=TOLERANCE) or not station):
            what = f"{station or 'none'} at {impedance} stated, {found[0] or 'none'} at {found[1]} recomputed"
            yield Violation("each point's nearest station", what, (point,))


def _totals(plan: Plan, shares: dict[str, float]) -> Iterator[Violation]:
    weight = {group.id: group.weight for group in plan.scenario.groups}
    people: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    objective = 0.0
    for point, group, count in zip(plan.demand.index, plan.demand["group"], plan.demand["weight"], strict=True):
        share = shares.get(str(point), 0.0)
        for key in (group, ""):
            people[key] += count
            covered[key] += count * share
        objective += weight[group] * count * share
    for key in people:
        for name, value in (("people", people[key]), ("people_covered", covered[key])):
            if not math.isclose(plan.measure(name, key), value, rel_tol=1e-9, abs_tol=1e-6):
                found = f"{plan.measure(name, key)} stated, {value} recomputed"
                yield Violation(f"the measure {name} of {key or 'all groups'}", found)
    solution = plan.solution
    if plan.scenario.objectives[0].name != "people_covered":
        return
    if not math.isclose(solution.objective, objective, rel_tol=1e-9, abs_tol=1e-6):
        yield Violation("the objective", f"{solution.objective} stated, {objective} recomputed")
    if not objective - 1e-6 * max(1.0, objective) <= solution.best <= solution.bound + 1e-6 * max(1.0, objective):
        found = f"value {objective}, best {solution.best}, bound {solution.bound}"
        yield Violation("the value is no more than the best, the best no more than the bound", found)
    loss = max(plan.scenario.solve.allowed_loss, plan.scenario.objectives[0].allowed_loss)
    if objective < solution.best * (1.0 - loss) - 1e-6 * max(1.0, objective):
        yield Violation("fewer changes cost no more than the allowed loss", f"value {objective}, best {solution.best}")
    if solution.status == "optimal" and solution.gap > plan.scenario.solve.gap + 1e-6:
        yield Violation("an optimal plan has no gap", f"gap {solution.gap}")


def recomputed_shares(plan: Plan) -> dict[str, float]:
    """Return the share at which each reached demand point counts, from the pair tables alone."""
    kinds = {kind.id: kind for kind in plan.scenario.types}
    shares: dict[str, float] = {}
    for group in plan.scenario.groups:
        serving = {
            site for site, kind in plan.stations["type"].items() if kind in kinds and group.id in kinds[kind].groups
        }
        for point, site, impedance in _rows(plan.pairs.access[group.id]):
            if site in serving:
                steps = [step.share for step in group.standards if impedance <= step.within + TOLERANCE]
                shares[point] = max([shares.get(point, 0.0), *steps])
    outreach = plan.scenario.links.outreach
    if outreach is not None:
        linked = set(plan.links.index[plan.links["station"] != ""])
        for point, lounge, impedance in _rows(plan.pairs.outreach):
            if lounge in linked and impedance <= outreach.within + TOLERANCE:
                shares[point] = max(shares.get(point, 0.0), outreach.share)
    return shares


def _nearest(plan: Plan) -> dict[str, tuple[str, float]]:
    """Return for each point its nearest station that serves its group within the standard; ties to the smaller id."""
    nearest: dict[str, tuple[str, float]] = {}
    for group in plan.scenario.groups:
        kinds = {kind.id for kind in plan.scenario.types if group.id in kind.groups}
        serving = set(plan.stations.index[plan.stations["type"].isin(kinds)])
        limit = max(step.within for step in group.standards) + TOLERANCE
        for point, site, impedance in _rows(plan.pairs.access[group.id]):
            if site in serving and impedance <= limit:
                best = nearest.get(point)
                if best is None or (impedance, site) < (best[1], best[0]):
                    nearest[point] = (site, impedance)
    return nearest


def _stated(plan: Plan) -> Iterator[tuple[str, str, float]]:
    table = plan.demand
    return zip(table.index.astype(str), table["station"], table["impedance"], strict=True)


def _rows(pairs: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    return zip(pairs["origin"].astype(str), pairs["destination"].astype(str), pairs["impedance"], strict=True)
