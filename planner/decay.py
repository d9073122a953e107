"""Decay curves of a service standard: the share that counts falls with the travel time, in fine steps.

    linear       1 - t / T
    exponential  2^(-t / h)
    gaussian     2^(-(t / h)²)        with T = ``within``, beyond which nothing counts, and h = ``half``

The curve is cut into ``steps`` of equal time, each of which counts the curve at its middle. So no person is counted
at a share that is off by more than the curve falls from there to an end of the step (:meth:`Decay.error`): 2.5 % of a
person for a linear curve in 20 steps. The joint model is exact for these steps, as for any others.
"""

from __future__ import annotations

import itertools
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from planner.settings import Seconds, Settings

__all__ = ["Decay"]

_DECIMALS = 6


class Decay(Settings):
    """A curve of falling shares: its shape, the time beyond which nothing counts, the time at which half counts.

    >>> Decay.model_validate({"curve": "linear", "within": "10min", "steps": 2}).unfolded()
    [{'within': '300.0s', 'share': 0.75}, {'within': '600.0s', 'share': 0.25}]
    """

    curve: Literal["linear", "exponential", "gaussian"]
    within: Annotated[Seconds, Field(gt=0)]
    half: Annotated[Seconds, Field(gt=0)] | None = None
    steps: Annotated[int, Field(ge=1, le=200)] = 20

    @model_validator(mode="after")
    def _half_where_it_counts(self) -> Self:
        if (self.half is None) != (self.curve == "linear"):
            raise ValueError('exponential and gaussian curves need half, as in half = "5min"; a linear one has none')
        return self

    def share(self, seconds: float) -> float:
        """Return the share that counts after so many seconds."""
        if seconds > self.within:
            return 0.0
        if self.half is None:
            return 1.0 - seconds / self.within
        power = 1 if self.curve == "exponential" else 2
        return float(2.0 ** -((seconds / self.half) ** power))

    def unfolded(self) -> list[dict[str, str | float]]:
        """Return the steps as a standard has them; those that count nothing, or what the next does, are left out."""
        length = self.within / self.steps
        shares = [round(self.share((step + 0.5) * length), _DECIMALS) for step in range(self.steps)]
        falls = [share > after for share, after in itertools.pairwise([*shares, 0.0])]
        each = enumerate(zip(shares, falls, strict=True), start=1)
        return [{"within": f"{step * length}s", "share": share} for step, (share, fall) in each if fall]

    def error(self) -> float:
        """Return by how much the share of a person may be off at most."""
        length = self.within / self.steps
        ends = [self.share(step * length) for step in range(self.steps + 1)]
        middles = [self.share((step + 0.5) * length) for step in range(self.steps)]
        return max(max(a - m, m - b) for (a, b), m in zip(itertools.pairwise(ends), middles, strict=True))
