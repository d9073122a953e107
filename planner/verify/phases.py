"""Phases: each station opens in one of them, within its money and number; deferred sites wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from planner.candidates import EXISTING
from planner.verify.rules import closing_cost, opening_cost
from planner.verify.violation import Violation

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["check_phases"]


def check_phases(plan: Plan) -> Iterator[Violation]:
    """Yield what is wrong with the phases of the stations."""
    phases, stations = plan.scenario.phases, plan.stations
    if not phases:
        return
    if "phase" not in stations:
        yield Violation("each station opens in a phase", "no phases stated", tuple(map(str, stations.index)))
        return
    names = [phase.name for phase in phases]
    today = _today(plan)
    for site, phase in stations["phase"].items():
        if phase not in names:
            yield Violation("each station opens in a phase", str(phase), (str(site),))
        if site in plan.scenario.deferred and phase == names[0]:
            yield Violation("a deferred site opens after the first phase", str(phase), (str(site),))
        if site in today and phase != names[0]:
            yield Violation("a station that stands today belongs to the first phase", str(phase), (str(site),))
    for number, phase in enumerate(phases):
        own = [str(site) for site in stations.index[stations["phase"] == phase.name]]
        opened = [site for site in own if site not in today]
        if phase.at_most is not None and len(opened) > phase.at_most:
            yield Violation(f"the stations opened in {phase.name}", f"{len(opened)} of {phase.at_most}", tuple(opened))
        spent = sum(opening_cost(plan, site) for site in own) + (closing_cost(plan) if number == 0 else 0.0)
        if phase.budget is not None and spent > phase.budget * (1.0 + 1e-6):
            yield Violation(f"the budget of {phase.name}", f"{spent:,.0f} of {phase.budget:,.0f}")


def _today(plan: Plan) -> set[str]:
    """Return the stations that stand today and keep their type."""
    table = plan.candidates[plan.candidates["source"] == EXISTING]
    now = {str(site): str(types).split(";")[0] for site, types in table["types"].items()}
    return {str(site) for site, kind in plan.stations["type"].items() if now.get(str(site)) == kind}
