"""What an objective is: a name, a sentence, its linear terms in the master, and its true value for a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from planner.locate.constraints import Columns, Rows
from planner.locate.network import NetworkProblem

__all__ = ["Layout", "Network", "Objective", "Terms"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """The columns of the master: what is decided, then θ (covered weight of each part), then one free helper.

    θ counts in multiples of ``unit``; ``label`` is the label of each part.
    """

    columns: Columns
    label: Ints
    unit: float

    @property
    def theta(self) -> Ints:
        """The columns θ, one per part."""
        return self.columns.count + np.arange(len(self.label))

    @property
    def helper(self) -> int:
        """The column that an objective may use for itself."""
        return self.columns.count + len(self.label)

    @property
    def count(self) -> int:
        """The number of all columns."""
        return self.helper + 1


@dataclass(frozen=True)
class Network:
    """A choice: the open options, and the option that runs each lounge (-1: none)."""

    options: Ints
    links: Ints

    @property
    def linked(self) -> Ints:
        """The linked lounges."""
        return np.flatnonzero(self.links >= 0)


@dataclass(frozen=True)
class Terms:
    """Linear terms in the master: the coefficients of every column, and rows that the objective brings."""

    cost: Floats
    rows: Rows | None = None


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
