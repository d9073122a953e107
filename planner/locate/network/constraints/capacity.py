"""How many people a station has room for:  Σ_p n_p f_po ≤ C_o y_o  (Current and Storbeck, 1988)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Floats, Rows, by_option
from planner.locate.network.problem import NetworkProblem

__all__ = ["Capacity"]


@dataclass(frozen=True)
class Capacity:
    """A station serves at most ``most`` people a day (one number per option; infinite: any number).

    ``people`` holds the people of each point; a point may be served in parts by several stations.
    """

    people: Floats
    most: Floats
    names: str

    needs_links = False
    needs_loads = True

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"每站服务人数不超过容量 a station serves no more people than it has room for ({self.names})"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per option with a limit, in shares of it (so that coefficients stay near one)."""
        entries = []
        for option, pairs in by_option(problem.stations.by, problem.n_options):
            if np.isfinite(self.most[option]) and len(pairs):
                parts = self.people[problem.stations.point[pairs]] / max(self.most[option], 1.0)
                room = -min(float(self.most[option]), 1.0)
                entries.append((np.append(columns.loads[pairs], option), np.append(parts, room)))
        return Rows.of(entries, -np.inf, 0.0, columns.count)

    def limits(self) -> tuple[Floats, Floats]:
        """Return nobody, and how many each option has room for."""
        return np.zeros(len(self.most)), self.most

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many people there are within reach."""
        reached = float(self.people[np.unique(problem.stations.point)].sum())
        return f"候选点可达 {reached:,.0f} 人 {reached:,.0f} people are within reach of a candidate site"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        most = float(self.most[np.isfinite(self.most)].max(initial=1.0))
        return f"容量再多 {amount * most:,.0f} 人 if there were room for {amount * most:,.0f} people more"
