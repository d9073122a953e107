"""On which option to branch: reliability branching (Achterberg, Koch and Martin, 2005), by trials and by experience."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from planner.locate.network.dual.multipliers import undecided

__all__ = ["Experience"]

Floats = npt.NDArray[np.float64]

_MOST_TRIED = 8
_LITTLE = 1e-3


class Experience:
    """By how much closing (0) and opening (1) each option lowered the bound, per unit by which that changed it."""

    def __init__(self, n_options: int) -> None:
        self._fall = np.full((2, n_options), np.nan)

    def option(self, y: Floats, enough: float, fall: Callable[[int, int], float]) -> int | None:
        """Return the undecided option whose closing and opening lower the bound most (their product).

        ``fall`` tries an option closed (0) or opened (1) and returns by how much the bound falls. Falls count up to
        ``enough``. What an option did once is taken for what it does again.
        """

        def score(option: int) -> float:
            change = y[option], 1.0 - y[option]
            expected = [self._expected(option, side) * change[side] for side in (0, 1)]
            return float(np.prod(np.clip(expected, _LITTLE, enough)))

        promising = sorted(undecided(y).tolist(), key=score, reverse=True)[:_MOST_TRIED]
        for option in promising:
            for side, change in enumerate((y[option], 1.0 - y[option])):
                if np.isnan(self._fall[side, option]):
                    self._fall[side, option] = fall(option, side) / change
        return max(promising, key=score, default=None)

    def _expected(self, option: int, side: int) -> float:
        """Return what is known of an option, or the mean of all, or one where nothing is known."""
        known = self._fall[side, option]
        if not np.isnan(known):
            return float(known)
        tried = self._fall[side][~np.isnan(self._fall[side])]
        return float(tried.mean()) if len(tried) else 1.0
