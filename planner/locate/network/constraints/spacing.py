"""Two stations are not too close:  Σ_{o ∈ K} y_o ≤ 1  for cliques K of sites that are pairwise too close.

The cliques together hold every close pair, and are stronger than one row per pair (Erkut, 1990).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.locate.network.constraints.rule import Columns, Floats, Ints, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["Spacing"]


@dataclass(frozen=True)
class Spacing:
    """No two stations (of ``types``, or of any type) open at sites that are a close pair.

    ``pairs`` (k × 2) holds the positions of the sites that are less than the spacing apart, ``metres`` how far.
    """

    pairs: Ints
    words: str
    types: tuple[int, ...] | None = None
    metres: Floats | None = None

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"各站相距不小于 {self.words} stations stand at least {self.words} apart"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per clique of sites that are pairwise too close."""
        counts = (
            np.isin(problem.option_type, self.types) if self.types is not None else np.ones(problem.n_options, bool)
        )
        entries = []
        for clique in _cliques(self.pairs, problem.n_sites):
            members = np.flatnonzero(np.isin(problem.option_site, clique) & counts)
            if len(members) > 1:
                entries.append((members, 1.0))
        return Rows.of(entries, -np.inf, 1.0, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many pairs of sites are too close."""
        count = len(self.pairs)
        return f"有 {count} 对候选点近于此 {count} pairs of candidate sites are closer than {self.words}"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"允许 {amount:g} 组相近的候选点多设一站 if {amount:g} groups of close sites could hold one station more"

    def looser(self, problem: NetworkProblem) -> list[list[tuple[str, Spacing]]]:
        """Return the rule at every smaller spacing, in whole metres, and the change in words; the tightest first."""
        if self.metres is None:
            return []
        chain = []
        for least in np.unique(np.floor(self.metres))[::-1].tolist():
            close = self.metres < least
            words = f"间距改为 {least:.0f} m if stations stood at least {least:.0f} m apart"
            chain.append((words, replace(self, pairs=self.pairs[close], metres=self.metres[close])))
        return [chain]


def _cliques(pairs: Ints, n_sites: int) -> list[list[int]]:
    """Return cliques that hold every pair: each pair not yet held grows into a maximal clique, smallest site first."""
    near: list[set[int]] = [set() for _ in range(n_sites)]
    for a, b in pairs.tolist():
        near[a].add(b)
        near[b].add(a)
    held: set[tuple[int, int]] = set()
    cliques = []
    for a, b in sorted((min(pair), max(pair)) for pair in pairs.tolist()):
        if (a, b) in held:
            continue
        clique, common = [a, b], near[a] & near[b]
        while common:
            site = min(common)
            clique.append(site)
            common = common & near[site]
        clique.sort()
        held |= {(i, j) for n, i in enumerate(clique) for j in clique[n + 1 :]}
        cliques.append(clique)
    return cliques
