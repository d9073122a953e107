"""The rows of rules that a proof may name, with their limits, as the plan's own tables have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

from planner.verify.rules import apart, needed_apart
from planner.verify.sites import standing_today, stations_of_today

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["Option", "rule_row"]

Option = tuple[str, str]


def rule_row(
    plan: Plan, named: Mapping[str, Any], options: Iterable[Option]
) -> tuple[dict[Option, Fraction], Fraction | None, Fraction | None]:
    """Return the row of a rule that a proof names: coefficients, least and most.

    Raises ``ValueError`` (or ``LookupError``) where the plan has no such rule.
    """
    rules, table, kind = plan.scenario.rules, plan.candidates, named["rule"]
    one = Fraction(1)
    if kind == "quota":
        low, high = {t.id: t.quota for t in plan.scenario.types}[named["type"]]
        return {o: one for o in options if o[1] == named["type"]}, Fraction(low), _or_none(high)
    if kind == "centre":
        centre, of = named["centre"], table["centre"].to_dict()
        return {o: one for o in options if (of[o[0]] == centre if centre else o[0] == named["site"])}, None, one
    if kind == "required":
        if table.loc[named["site"], "status"] != "required" or named["site"] in standing_today(plan):
            raise ValueError(f"{named['site']} is not required")
        return {o: one for o in options if o[0] == named["site"]}, one, one
    if kind == "spacing":
        rule = rules.spacing[named["number"]]
        for a, b in combinations(named["sites"], 2):
            if apart(plan, rule, a, b) >= needed_apart(plan, rule, a, b) * (1.0 + 1e-3):
                raise ValueError(f"{a} and {b} are not too close to each other")
        return {o: one for o in options if o[0] in named["sites"] and o[1] in (rule.types or [o[1]])}, None, one
    if kind == "count":
        return _count_row(plan, named["number"], options)
    if kind == "share":
        share = rules.shares[named["number"]]
        chosen = set(share.sites) or set(table.index[table["place"].isin(share.places)])
        return {o: (o[0] in chosen) - Fraction(share.least) for o in options}, Fraction(0), None
    if kind == "implication":
        rule_ = rules.implications[named["number"]]
        sides = {rule_.first: one, rule_.then: -one}
        return {o: sides[o[0]] for o in options if o[0] in sides}, None, Fraction(0)
    if kind == "budget":
        return _budget_row(plan, options)
    if kind == "existing":
        return _existing_row(plan, {(str(site), str(kind)) for site, kind in named["options"]}, options)
    raise ValueError(f"the rule {kind} is not known")


def _existing_row(
    plan: Plan, told: set[Option], options: Iterable[Option]
) -> tuple[dict[Option, Fraction], Fraction | None, Fraction | None]:
    """Return a row on what becomes of one station of today: what may stand in its place, or what must not."""
    rule, table = plan.scenario.rules.existing, plan.candidates
    if rule is None:
        raise ValueError("no station of today may change")
    for site in standing_today(plan):
        own, centre = str(table.loc[site, "types"]).split(";")[0], table.loc[site, "centre"]
        here = {o for o in options if o[0] == site}
        if not here:
            continue
        beside = {o for o in options if o[0] != site and centre and table.loc[o[0], "centre"] == centre}
        stays = here if rule.upgrades else here & {(site, own)}
        instead = stays | (beside if rule.may_move else set())
        if told == instead and not rule.may_close:
            return dict.fromkeys(told, Fraction(1)), Fraction(1), None
        if told == (here | beside if rule.may_close else here) - instead:
            return dict.fromkeys(told, Fraction(1)), None, Fraction(0)
    raise ValueError("no station of today may become just that")


def _count_row(
    plan: Plan, number: int, options: Iterable[Option]
) -> tuple[dict[Option, Fraction], Fraction | None, Fraction | None]:
    rule, table = plan.scenario.rules.counts[number], plan.candidates
    inside = {}
    for option in options:
        row = table.loc[option[0]]
        kind = plan.centres["kind"].get(row["centre"], "")
        anywhere = not (rule.areas or rule.kinds or rule.sites)
        here = anywhere or row["area"] in rule.areas or kind in rule.kinds or option[0] in rule.sites
        if here and option[1] in (rule.types or [option[1]]):
            inside[option] = Fraction(1)
    return inside, Fraction(rule.at_least), _or_none(rule.at_most)


def _budget_row(
    plan: Plan, options: Iterable[Option]
) -> tuple[dict[Option, Fraction], Fraction | None, Fraction | None]:
    """Return the money of each option in shares of the budget: what it costs, less the closing that it saves.

    What unlinked lounges cost is left out: without it the stations must keep within the budget all the more.
    """
    rules, table = plan.scenario.rules, plan.candidates
    if rules.budget is None:
        raise ValueError("there is no budget")
    unit, existing = Fraction(max(rules.budget, 1.0)), rules.existing
    costs = table["cost"].fillna(table["cost"].max()).fillna(0.0)
    today = stations_of_today(plan)
    move, close = (
        (Fraction(existing.cost_to_move), Fraction(existing.cost_to_close)) if existing else (Fraction(0),) * 2
    )
    kinds = {kind.id: kind for kind in plan.scenario.types}
    row = {}
    for site, kind in options:
        cost = Fraction(rules.years) * Fraction(kinds[kind].cost_to_run)
        if site in today.index:
            upgraded = existing is not None and kind != str(today.loc[site, "types"]).split(";")[0]
            cost += (Fraction(existing.cost_to_upgrade) if existing and upgraded else 0) - close
        else:
            centre = table.loc[site, "centre"]
            beside = int((today["centre"] == centre).sum()) if centre else 0
            cost += Fraction(float(costs[site])) + Fraction(kinds[kind].cost_to_open) + beside * (move - close)
        row[site, kind] = cost / unit
    return row, None, (Fraction(rules.budget) - len(today) * close) / unit


def _or_none(count: int | None) -> Fraction | None:
    return None if count is None else Fraction(count)
