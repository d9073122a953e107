"""The measures, the objective, and that value, best and bound stand in order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from planner.verify.violation import Violation

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["check_totals"]


def check_totals(plan: Plan, shares: dict[str, float]) -> Iterator[Violation]:
    """Yield each total that is not the sum of its parts."""
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
