"""The load of links is balanced:  m k ≤ Σ_l x_lo ≤ m k + d  for each open o, with the level k in [0, 1], m lounges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Rows, by_option
from planner.locate.network.problem import NetworkProblem

__all__ = ["LinkBalance"]


@dataclass(frozen=True)
class LinkBalance:
    """Any two stations differ by at most ``most_difference`` in the lounges they run."""

    most_difference: int

    needs_links = True
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return (
            f"任两站联动的会客厅相差不超过 {self.most_difference} 处 "
            f"no station runs more than {self.most_difference} lounges more than another"
        )

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return, for each option, a row that holds the level below and one that holds it above (if it opens)."""
        m = max(problem.n_lounges, 1)
        below, above = [], []
        for option, links in by_option(problem.link_option, problem.n_options):
            at = np.concatenate([columns.links[links], [columns.level, option]])
            run = np.full(len(links), 1.0 / m)
            below.append((at, np.concatenate([run, [-1.0, -1.0]])))
            above.append((at[:-1], np.concatenate([run, [-1.0]])))
        return Rows.stacked(
            [
                Rows.of(below, -1.0, np.inf, columns.count),
                Rows.of(above, -np.inf, self.most_difference / m, columns.count),
            ],
            columns.count,
        )

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many lounges a site can reach."""
        counts = np.bincount(problem.link_option, minlength=problem.n_options)
        low, high = counts.min(initial=len(problem.link_option)), counts.max(initial=0)
        return (
            f"时限内一个候选点有 {low} 至 {high} 处会客厅 "
            f"a candidate site has {low} to {high} lounges within the link limit"
        )

    def eased(self, amount: float) -> str:
        """Return that a larger difference would do; how large is found by its looser settings."""
        return "放宽各站之差 if the difference between stations were larger"

    def looser(self, problem: NetworkProblem) -> list[list[tuple[str, LinkBalance]]]:
        """Return the rule at every larger difference that there can be, the tightest first."""
        more = range(self.most_difference + 1, problem.n_lounges + 1)
        return [[(f"相差改为 {k} 处 if stations differed by at most {k} lounges", LinkBalance(k)) for k in more]]
