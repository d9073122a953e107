"""The answer of every location model: sites, assignment, value, and what is proven of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from planner.locate.setting import Flags, Setting
from planner.locate.solver.clock import Clock
from planner.locate.solver.mip import Status
from planner.locate.tables import Floats, Ints, counted, listing

__all__ = ["Solution", "assignment_table", "make_solution"]


@dataclass(frozen=True, eq=False)
class Solution:
    """Open sites and the assignment of demand, with the value and its proof.

    ``sites`` holds the ids of all open sites, sorted; ``existing`` those among them that stood before.
    ``assignment`` is indexed by demand id: ``site`` (blank where unserved) and ``impedance`` (NaN where unserved).
    ``bound`` is on the best possible value; ``gap`` is their distance over the value; ``seconds`` are by stage.
    ``parameters`` are the settings that :func:`planner.locate.check` needs; ``measures`` are further figures by name.
    """

    problem: str
    status: Status
    sites: tuple[str, ...]
    assignment: pd.DataFrame
    objective: float
    bound: float
    maximise: bool
    seconds: Mapping[str, float]
    notes: tuple[str, ...] = ()
    existing: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """How far the bound is from the value, as a share of the value: 0 when proven, infinite where unknown."""
        if self.bound == self.objective:
            return 0.0
        if math.isnan(self.objective) or not math.isfinite(self.bound) or self.objective == 0:
            return math.inf
        return abs(self.bound - self.objective) / abs(self.objective)

    def report(self) -> str:
        """Return the answer in words."""
        far = (
            "how far from the best is not known"
            if math.isinf(self.gap)
            else f"at most {100 * self.gap:.3g} % from the best"
        )
        words = {
            "optimal": "proven optimal",
            "feasible": "not proven" if self.gap == 0 else f"not proven: {far}",
            "infeasible": "infeasible: no choice of sites keeps all the rules",
            "no_solution": "no solution found in the time",
        }
        lines = [f"{self.problem}: {words[self.status]}"]
        if self.status in ("optimal", "feasible"):
            lines.append(f"value {self.objective:,.10g}, bound {self.bound:,.10g}, {self.seconds['total']:.2f} s")
            standing = f" ({len(self.existing)} existing)" if self.existing else ""
            names = ": " + listing(self.sites, len(self.sites)) if self.sites else ""
            lines.append(f"{counted(len(self.sites), 'open site')}{standing}{names}")
        lines += [f"{name.replace('_', ' ')}: {_said(value)}" for name, value in self.measures.items()]
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)

    def __str__(self) -> str:
        """Return the report."""
        return self.report()


def _said(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:,.10g}"


def assignment_table(problem: Setting, site: Ints, impedance: Floats) -> pd.DataFrame:
    """Return the assignment as a table in the order of the user's demand; site −1 is blank."""
    names = np.append(problem.sites, "")[site][problem.order]
    index = pd.Index(problem.demand[problem.order], name="demand")
    return pd.DataFrame({"site": names, "impedance": impedance[problem.order]}, index=index)


def make_solution(
    problem: Setting,
    name: str,
    *,
    opened: Flags | None,
    status: Status,
    objective: float,
    bound: float,
    maximise: bool,
    clock: Clock,
    notes: Iterable[str] = (),
    limit: float = math.inf,
    assigned: tuple[Ints, Floats] | None = None,
    parameters: Mapping[str, Any] | None = None,
    measures: Mapping[str, float] | None = None,
) -> Solution:
    """Return the Solution of open sites; without ``assigned``, demand goes to the nearest open site within ``limit``.

    ``opened`` is None where there is no answer: everything is then blank and the value NaN. The ``clock`` tells the
    seconds, and whether it was interrupted.
    """
    interrupted = ("interrupted: the best solution so far",) if clock.interrupted and status != "infeasible" else ()
    if opened is None:
        opened, objective = np.zeros(len(problem.sites), bool), math.nan
    site, impedance = problem.nearest(opened, limit) if assigned is None else assigned
    return Solution(
        problem=name,
        status=status,
        sites=tuple(problem.sites[opened]),
        assignment=assignment_table(problem, site, impedance),
        objective=objective + 0.0,  # zero, never minus zero
        bound=bound + 0.0,
        maximise=maximise,
        seconds=clock.seconds(),
        notes=(*problem.notes, *notes, *interrupted),
        existing=tuple(problem.sites[opened & problem.existing]),
        parameters=dict(parameters or {}),
        measures=dict(measures or {}),
    )
