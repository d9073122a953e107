"""What is behind the θ of the master: what anybody open can serve, graded measures, and what limited room serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.coverage import Coverage, Cut
from planner.locate.network.graded import GradedCoverage
from planner.locate.network.limited import LimitedCoverage
from planner.locate.solver.clock import Clock

__all__ = ["Behind"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Behind:
    """The parts of ``free`` (room for anybody), ``graded`` and then ``limited``, as one; each may be missing."""

    free: Coverage | None
    limited: LimitedCoverage | None = None
    graded: GradedCoverage | None = None

    @property
    def unit(self) -> Floats:
        """The weight of which θ of each part is a multiple."""
        return self._each(lambda one: one.unit)

    @property
    def most(self) -> Floats:
        """The whole weight of each part."""
        return self._each(lambda one: one.most)

    @property
    def label(self) -> Ints:
        """The label of each part."""
        return np.asarray(self._each(lambda one: one.label), dtype=np.int64)

    @property
    def key(self) -> npt.NDArray[np.str_]:
        """The measure of each part."""
        return np.asarray(self._each(lambda one: one.key), dtype=np.str_)

    @property
    def size(self) -> tuple[int, int]:
        """The number of rows and of what reaches them."""
        rows, entries = np.sum([one.size for one in self._all()], axis=0)
        return int(rows), int(entries)

    def by_part(self, v: Floats) -> Floats:
        """Return the measured weight of each part at v; -inf where stations lack people for their least loads."""
        return self._each(lambda one: one.by_part(v))

    def overstated(self, v: Floats, theta: Floats) -> Floats:
        """Return by how much each part of ``theta`` is more than can be had at v."""
        asked = self._split(theta)
        return np.concatenate([one.overstated(v, own) for one, own in zip(self._all(), asked, strict=True)])

    def cut(self, v: Floats, theta: Floats | None = None) -> Cut:
        """Return the cuts that are tight at v, where ``theta`` is asked for."""
        asked = [None] * len(self._all()) if theta is None else self._split(theta)
        cuts = [one.cut(v, own) for one, own in zip(self._all(), asked, strict=True)]
        if len(cuts) == 1:
            return cuts[0]
        apart = sp.block_diag([cut.over for cut in cuts], format="csr")
        return replace(Cut.stacked([replace(cut, over=cut.over[:, :0]) for cut in cuts]), over=sp.csr_array(apart))

    def asked(self, theta: Floats) -> Floats:
        """Return what of ``theta`` decides, beside v, which cuts are made."""
        return theta[:0] if self.limited is None else self.limited.asked(self.of_limited(theta))

    def of_limited(self, theta: Floats) -> Floats:
        """Return what of ``theta`` is that of limited room."""
        return self._split(theta)[-1] if self.limited else theta[:0]

    def within(self, clock: Clock) -> Behind:
        """Return the same under a clock."""
        return replace(self, limited=self.limited.within(clock) if self.limited else None)

    def _all(self) -> list[Coverage | GradedCoverage | LimitedCoverage]:
        return [one for one in (self.free, self.graded, self.limited) if one is not None]

    def _each(self, of: Callable[[Any], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        return np.concatenate([of(one) for one in self._all()])

    def _split(self, theta: Floats) -> list[Floats]:
        return np.split(theta, np.cumsum([len(one.unit) for one in self._all()])[:-1])
