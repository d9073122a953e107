"""Graded measures: what rows count by their best open column, and the cuts on it."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from planner.locate.network.constraints import Columns
from planner.locate.network.coverage import Coverage, Measure
from planner.locate.network.graded import GradedCoverage
from planner.locate.network.problem import Covering, NetworkProblem, cover_rows


def _random(seed: int) -> tuple[NetworkProblem, GradedCoverage]:
    """Return points that count the share of their best open option, as rows for each share and as graded rows."""
    r = np.random.default_rng(seed)
    n, m = int(r.integers(1, 9)), int(r.integers(1, 7))
    share = r.integers(0, 5, (n, m)) / 4
    share[:, 0] = np.maximum(share[:, 0], 0.25)
    weights = r.integers(1, 9, n).astype(float)
    point, option = np.nonzero(share)
    none = np.empty(0, np.int64)
    nobody = Covering(none, none, np.empty(0))
    at = np.arange(m)
    problem = NetworkProblem(
        weights=weights, option_site=at, option_type=np.zeros(m, np.int64), site_centre=at, n_types=1, n_lounges=0,
        stations=Covering(point, option, share[point, option]), outreach=nobody, link_lounge=none, link_option=none,
        link_effort=np.empty(0),
    )  # fmt: skip
    order = np.lexsort((option, -share[point, option], point))
    start = np.concatenate([[0], np.cumsum(np.bincount(point, minlength=n))])
    gain = (weights[point] * share[point, option])[order]
    return problem, GradedCoverage.of(start, option[order], gain, m, "graded", n_parts=int(r.integers(1, 4)))


@pytest.mark.parametrize("seed", range(60))
def test_counts_what_rows_for_each_share_count(seed: int) -> None:
    """At whole and fractional points the sum is that of a row for each share, and of the best open column."""
    problem, graded = _random(seed)
    columns = Columns.of(problem, links=False)
    rows = Coverage.of(problem, columns, [Measure.of(problem, columns, "rows", cover_rows(problem))], n_parts=3)
    r = np.random.default_rng(seed)
    for v in (*r.uniform(0, 1, (6, problem.n_options)), *r.integers(0, 2, (6, problem.n_options)).astype(float)):
        own, other = graded.by_part(v) @ graded.unit, rows.by_part(v) @ rows.unit
        assert own == pytest.approx(other)
        assert graded.most @ graded.unit == pytest.approx(problem.weights @ _best(problem, np.ones(problem.n_options)))
        if set(v) <= {0.0, 1.0}:
            assert own == pytest.approx(problem.weights @ _best(problem, v))


@pytest.mark.parametrize("seed", range(60))
def test_cuts_hold_everywhere_and_are_tight_where_they_are_made(seed: int) -> None:
    """No cut is below the measure at any point, and at its own point it is equal."""
    _, graded = _random(seed)
    r = np.random.default_rng(seed)
    points = [*r.uniform(0, 1, (8, graded.width)), *r.integers(0, 2, (8, graded.width)).astype(float)]
    for made in points:
        cut = graded.cut(made)
        assert cut(made) == pytest.approx(graded.by_part(made))
        assert isinstance(cut.slopes, csr_array)
        for point in points:
            assert (cut(point) >= graded.by_part(point) - 1e-9).all()


def _best(problem: NetworkProblem, v: np.ndarray) -> np.ndarray:
    best = np.zeros(len(problem.weights))
    opened = v[problem.stations.by] > 0.5
    np.maximum.at(best, problem.stations.point[opened], problem.stations.share[opened])
    return best
