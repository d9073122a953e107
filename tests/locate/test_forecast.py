"""The forecast before solving: size, a range of seconds, and numbers of unlike size."""

from __future__ import annotations

import numpy as np

from planner.locate.network.constraints import Budget, LinksPerStation, OnePerCentre
from planner.locate.network.forecast import forecast
from planner.locate.network.model import Goal
from planner.locate.network.objectives import LinkTravel, PeopleCovered
from planner.locate.network.problem import Covering, NetworkProblem


def district(n_points: int) -> NetworkProblem:
    """Three sites that reach every point, and one lounge."""
    point, site = np.divmod(np.arange(3 * n_points), 3)
    none = Covering(np.empty(0, int), np.empty(0, int), np.empty(0))
    return NetworkProblem(
        np.ones(n_points), np.arange(3), np.zeros(3, int), np.arange(3), 1, 1,
        Covering(point, site, np.ones(len(point))), none, np.zeros(3, int), np.arange(3), np.ones(3),
    )  # fmt: skip


def test_more_people_links_and_goals_take_longer() -> None:
    """Size counts what the model will hold, and the range moves with it."""
    goals = [Goal(PeopleCovered())]
    small, large = (forecast(district(n), [OnePerCentre()], goals) for n in (100, 100_000))
    assert (small.options, small.entries) == (3, 300)
    assert 0 < small.seconds[0] < small.seconds[1] < large.seconds[1]
    links = forecast(district(100), [OnePerCentre(), LinksPerStation(0, 2)], [*goals, Goal(LinkTravel())])
    assert links.entries == 303
    assert links.seconds[1] > small.seconds[1]
    assert "300 entries" in str(small)


def test_numbers_of_unlike_size_are_named() -> None:
    """A budget whose costs lie a billion times apart is a warning; one in yuan is none."""
    goals = [Goal(PeopleCovered())]
    unlike = forecast(district(1), [Budget(np.array([1e-3, 1.0, 1e6]), 1e6)], goals)
    assert "cost 1,000,000 yuan at most" in unlike.warnings[0]
    assert forecast(district(1), [Budget(np.array([5e4, 6e4, 2e5]), 1e6)], goals).warnings == ()
