"""The summary of a plan in words a planner understands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["proof", "summary"]


def proof(plan: Plan) -> str:
    """Return what is proven of the plan, in one sentence."""
    solution = plan.solution
    seconds = solution.seconds.get("total", math.nan)
    given_up = solution.best - solution.objective
    loss = f", 为减少变动让出 given up for fewer changes {given_up:.1f}" if given_up > 1e-6 else ""
    if solution.status == "optimal":
        return (
            f"已证明最优 proven optimal: {solution.objective:.1f} (bound {solution.bound:.1f}{loss}, {seconds:.1f} s)"
        )
    return (
        f"未证明最优 not proven: {solution.objective:.1f}, bound {solution.bound:.1f}{loss}, "
        f"gap {100 * solution.gap:.2f} % ({seconds:.1f} s)"
    )


def summary(plan: Plan) -> str:
    """Return the summary: stations by type and centre, people covered per group, links, proof."""
    district = plan.scenario.district
    lines = [f"{district.name} {district.name_en}  ·  {plan.id}"]
    if district.notice or district.notice_en:
        lines.append(f"{district.notice} {district.notice_en}")
    lines.append(f"驿站 stations: {len(plan.stations)}")
    for kind in plan.scenario.types:
        chosen = plan.stations[plan.stations["type"] == kind.id]
        lines.append(f"  {kind.name} {kind.name_en}: {len(chosen)}")
        lines += [f"    {row.name or row.Index}  ←  {row.centre_name or row.centre}" for row in chosen.itertuples()]
    for phase in plan.scenario.phases:
        opened = plan.stations.index[plan.stations["phase"] == phase.name]
        begins = f" ({phase.begins})" if phase.begins else ""
        lines.append(f"分期 phase {phase.name}{begins}: {len(opened)}  {', '.join(map(str, opened))}")
    lines.append("覆盖人数 people covered:")
    for group in plan.scenario.groups:
        covered, people = plan.measure("people_covered", group.id), plan.measure("people", group.id)
        share = plan.measure("share_covered", group.id)
        lines.append(f"  {group.name} {group.name_en}: {covered:.0f} / {people:.0f}  ({100 * share:.1f} %)")
    linked, unlinked = plan.measure("lounges_linked"), plan.measure("lounges_unlinked")
    lines.append(f"会客厅 lounges: 已联动 linked {linked:.0f}, 未联动 not linked {unlinked:.0f}")
    lines += [
        f"    {plan.lounges['name'][lounge]}: {reason}"
        for lounge, reason in plan.links.loc[plan.links["station"] == "", "reason"].items()
    ]
    lines.append(proof(plan))
    return "\n".join(lines)
