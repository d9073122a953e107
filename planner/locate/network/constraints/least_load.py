"""How many people a station must serve:  Σ_p n_p f_po ≥ L_o y_o.  No station is opened for nobody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Floats, Rows, by_option
from planner.locate.network.problem import NetworkProblem

__all__ = ["LeastLoad"]


@dataclass(frozen=True)
class LeastLoad:
    """An open station serves at least ``least`` people a day (one number per option), each person counted once.

    ``people`` holds the people of each point; a point may be served in parts by several stations.
    """

    people: Floats
    least: Floats
    names: str

    needs_links = False
    needs_loads = True

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"不为太少的人设站 no station is opened for too few people ({self.names})"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per option with a least load, in shares of it."""
        entries = []
        for option, pairs in by_option(problem.stations.by, problem.n_options):
            if self.least[option] > 0:
                parts = self.people[problem.stations.point[pairs]] / self.least[option]
                entries.append((np.append(columns.loads[pairs], option), np.append(parts, -1.0)))
        return Rows.of(entries, 0.0, np.inf, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many candidate sites have enough people within reach."""
        within = np.bincount(
            problem.stations.by, weights=self.people[problem.stations.point], minlength=problem.n_options
        )
        enough = problem.option_site[(within >= self.least) & (self.least > 0)]
        asked = problem.option_site[self.least > 0]
        some, every = len(np.unique(enough)), len(np.unique(asked))
        return f"{every} 个候选点中有 {some} 个可达人数够 {some} of {every} candidate sites have that many within reach"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        lack = amount * float(self.least.max(initial=1.0))
        return f"总共允许少 {lack:,.0f} 人 if stations could lack {lack:,.0f} people in all"
