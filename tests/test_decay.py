"""Decay curves of a standard: unfolded into steps, close to the curve, and read from a scenario."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from planner.decay import Decay
from planner.network.tables import step_shares
from planner.scenario import Group

CURVES: list[dict[str, Any]] = [
    {"curve": "linear", "within": "15min"},
    {"curve": "exponential", "within": "20min", "half": "5min"},
    {"curve": "gaussian", "within": "30min", "half": "10min", "steps": 60},
    {"curve": "gaussian", "within": "60min", "half": "1min", "steps": 200},
]


def group(standards: object) -> Group:
    """A group with this standard."""
    return Group.model_validate({"id": "riders", "name": "骑手", "mode": "ebike", "standards": standards})


@pytest.mark.parametrize("curve", CURVES, ids=str)
def test_the_steps_stay_within_the_stated_error(curve: dict[str, Any]) -> None:
    """At any travel time the counted share is that of the curve, but for the error that the curve states."""
    made = Decay.model_validate(curve)
    seconds = np.linspace(0.0, made.within * 1.1, 5000)
    away = np.abs(seconds[:, None] - np.arange(made.steps + 1) * made.within / made.steps).min(axis=1)
    seconds = seconds[away > 0.01]  # at the very ends of steps a time counts as within, to a millisecond
    counted = step_shares(group(curve), seconds)
    exact = np.array([made.share(one) for one in seconds.tolist()])
    assert np.abs(counted - exact).max() <= made.error() + 1e-6
    assert (counted[seconds > made.within + 0.01] == 0).all()


def test_a_linear_curve_in_twenty_steps_is_off_by_a_fortieth() -> None:
    """The error that the page states."""
    assert Decay.model_validate(CURVES[0]).error() == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        ({"curve": "linear", "within": "15min", "half": "5min"}, "a linear one has none"),
        ({"curve": "gaussian", "within": "15min"}, "need half"),
        ({"curve": "cubic", "within": "15min"}, "linear"),
        ({"curve": "linear", "within": 15}, "no unit"),
        ({"curve": "linear", "wihtin": "15min"}, "did you mean 'within'"),
    ],
)
def test_a_curve_that_makes_no_sense_is_a_sentence(curve: dict[str, Any], words: str) -> None:
    """What is wrong with a curve is said in words."""
    with pytest.raises(ValueError, match=words):
        group(curve)
