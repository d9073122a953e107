"""Several objectives weighed against each other in one:  max Σ_i w_i F_i - Σ_j w_j C_j  (F to be large, C small)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints import Rows
from planner.locate.network.objectives.objective import Layout, Network, Objective, Terms
from planner.locate.network.problem import NetworkProblem

__all__ = ["Mix"]


@dataclass(frozen=True)
class Mix:
    """The weighted sum of ``parts``: objectives and weights above zero, in the objectives' own units.

    What an objective would have small counts against the sum. At most one part may be a worst share.
    """

    parts: tuple[tuple[Objective, float], ...]

    maximise = True
    measure = ""

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "; ".join(f"{part.sentence} (weight {weight:g})" for part, weight in self.parts)

    @property
    def needs_links(self) -> bool:
        """Whether a part speaks of single links."""
        return any(part.needs_links for part, _ in self.parts)

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the weighted terms of all parts, with the rows that they bring."""
        cost, offset, rows = np.zeros(layout.count), 0.0, []
        for part, weight in self.parts:
            sign, own = weight if part.maximise else -weight, part.terms(problem, layout)
            cost, offset = cost + sign * own.cost, offset + sign * own.offset
            rows += [own.rows] if own.rows is not None else []
        return Terms(cost, Rows.stacked(rows, layout.count) if rows else None, offset)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the weighted sum of the parts' values."""
        return sum((w if part.maximise else -w) * part.value(problem, network) for part, w in self.parts)

    def grain(self, problem: NetworkProblem) -> float:
        """Return 0: a weighted sum may be any number."""
        return 0.0
