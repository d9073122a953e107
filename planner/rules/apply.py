"""What a rule pack says becomes a default of the scenario; what the scenario says itself stands, and is compared.

Taken where the scenario is silent: the service standard of a group (``service_circle``), the floor area of a type
(basic or ``full``), the services of a type (``kit``), street front, and the share of stations open round the clock.
Spacing and counts join the scenario's own. A scenario that asks for less than the standard is followed, and the report
says so. What no rule of the network can hold is compared by ``planner check`` only: the distance to the next station,
and the number of stations per subdistrict.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.errors import ScenarioError
from planner.inputs.report import Report
from planner.rule_settings import NetworkRules, ShareRule
from planner.rules.pack import RulePack, read_rules
from planner.scenario import Group, Scenario, Standard, StationType
from planner.stage_settings import CandidateRules
from planner.units import format_duration

__all__ = ["apply_rule_pack", "with_open_sites", "with_rule_pack"]

BASIC, FULL = 12.0, 20.0
"""Floor area of a basic and of a full station where no pack says it, in m²."""
_OPEN = "24 小时开放 open round the clock"


def with_rule_pack(scenario: Scenario) -> Scenario:
    """Return the scenario with its rule pack filled in (see :func:`apply_rule_pack`).

    >>> with_rule_pack(scenario).rules.spacing  # doctest: +SKIP
    (SpacingRule(at_least=300.0, …),)
    """
    return apply_rule_pack(scenario)[0]


def apply_rule_pack(scenario: Scenario) -> tuple[Scenario, Report]:
    """Return the scenario with what its rule pack says where it is silent, and the account of what was taken.

    Applied again, it changes nothing. Raises :class:`planner.errors.ScenarioError` for an unknown pack, and for a group
    without a service standard where the pack gives none.
    """
    pack = read_rules(scenario.candidates.rules, folder=scenario.folder)
    name = pack.name or scenario.candidates.rules
    report = Report("rule pack")
    filled = {
        "groups": tuple(_group(group, pack, name, report) for group in scenario.groups),
        "types": tuple(_type(kind, pack, name, report) for kind in scenario.types),
        "candidates": _screening(scenario.candidates, pack, name, report),
        "rules": _network(scenario.rules, pack, name, report),
    }
    if name:
        report.facts |= {"sources": "; ".join(pack.sources)} if pack.sources else {}
    changed = {key: value for key, value in filled.items() if value != getattr(scenario, key)}
    return (scenario.model_copy(update=changed) if changed else scenario), report


def with_open_sites(scenario: Scenario, candidates: pd.DataFrame) -> Scenario:
    """Return the scenario with the sites of each rule on round-the-clock opening: those not known to close at night."""
    if not any(rule.open_24h for rule in scenario.rules.shares):
        return scenario
    usable = candidates[candidates["status"] != "excluded"]
    sites = tuple(sorted(usable.index[usable["open_24h"] != "no"].astype(str)))
    shares = tuple(
        rule.model_copy(update={"sites": sites}) if rule.open_24h else rule for rule in scenario.rules.shares
    )
    return scenario.model_copy(update={"rules": scenario.rules.model_copy(update={"shares": shares})})


def _group(group: Group, pack: RulePack, name: str, report: Report) -> Group:
    circle = pack.service_circle
    if not group.standards:
        if not circle:
            what = f"group {group.id} has no standards and the rule pack {name} no service_circle"
            raise ScenarioError(f'{what}; write for example standards = "10min"')
        what = f"{group.id}: the service standard is {format_duration(circle)}, from {name}"
        report.add("assumed", what, id=group.id, repair='Write standards = "…" for another one.')
        return group.model_copy(update={"standards": (Standard.model_construct(within=circle, share=1.0),)})
    if circle and group.standards[-1].within > circle:
        own = format_duration(group.standards[-1].within)
        what = f"{group.id}: the service standard of {own} is wider than the {format_duration(circle)} of {name}"
        report.add("warning", what, id=group.id)
    return group


def _type(kind: StationType, pack: RulePack, name: str, report: Report) -> StationType:
    changed: dict[str, Any] = {}
    standard = pack.full_floor_area if kind.full else pack.min_floor_area
    if "min_floor_area" not in kind.model_fields_set:
        area = standard or (FULL if kind.full else BASIC)
        if area != kind.min_floor_area:
            changed["min_floor_area"] = area
        if standard:
            report.add("assumed", f"{kind.id}: the floor area is at least {standard:g} m², from {name}", id=kind.id)
    elif kind.min_floor_area < standard:
        what = f"{kind.id}: a floor area of {kind.min_floor_area:g} m² is less than the {standard:g} m² of {name}"
        report.add("warning", what, id=kind.id)
    kit, own = pack.kit, kind.services
    if kit and not own:
        changed["services"] = kit
        report.add("assumed", f"{kind.id}: the services are {', '.join(kit)}, from {name}", id=kind.id)
    elif missing := [service for service in kit if service not in own]:
        report.add("warning", f"{kind.id}: {name} also asks for {', '.join(missing)}", id=kind.id)
    return kind.model_copy(update=changed) if changed else kind


def _screening(rules: CandidateRules, pack: RulePack, name: str, report: Report) -> CandidateRules:
    if not pack.street_front or rules.street_front:
        return rules
    if "street_front" in rules.model_fields_set:
        report.add("warning", f"{name} asks for a street front; the scenario does not")
        return rules
    report.add("assumed", f"a site needs a street front, from {name}", repair="Write street_front = false to waive it.")
    return rules.model_copy(update={"street_front": True})


def _network(own: NetworkRules, pack: RulePack, name: str, report: Report) -> NetworkRules:
    joined = {key: _joined(getattr(own, key), getattr(pack, key)) for key in ("spacing", "counts")}
    for key, rules in joined.items():
        added = len(rules) - len(getattr(own, key))
        if added:
            report.add("assumed", f"{added} rules on {key}, from {name}")
    asked, stated = pack.open_24h_share, [rule for rule in own.shares if rule.open_24h]
    shares = own.shares
    if asked and not stated:
        shares = (*shares, ShareRule(what=_OPEN, least=asked, open_24h=True))
        what = f"at least {asked:.0%} of the stations are open round the clock, from {name}"
        report.add("assumed", what, repair="Write a rule of your own under rules.shares with open_24h = true.")
    elif asked and max(rule.least for rule in stated) < asked:
        report.add("warning", f"a smaller share of stations open round the clock than the {asked:.0%} of {name}")
    changed = {key: rules for key, rules in (joined | {"shares": shares}).items() if rules != getattr(own, key)}
    return own.model_copy(update=changed) if changed else own


def _joined(own: tuple[Any, ...], added: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the rules of both, each once."""
    rules = (*own, *added)
    return tuple(one for n, one in enumerate(rules) if one not in rules[:n])
