"""How large a model is and how long it may take, before it is solved; and a warning for numbers of unlike size.

Seconds follow s = a n^b k^c d e, fitted in logarithms (least squares) to the measured works in ``solve_times.csv``,
with n the pairs of people and stations or lounges, plus the links and loads where rules speak of them and the pairs of
each further phase; k is the number of objectives; d counts where rules speak of links, e where they speak of loads. The
range is the widest miss of a measured work. The seconds are those of one processor with nothing else to do.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from planner.locate.network.constraints import Columns, Rule
from planner.locate.network.problem import NetworkProblem
from planner.locate.network.rounds import Goal

__all__ = ["Forecast", "forecast"]

Floats = npt.NDArray[np.float64]

_UNLIKE = 1e6


@dataclass(frozen=True)
class Forecast:
    """The size of a model, the seconds it may take at least and at most, and what may cause trouble in its numbers."""

    options: int
    entries: int
    seconds: tuple[float, float]
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        """Return one line."""
        low, high = self.seconds
        return f"{self.options} pairs of site and type, {self.entries} entries, {low:.1g} to {high:.1g} s"


def forecast(problem: NetworkProblem, rules: Sequence[Rule], goals: Sequence[Goal]) -> Forecast:
    """Return the forecast of a model. Works larger than the measured ones may take longer than it says."""
    entries = len(problem.stations.by) + len(problem.outreach.by)
    links = any(rule.needs_links for rule in rules) or any(goal.objective.needs_links for goal in goals)
    loads = any(rule.needs_loads for rule in rules)
    entries += links * len(problem.link_option) + (loads + problem.n_phases - 1) * len(problem.stations.by)
    weights, miss = _fit()
    about = float(np.exp(_known(max(entries, 1), len(goals), links=links, loads=loads) @ weights))
    warnings = [words for rule in rules if (words := _unlike(problem, rule, links=links, loads=loads))]
    return Forecast(problem.n_options, entries, (about / miss, about * miss), tuple(warnings))


def _fit() -> tuple[Floats, float]:
    """Return the weights of the fit (see :func:`_known`), and its widest miss as a factor."""
    text = (files("planner.locate") / "solve_times.csv").read_text(encoding="utf-8")
    table = list(csv.DictReader(text.splitlines()))
    known = np.array(
        [
            _known(
                float(row["entries"]), float(row["objectives"]), links=row["links"] == "1", loads=row["loads"] == "1"
            )
            for row in table
        ]
    )
    seconds = np.log([float(row["seconds"]) for row in table])
    weights = np.linalg.lstsq(known, seconds, rcond=None)[0]
    return weights, float(np.exp(np.abs(known @ weights - seconds).max()))


def _known(entries: float, objectives: float, *, links: bool, loads: bool) -> Floats:
    """Return what the logarithm of the seconds is a weighted sum of."""
    return np.array([1.0, np.log(entries), np.log(objectives), float(links), float(loads)])


def _unlike(problem: NetworkProblem, rule: Rule, *, links: bool, loads: bool) -> str:
    """Return a warning where the coefficients of a rule lie more than a million times apart."""
    sizes = np.abs(rule.rows(problem, Columns.of(problem, links=links, loads=loads)).matrix.data)
    sizes = sizes[sizes > 0]
    if not len(sizes) or sizes.max() <= _UNLIKE * sizes.min():
        return ""
    return (
        f"{rule.sentence}: its numbers lie between {sizes.min():.3g} and {sizes.max():.3g}, too far apart for exact "
        "answers. Check their units."
    )
