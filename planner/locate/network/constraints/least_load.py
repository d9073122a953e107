"""How many people a station must serve:  Σ_p n_p f_po ≥ L_o y_o.  No station is opened for nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace

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

    def limits(self) -> tuple[Floats, Floats]:
        """Return how many each option must serve, and that more are welcome."""
        return self.least, np.full(len(self.least), np.inf)

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
        """Return that smaller loads would do; how small is found by its looser settings."""
        return "降低每站最少人数 if the least loads were smaller"

    def looser(self, problem: NetworkProblem) -> list[list[tuple[str, LeastLoad]]]:
        """Return the rule with every least load lowered by 1, 2, … people (10, 20, … from 1,000 on), tightest first."""
        largest = max(float(self.least.max(initial=0.0)), 1.0)
        step = 10 ** max(int(np.log10(largest)) - 2, 0)
        less = np.arange(step, largest + step, step)
        return [
            [
                (
                    f"最少人数各降低 {k:,} 人 if each least load were {k:,} people lower",
                    replace(self, least=np.maximum(self.least - k, 0.0)),
                )
                for k in less.astype(int).tolist()
            ]
        ]
