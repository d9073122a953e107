"""Travel as the distance between points: no table of pairs, so that tens of thousands of sites fit in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.errors import Fault, InputError, ScenarioError
from planner.locate.plain import LARGEST, array, as_number
from planner.locate.tables import Floats, Ids, numbered, text_ids
from planner.units import parse_impedance

__all__ = ["Metric", "Points", "PointsInput"]

PointsInput: TypeAlias = "pd.DataFrame | NDArray[Any]"

_POWER = {"euclidean": 2.0, "manhattan": 1.0}
_ROUNDING = ("exact", "down", "nearest")


@dataclass(frozen=True, slots=True)
class Metric:
    """How far two points are apart: ``power`` 2 (straight line) or 1 (street grid), then rounded."""

    power: float
    rounding: str

    def distance(self, a: Floats, b: Floats) -> Floats:
        """Return the distances between two arrays of points (last axis: x, y), broadcast against each other."""
        x, y = np.abs(a[..., 0] - b[..., 0]), np.abs(a[..., 1] - b[..., 1])
        return self.rounded(x + y if self.power == 1 else np.sqrt(x * x + y * y))

    def rounded(self, exact: Floats) -> Floats:
        """Return distances rounded as this metric does; the order of distances stays."""
        if self.rounding == "exact":
            return exact
        return np.floor(exact if self.rounding == "down" else exact + 0.5)


@dataclass(frozen=True, eq=False)
class Points:
    """Demand and sites as points in a plane, in place of a table of pairs.

    ``demand`` and ``sites`` are tables with the columns x and y, in a projected system, indexed by id; or arrays
    n × 2, whose ids are their positions. Without ``sites`` every demand point is a site too. ``metric`` is the
    straight line ("euclidean") or the street grid ("manhattan"). ``rounding`` of distances to whole units is for
    published instances: "down" is what the p-median literature does to TSPLIB, "nearest" what TSPLIB itself says.
    Faults raise :class:`planner.errors.InputError`.

    >>> towns = pd.DataFrame({"x": [0, 300, 900], "y": [0, 400, 0]}, index=["a", "b", "c"])
    >>> Points(towns).pairs("500m")[["origin", "destination", "impedance"]].values.tolist()[1]
    ['a', 'b', 500.0]
    """

    demand: PointsInput
    sites: PointsInput | None = None
    metric: Literal["euclidean", "manhattan"] = "euclidean"
    rounding: Literal["exact", "down", "nearest"] = "exact"
    unit: str = "m"
    demand_ids: Ids = field(init=False, repr=False)
    demand_xy: Floats = field(init=False, repr=False)
    site_ids: Ids = field(init=False, repr=False)
    site_xy: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Read both tables, and refuse them with all their faults."""
        for setting, chosen, known in (("metric", self.metric, tuple(_POWER)), ("rounding", self.rounding, _ROUNDING)):
            if not isinstance(chosen, str) or chosen not in known:
                raise ScenarioError(f"{setting} = {chosen!r} is not known. Choose among {', '.join(known)}.")
        if not isinstance(self.unit, str):
            raise ScenarioError(f'unit = {self.unit!r} is not a text like "m".')
        faults: list[Fault] = []
        ids, xy = _read(self.demand, "demand", faults)
        site_ids, site_xy = (ids, xy) if self.sites is None else _read(self.sites, "site", faults)
        if faults:
            raise InputError(faults)
        for name, value in (("demand_ids", ids), ("demand_xy", xy), ("site_ids", site_ids), ("site_xy", site_xy)):
            object.__setattr__(self, name, value)

    @property
    def measure(self) -> Metric:
        """The metric as a function of coordinates."""
        return Metric(_POWER[self.metric], self.rounding)

    def pairs(self, cutoff: float | str) -> pd.DataFrame:
        """Return the pairs within a cutoff as a long table, for the problem types that need one.

        Columns origin, destination, impedance; ``cutoff`` is a number in the unit of the points, or a text ("800m").
        """
        given = isinstance(cutoff, str)
        limit, unit = parse_impedance(cutoff, name="cutoff") if given else (as_number(cutoff), self.unit)
        if unit != self.unit:
            raise ScenarioError(f"cutoff = {cutoff!r} does not fit points whose unit is {self.unit or 'not given'}.")
        if not 0 <= limit < np.inf:
            raise ScenarioError(f"cutoff = {cutoff!r} must be a finite number, zero or more.")
        measure = self.measure
        reach = (limit + (self.rounding != "exact")) * (1 + 1e-9)
        near = cKDTree(self.demand_xy).sparse_distance_matrix(
            cKDTree(self.site_xy), reach, p=measure.power, output_type="ndarray"
        )
        row, site = near["i"], near["j"]
        impedance = measure.distance(self.demand_xy[row], self.site_xy[site])
        order = np.lexsort((site, row))
        order = order[impedance[order] <= limit]
        columns = {"origin": self.demand_ids[row[order]], "destination": self.site_ids[site[order]]}
        table = pd.DataFrame({**columns, "impedance": impedance[order]})
        table.attrs = {"unit": self.unit, "cutoff": limit}
        return table


def _read(table: PointsInput, what: str, faults: list[Fault]) -> tuple[Ids, Floats]:
    """Return ids and coordinates; every row without finite numbers is named."""
    if isinstance(table, pd.DataFrame):
        lacking = [name for name in ("x", "y") if name not in table.columns]
        if lacking:
            repair = "Give projected coordinates as columns x and y, ids as the index."
            faults.append(Fault(f"the {what} points lack the column {' and '.join(lacking)}", repair=repair))
            return np.empty(0, object), np.empty((0, 2))
        given = table[["x", "y"]]
        strange = [name for name in ("x", "y") if (table.columns == name).sum() > 1]
        if strange or any(pd.api.types.is_bool_dtype(kind) or kind.kind == "c" for kind in given.dtypes):
            told = f"have the column {strange[0]} more than once" if strange else "hold no plain numbers as x and y"
            faults.append(Fault(f"the {what} points {told}", repair="Give one x and one y of each."))
            return np.empty(0, object), np.empty((0, 2))
        ids = text_ids(table.index, what, faults)
        xy = given.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    else:
        xy = array(table)
        if xy.ndim != 2 or xy.shape[1] != 2 or xy.dtype.kind not in "iuf":
            faults.append(Fault(f"the {what} points are no array n × 2 of numbers", repair="Give x and y of each."))
            return np.empty(0, object), np.empty((0, 2))
        ids, xy = numbered(len(xy)), xy.astype(float)
    lost = np.flatnonzero(~(np.abs(xy) <= LARGEST).all(axis=1))
    for i in lost[:10]:
        faults.append(Fault(f"the {what} point has no finite x and y", id=str(ids[i]), repair="Write both numbers."))
    if len(lost) > 10:
        faults.append(Fault(f"{len(lost) - 10} further {what} points have no finite x and y"))
    return ids, np.ascontiguousarray(xy)
