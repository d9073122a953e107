"""How many lounges a station runs, and which lounges must be run:  k y_o ≤ Σ_l x_lo ≤ K y_o;  u_l = 1."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.locate.network.constraints.rule import Columns, Rows, by_option
from planner.locate.network.problem import NetworkProblem

__all__ = ["LinksPerStation", "LoungesLinked"]


@dataclass(frozen=True)
class LinksPerStation:
    """An open station runs between ``at_least`` and ``at_most`` lounges."""

    at_least: int = 0
    at_most: int | None = None

    needs_links = True
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        upper = "" if self.at_most is None else f" and at most {self.at_most}"
        most = "" if self.at_most is None else f"、至多 {self.at_most} 处"
        return f"每站至少联动 {self.at_least} 处{most}会客厅 each station runs at least {self.at_least}{upper} lounges"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per option and limit."""
        blocks = []
        links = list(by_option(problem.link_option, problem.n_options))
        for limit, low, high in ((self.at_least, 0.0, np.inf), (self.at_most, -np.inf, 0.0)):
            if limit is not None and (limit > 0 or high == 0.0):
                entries = [
                    (np.append(columns.links[of], option), np.append(np.ones(len(of)), -float(limit)))
                    for option, of in links
                ]
                blocks.append(Rows.of(entries, low, high, columns.count))
        return Rows.stacked(blocks, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many lounges a site can reach."""
        counts = np.bincount(problem.link_option, minlength=problem.n_options)
        low, high = counts.min(initial=len(problem.link_option)), counts.max(initial=0)
        return (
            f"共 {problem.n_lounges} 处会客厅,时限内一个候选点有 {low} 至 {high} 处 "
            f"of {problem.n_lounges} lounges a candidate site has {low} to {high} within the link limit"
        )

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"联动数放宽 {amount:g} 处 if {amount:g} links more or fewer were allowed"

    def looser(self, problem: NetworkProblem) -> list[list[tuple[str, LinksPerStation]]]:
        """Return the rule at every smaller least and at every larger most number, the tightest first."""
        most = problem.n_lounges if self.at_most is None else self.at_most
        fewer = [
            (f"每站至少改为 {k} 处 if each station ran at least {k} lounges", replace(self, at_least=k))
            for k in reversed(range(self.at_least))
        ]
        more = [
            (f"每站至多改为 {k} 处 if each station ran at most {k} lounges", replace(self, at_most=k))
            for k in range(most + 1, problem.n_lounges + 1)
        ]
        return [fewer, more]


@dataclass(frozen=True)
class LoungesLinked:
    """Each of these lounges is run by a station."""

    lounges: tuple[int, ...]
    names: tuple[str, ...]

    needs_links = True
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        few = ", ".join(self.names[:5])
        more = f" and {len(self.names) - 5} more" if len(self.names) > 5 else ""
        many = f" 等 {len(self.names)} 处" if len(self.names) > 5 else ""
        return f"会客厅 {few}{many}都要联动 a station runs each of the lounges {few}{more}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per lounge."""
        return Rows.of([(columns.lounges[[lounge]], 1.0) for lounge in self.lounges], 1.0, 1.0, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return which of the lounges no site can reach."""
        reachable = set(problem.link_lounge.tolist())
        names = [name for lounge, name in zip(self.lounges, self.names, strict=True) if lounge not in reachable]
        listed = ", ".join(names)
        return f"时限内无候选点的 no candidate site within the link limit: {listed or '无 none'}"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"允许 {amount:g} 处不联动 if {amount:g} of the lounges could stay without a station"
