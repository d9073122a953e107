"""Random draws of the compiled searches: xorshift64 (Marsaglia, 2003), whose state is one number.

A search that goes on from run to run keeps its state in an array of one; the seed decides all draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.locate.solver.compiled import compiled

__all__ = ["draw", "seeded", "xorshift"]


def seeded(seed: int) -> NDArray[np.uint64]:
    """Return the first state of a seed, as an array of one."""
    return np.array([(int(seed) * 2654435761 + 88172645463325252) % 2**64], np.uint64)


@compiled
def xorshift(state):  # type: ignore[no-untyped-def]
    """Return the next state."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@compiled
def draw(random, count):  # type: ignore[no-untyped-def]
    """Return a number from 0 to ``count`` - 1, and move the state in ``random`` on."""
    random[0] = xorshift(random[0])
    return int(random[0] % np.uint64(count))
