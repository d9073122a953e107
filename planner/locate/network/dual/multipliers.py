"""What a relaxation gives for some options taken as closed and opened: a bound, its point, and its multipliers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from planner.locate.network.constraints import Rows

__all__ = ["Multipliers", "Relaxation", "Relaxed", "RuleMultiplier", "of_rules", "rounded", "undecided"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_NOTHING = 1e-12
_FRACTION = 1e-6
_DECIMALS = 9


@dataclass(frozen=True)
class RuleMultiplier:
    """The multiplier π of one row of a rule (its position among the rules), and the options that the row speaks of."""

    rule: int
    options: Ints
    value: float


@dataclass(frozen=True)
class Multipliers:
    """Multipliers of all rows.

    ``point`` names the point of each cover row (the rows of a point in falling order of share); ``rho`` are the rows'
    multipliers, ``mu`` the lounges'; ``sigma`` those of serving each point once (None where stations have no limits).
    """

    point: Ints
    rho: Floats
    mu: Floats
    rules: tuple[RuleMultiplier, ...]
    sigma: Floats | None = None


@dataclass(frozen=True)
class Relaxed:
    """A bound on the covered weight, the options in the point behind it, and where the next solve may ``start``."""

    bound: float
    y: Floats
    multipliers: Multipliers
    start: Any = None


class Relaxation(Protocol):
    """Bounds the covered weight of all networks that take some options as closed and some as opened."""

    def solve(self, closed: Sequence[int], opened: Sequence[int], start: Any = None) -> Relaxed | None:
        """Return the bound; None when there is no point, or no time was left."""
        ...

    def option(self, relaxed: Relaxed, closed: Sequence[int], opened: Sequence[int], enough: float) -> int | None:
        """Return the option on which to branch so that bounds fall to ``enough`` soon; None if all are decided."""
        ...


def of_rules(blocks: Sequence[Rows], duals: Floats) -> tuple[RuleMultiplier, ...]:
    """Return the multipliers of the rules' rows, which stand first among those of the program."""
    found = []
    first = 0
    for number, rows in enumerate(blocks):
        own = duals[first : first + len(rows.lower)]
        first += len(rows.lower)
        for row in np.flatnonzero(np.abs(own) > _NOTHING):
            value = _allowed(float(own[row]), rows, int(row))
            if value:
                start, end = rows.matrix.indptr[row : row + 2]
                found.append(RuleMultiplier(number, rows.matrix.indices[start:end].astype(np.int64), value))
    return tuple(found)


def rounded(multipliers: Floats, most: float = np.inf) -> Floats:
    """Return multipliers between zero and ``most``, with as many decimals as a file needs."""
    return np.clip(multipliers, 0.0, most).round(_DECIMALS)


def undecided(y: Floats) -> Ints:
    """Return the options that are neither closed nor open, those nearest to a half first."""
    distance = np.abs(y - 0.5)
    open_ones = np.flatnonzero(distance < 0.5 - _FRACTION)
    return np.asarray(open_ones[np.argsort(distance[open_ones], kind="stable")], dtype=np.int64)


def _allowed(value: float, rows: Rows, row: int) -> float:
    """Return the multiplier where its sign suits the row: π ≥ 0 needs an upper, π ≤ 0 a lower limit."""
    limit = rows.upper[row] if value > 0 else rows.lower[row]
    return value if np.isfinite(limit) else 0.0
