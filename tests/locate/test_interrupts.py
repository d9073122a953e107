"""Ctrl-C at any moment gives medians and centres their best so far with a true bound, and the program goes on."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.locate import Solution, capacitated_p_median, p_center, p_median
from tests.locate.pmed import pmed_pairs

Solve = Callable[[pd.DataFrame, int], Solution]


def _capacitated(pairs: pd.DataFrame, p: int) -> Solution:
    demand = pd.Series(np.random.default_rng(5).integers(1, 20, len(pairs)), pairs.index)
    return capacitated_p_median(pairs, None, p, 1.1 * float(demand.sum()) / p, demand=demand, time_limit=600)


SOLVES: dict[str, Solve] = {
    "median": lambda pairs, p: p_median(pairs, None, p, time_limit=600),
    "centre": lambda pairs, p: p_center(pairs, p, time_limit=600),
    "capacitated": _capacitated,
}


@pytest.mark.parametrize("delay", [0.05, 0.5, 1.5])
@pytest.mark.parametrize("kind", SOLVES)
def test_an_interrupt_gives_the_best_so_far(kind: str, delay: float, shared: Path) -> None:
    """The sites are p, the bound does not cross the value, and nothing unproven is called optimal."""
    pairs, p = pmed_pairs(shared, 32)
    handler = signal.getsignal(signal.SIGINT)
    timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
    signal.signal(signal.SIGINT, lambda *_: None)
    timer.start()
    try:
        solution = SOLVES[kind](pairs, p)
    finally:
        timer.join()
        signal.signal(signal.SIGINT, handler)
    assert solution.status in ("optimal", "feasible")
    assert len(solution.sites) == p
    assert solution.bound <= solution.objective
    assert (solution.status == "optimal") == (solution.gap == 0)
