"""What an objective is: a name, a sentence, its linear terms in the master, and its true value for a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from planner.locate.network.constraints import Columns, Rows
from planner.locate.network.problem import CoverRows, NetworkProblem, covered_shares, served_shares

__all__ = ["Layout", "Measured", "Network", "Objective", "Terms", "network_shares"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """The columns of the master: what is decided, then θ (one per part), then a free helper for each objective.

    θ_k counts in multiples of ``unit[k]``; ``key`` and ``label`` are the measure and the label of each part.
    """

    columns: Columns
    label: Ints
    unit: Floats
    key: npt.NDArray[np.str_]
    n_helpers: int = 1
    at: int = 0

    @property
    def theta(self) -> Ints:
        """The columns θ, one per part."""
        return self.columns.count + np.arange(len(self.label))

    @property
    def helper(self) -> int:
        """The column that the objective at hand may use for itself."""
        return self.columns.count + len(self.label) + self.at

    @property
    def count(self) -> int:
        """The number of all columns."""
        return self.columns.count + len(self.label) + self.n_helpers

    def parts(self, measure: str) -> Ints:
        """Return the parts of a measure."""
        return np.flatnonzero(self.key == measure)

    def units_of(self, measure: str) -> Terms:
        """Return the terms Σ_k unit_k θ_k over the parts of a measure: the weight that it counts."""
        cost = np.zeros(self.count)
        parts = self.parts(measure)
        cost[self.theta[parts]] = self.unit[parts]
        return Terms(cost)


@dataclass(frozen=True)
class Network:
    """A choice: the open options, and the option that runs each lounge (-1: none).

    Where stations have room for so many people, ``loads`` holds the part of a point that each station pair serves;
    where they open in phases, ``phases`` holds the phase (0, 1, …) of each option in ``options``.
    """

    options: Ints
    links: Ints
    loads: Floats | None = None
    phases: Ints | None = None

    @property
    def linked(self) -> Ints:
        """The linked lounges."""
        return np.flatnonzero(self.links >= 0)


@dataclass(frozen=True)
class Terms:
    """Linear terms in the master: the coefficients of every column, rows that the objective brings, and a constant."""

    cost: Floats
    rows: Rows | None = None
    offset: float = 0.0


class Objective(Protocol):
    """A quantity to be as large (``maximise``) or as small as possible."""

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        ...

    @property
    def maximise(self) -> bool:
        """Whether more is better."""
        ...

    @property
    def measure(self) -> str:
        """The measure whose θ the objective counts ("covered", or one that it brings itself); blank for none."""
        ...

    @property
    def needs_links(self) -> bool:
        """Whether the objective speaks of single links."""
        ...

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the objective's mathematics."""
        ...

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the true value of a network."""
        ...

    def grain(self, problem: NetworkProblem) -> float:
        """Return the step in which values come (1 for counts), 0 where they may be any number."""
        ...


@runtime_checkable
class Measured(Objective, Protocol):
    """An objective that brings its own measure."""

    def cover(self, problem: NetworkProblem) -> CoverRows:
        """Return the rows that the measure counts."""
        ...


def network_shares(problem: NetworkProblem, network: Network) -> Floats:
    """Return the covered share of each point under a network."""
    if network.loads is None:
        return covered_shares(problem, network.options, network.linked)
    return served_shares(problem, network.loads, network.linked)
