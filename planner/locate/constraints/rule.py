"""What a rule is: a sentence, and linear rows over the columns of the joint model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network import NetworkProblem

__all__ = ["Columns", "Rows", "Rule"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Where each kind of variable stands: y (options), u (lounges linked), z (cover rows)."""

    n_options: int
    n_lounges: int
    n_rows: int

    @property
    def options(self) -> Ints:
        """The columns y."""
        return np.arange(self.n_options)

    @property
    def lounges(self) -> Ints:
        """The columns u."""
        return self.n_options + np.arange(self.n_lounges)

    @property
    def rows(self) -> Ints:
        """The columns z."""
        return self.n_options + self.n_lounges + np.arange(self.n_rows)

    @property
    def count(self) -> int:
        """The number of all columns."""
        return self.n_options + self.n_lounges + self.n_rows


@dataclass(frozen=True)
class Rows:
    """Linear rows: ``lower ≤ matrix · x ≤ upper``."""

    matrix: sp.csr_array
    lower: Floats
    upper: Floats

    @classmethod
    def of(cls, entries: list[tuple[Ints, float | Floats]], lower: Floats, upper: Floats, width: int) -> Rows:
        """Build rows from one (columns, coefficients) pair per row."""
        lengths = [len(columns) for columns, _ in entries]
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        indices = np.concatenate([columns for columns, _ in entries]) if entries else np.empty(0, dtype=np.int64)
        data = [np.broadcast_to(np.asarray(value, dtype=float), len(columns)) for columns, value in entries]
        values = np.concatenate(data) if data else np.empty(0)
        return cls(sp.csr_array((values, indices, indptr), shape=(len(entries), width)), lower, upper)


class Rule(Protocol):
    """A rule of the network; ``sentence`` says in words what must hold."""

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        ...

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the rule's mathematics."""
        ...
