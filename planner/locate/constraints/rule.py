"""What a rule is: a sentence, and linear rows over the columns of the joint model."""

from __future__ import annotations

from collections.abc import Sequence
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
    """Where each kind of variable stands: y (options); and, when links are explicit, u (lounges) and x (links)."""

    n_options: int
    n_lounges: int = 0
    n_links: int = 0

    @classmethod
    def of(cls, problem: NetworkProblem, *, links: bool) -> Columns:
        """Return the columns of a problem, with or without explicit links."""
        return cls(problem.n_options, problem.n_lounges, len(problem.link_option)) if links else cls(problem.n_options)

    @property
    def lounges(self) -> Ints:
        """The columns u."""
        return self.n_options + np.arange(self.n_lounges)

    @property
    def links(self) -> Ints:
        """The columns x, in the order of the problem's links."""
        return self.n_options + self.n_lounges + np.arange(self.n_links)

    @property
    def count(self) -> int:
        """The number of all columns."""
        return self.n_options + self.n_lounges + self.n_links


@dataclass(frozen=True)
class Rows:
    """Linear rows: ``lower ≤ matrix · x ≤ upper``."""

    matrix: sp.csr_array
    lower: Floats
    upper: Floats

    @classmethod
    def of(
        cls, entries: Sequence[tuple[Ints, float | Floats]], lower: npt.ArrayLike, upper: npt.ArrayLike, width: int
    ) -> Rows:
        """Build rows from one (columns, coefficients) pair per row; a single limit holds for all rows."""
        lengths = [len(columns) for columns, _ in entries]
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        indices = np.concatenate([columns for columns, _ in entries]) if entries else np.empty(0, dtype=np.int64)
        data = [np.broadcast_to(np.asarray(value, dtype=float), len(columns)) for columns, value in entries]
        values = np.concatenate(data) if data else np.empty(0)
        matrix = sp.csr_array((values, indices, indptr), shape=(len(entries), width))
        limits = [np.broadcast_to(np.asarray(limit, dtype=float), len(entries)) for limit in (lower, upper)]
        return cls(matrix, *limits)

    @classmethod
    def stacked(cls, blocks: Sequence[Rows], width: int) -> Rows:
        """Return the rows of all blocks, one after the other."""
        if not blocks:
            return cls(sp.csr_array((0, width)), np.empty(0), np.empty(0))
        matrix = sp.csr_array(sp.vstack([block.matrix for block in blocks]))
        return cls(matrix, *(np.concatenate([getattr(b, side) for b in blocks]) for side in ("lower", "upper")))


class Rule(Protocol):
    """A rule of the network.

    ``sentence`` says what must hold, ``facts`` what in the data decides whether it can. ``needs_links`` says that the
    rule speaks of single links, which the model otherwise leaves out.
    """

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        ...

    @property
    def needs_links(self) -> bool:
        """Whether the rule speaks of single links."""
        ...

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the rule's mathematics."""
        ...

    def facts(self, problem: NetworkProblem) -> str:
        """Return what the data offers for this rule."""
        ...

    def eased(self, amount: float) -> str:
        """Return in words the smallest change of this rule that lets the others hold (``amount`` in its units)."""
        ...
