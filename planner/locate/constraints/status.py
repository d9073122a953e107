"""Sites that must or must not stand:  Σ_t y_it = 1 for required sites,  Σ_t y_it = 0 for excluded ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.locate.constraints.rule import Columns, Rows
from planner.locate.network import NetworkProblem

__all__ = ["Excluded", "Required"]


@dataclass(frozen=True)
class Required:
    """A station stands at each of these sites."""

    sites: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"a station stands at {', '.join(self.names)}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per required site."""
        return _counts(self.sites, 1.0, problem, columns)


@dataclass(frozen=True)
class Excluded:
    """No station stands at any of these sites."""

    sites: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"no station stands at {', '.join(self.names)}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per excluded site."""
        return _counts(self.sites, 0.0, problem, columns)


def _counts(sites: Sequence[int], count: float, problem: NetworkProblem, columns: Columns) -> Rows:
    members = [np.flatnonzero(problem.option_site == site) for site in sites]
    fixed = np.full(len(sites), count)
    return Rows.of([(part, 1.0) for part in members], fixed, fixed, columns.count)
