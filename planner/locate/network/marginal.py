"""What one option is worth: the weight it covers alone, and what opening or closing it changes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.problem import NetworkProblem, covered_shares, linkable_lounges

__all__ = ["weight_alone", "weight_gained", "weight_lost"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def weight_alone(problem: NetworkProblem, weights: Floats) -> Floats:
    """Return for each option the weight that it and the lounges it can run cover, were it the only one."""
    return weight_gained(problem, weights, np.empty(0, dtype=np.int64))


def weight_gained(problem: NetworkProblem, weights: Floats, options: Ints) -> Floats:
    """Return for each option the weight gained by opening it beside the open ``options`` (0 for the open ones)."""
    linked = linkable_lounges(problem, options)
    before = covered_shares(problem, options, linked)
    n, m = problem.n_options, len(problem.weights)
    stations = sp.csr_array((problem.stations.share, (problem.stations.by, problem.stations.point)), shape=(n, m))
    outreach = problem.outreach
    lounges = sp.csr_array((outreach.share, (outreach.by, outreach.point)), shape=(problem.n_lounges, m))
    runs = sp.csr_array(
        (np.ones(len(problem.link_option)), (problem.link_option, problem.link_lounge)), shape=(n, problem.n_lounges)
    )
    gained = np.zeros(n)
    for option in np.setdiff1d(np.arange(n), options):
        after = before.copy()
        _raise(after, stations, option)
        for lounge in np.setdiff1d(runs.indices[runs.indptr[option] : runs.indptr[option + 1]], linked):
            _raise(after, lounges, lounge)
        gained[option] = weights @ (after - before)
    return gained


def weight_lost(problem: NetworkProblem, weights: Floats, options: Ints) -> Floats:
    """Return for each open option the weight that is lost when it closes and its lounges look for another."""

    def value(chosen: Ints) -> float:
        return float(weights @ covered_shares(problem, chosen, linkable_lounges(problem, chosen)))

    total = value(options)
    return np.array([total - value(options[options != option]) for option in options])


def _raise(shares: Floats, reach: sp.csr_array, row: int) -> None:
    """Raise the shares of the points in one row to at least the row's shares, in place."""
    span = slice(reach.indptr[row], reach.indptr[row + 1])
    points = reach.indices[span]
    shares[points] = np.maximum(shares[points], reach.data[span])
