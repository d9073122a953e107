"""Checking a plan from its raw tables and files, by plain counting and by no code of the model that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.verify.coverage import check_coverage, recomputed_shares
from planner.verify.lines import check_lines
from planner.verify.links import check_links
from planner.verify.objectives import check_objectives
from planner.verify.phases import check_phases
from planner.verify.rules import check_rules
from planner.verify.sites import check_sites
from planner.verify.totals import check_totals
from planner.verify.violation import Violation

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["Violation", "verify"]


def verify(plan: Plan) -> list[Violation]:
    """Return every violation in a plan; an empty list says that the plan is sound.

    Recomputed from the candidate, demand, lounge and pair tables: statuses, one station per centre, quotas, allowed
    types, further rules, phases, each link and its line, each point's covered share, every total, each objective, and
    that the bound is not below it.

    >>> verify(plan)  # doctest: +SKIP
    []
    """
    shares = recomputed_shares(plan)
    return [
        *check_sites(plan),
        *check_rules(plan),
        *check_phases(plan),
        *check_links(plan),
        *check_lines(plan),
        *check_coverage(plan, shares),
        *check_totals(plan, shares),
        *check_objectives(plan, shares),
    ]
