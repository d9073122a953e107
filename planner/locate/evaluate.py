"""Every measure of any set of sites, whoever chose them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.errors import ScenarioError
from planner.locate.point_problem import read_problem
from planner.locate.points import Points
from planner.locate.setting import Setting
from planner.locate.solution import assignment_table
from planner.locate.standard import read_standard
from planner.locate.tables import Floats, Ints, PairsInput, ValuesInput, counted, listing

__all__ = ["Evaluation", "evaluate", "measure_sites"]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The measures of a set of sites: a table (measure id; value, unit, weighted_by) and the nearest assignment."""

    sites: tuple[str, ...]
    measures: pd.DataFrame
    assignment: pd.DataFrame
    notes: tuple[str, ...]

    def __getitem__(self, name: str) -> float:
        """Return the value of one measure: ``evaluation["covered_share"]``."""
        if name not in self.measures.index:
            known = ", ".join(self.measures.index)
            raise ScenarioError(f"There is no measure {name!r} (covering needs a standard). There are {known}.")
        return float(self.measures["value"][name])

    def report(self) -> str:
        """Return the measures in words."""
        rows = [
            f"{name.replace('_', ' ')}: {_said(value, unit)}, weighted by {weighted_by}"
            for name, (value, unit, weighted_by) in zip(self.measures.index, self.measures.to_numpy(), strict=True)
        ]
        names = ": " + listing(self.sites, len(self.sites)) if self.sites else ""
        return "\n".join([f"{counted(len(self.sites), 'site')}{names}", *rows, *self.notes])


def _said(value: float, unit: str) -> str:
    """Return a value with its unit; shares, weights and impedances of no known unit go without."""
    if math.isnan(value):
        return "undefined"
    if unit in ("sites", "points"):
        return counted(int(value), unit[:-1])
    return f"{value:,.10g}" + ("" if unit in ("", "0 to 1", "weight", "cost") else f" {unit}")


def evaluate(
    pairs: PairsInput | Points,
    weights: ValuesInput | None,
    sites: Iterable[object],
    *,
    standard: float | str | None = None,
    cost: ValuesInput | float | None = None,
) -> Evaluation:
    """Return every measure of these open sites; covering measures only with a ``standard``.

    Each demand goes to its nearest open site; ``pairs`` may be :class:`planner.locate.Points`. ``travel`` is the
    weighted sum over served demand, ``mean_travel`` its mean by weight; ``unserved`` demand has no open site in the
    pairs. Shares are of all demand, the unreachable too.

    >>> pairs = pd.DataFrame({"s": [0.0, 90.0], "t": [80.0, 10.0]}, index=["a", "b"])
    >>> evaluate(pairs, {"a": 3, "b": 1}, ["s"], standard=50.0)["covered_share"]
    0.75
    """
    problem = read_problem(pairs, weights, cost=cost)
    opened = problem.flags(sites)
    limit, notes = (None, ()) if standard is None else read_standard(standard, problem)
    site, impedance = problem.nearest(opened)
    rows = measure_sites(problem, opened, limit)
    measures = pd.DataFrame(rows, columns=["measure", "value", "unit", "weighted_by"]).set_index("measure")
    table = assignment_table(problem, site, impedance)
    return Evaluation(tuple(problem.sites[opened]), measures, table, problem.notes + tuple(notes))


def measure_sites(
    problem: Setting, opened: np.ndarray[tuple[int], np.dtype[np.bool_]], standard: float | None
) -> list[tuple[str, float, str, str]]:
    """Return the measures of open sites as (id, value, unit, what it is weighted by)."""
    weights = problem.weights
    _, impedance = problem.nearest(opened)
    served = ~np.isnan(impedance)
    travel, total = float(weights[served] @ impedance[served]), float(weights.sum())
    served_weight = float(weights[served].sum())
    unit = problem.unit
    product = f"weight × {unit or 'impedance'}"
    rows = [
        ("sites", float(opened.sum()), "sites", "count"),
        ("demand", float(len(weights)), "points", "count"),
        ("demand_weight", total, "weight", "weight"),
        ("unserved", float((~served).sum()), "points", "count"),
        ("unserved_weight", total - served_weight, "weight", "weight"),
        ("travel", travel, product, "weight"),
        ("mean_travel", _share(travel, served_weight), unit, "weight"),
        ("max_travel", float(impedance[served].max(initial=0.0)), unit, "nothing"),
        ("max_weighted_travel", float((weights * impedance)[served].max(initial=0.0)), product, "weight"),
    ]
    if problem.cost is not None:
        rows.append(("cost", float(problem.cost[opened & ~problem.existing].sum()), "cost", "new sites"))
    if standard is not None:
        rows += _covering(weights, problem.times_within(opened, standard), total)
    return rows


def _covering(weights: Floats, times: Ints, total: float) -> list[tuple[str, float, str, str]]:
    rows = []
    for name, enough in (("covered", times >= 1), ("covered_twice", times >= 2)):
        weight = float(weights[enough].sum())
        rows += [
            (f"{name}_weight", weight, "weight", "weight"),
            (f"{name}_share", _share(weight, total), "0 to 1", "weight"),
            (f"{name}_points", float(enough.sum()), "points", "count"),
            (f"{name}_share_of_points", _share(float(enough.sum()), float(len(weights))), "0 to 1", "count"),
        ]
    return rows


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
