"""Counted people per area and group, matched to the areas by code or name."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.areas import filled, nested_areas
from planner.demand.named_areas import areas_named
from planner.errors import InputError
from planner.inputs.report import Report
from planner.scenario import Group

__all__ = ["counted_workers", "without_subtotals"]


def counted_workers(
    group: Group, workers: pd.DataFrame | None, areas: gpd.GeoDataFrame | None, report: Report
) -> pd.Series[float]:
    """Return the counted people of a group by area id; rows that name the same area are added up, and said so.

    Areas are matched by code (the index) or name (:mod:`planner.demand.named_areas`). A row whose area is not on the
    map is refused with its people, never dropped silently.
    Raises :class:`planner.errors.InputError` when the group's column is not there.
    """
    if not group.workers or not filled(workers):
        return pd.Series(dtype=float)
    if group.workers not in workers:
        known = ", ".join(str(c) for c in workers.columns if not str(c).startswith("_"))
        raise InputError(f"The workers table has no column {group.workers!r} (group {group.id}). It has: {known}.")
    if not filled(areas):
        raise InputError("Counted workers need the outlines of their areas: add a file with the role areas.")
    people = _numbers(workers[group.workers], group, report)
    ids = areas_named(workers, areas, group, report)
    lost = ids == ""
    unplaced = (lost & (people > 0)).to_numpy()
    for (row, cells), count in zip(workers[unplaced].iterrows(), people[unplaced], strict=True):
        what = f"{group.id}: {count:g} people belong to an area that is not among the areas: {_label(cells)}"
        repair = 'Check its name or code; for a code that has changed write codes = { old = "new" } for the file.'
        report.add("refused", what, id=str(row), repair=repair)
    uncounted = sorted(set(areas.index) - set(ids))
    if uncounted:
        named = ", ".join(f"{area} {areas.loc[area, 'name']}".strip() for area in uncounted[:12])
        what = f"{group.id}: {len(uncounted)} areas have no row of counts: {named}" + (" …" if uncounted[12:] else "")
        report.add("warning", what, repair="Nobody is counted there; check whether their names or codes have changed.")
    found = people[~lost].groupby(ids[~lost]).agg(["sum", "size"])
    for area in found.index[found["size"] > 1]:
        report.add("warning", f"{group.id}: {found.loc[area, 'size']} rows count this area; added up", id=str(area))
    return found["sum"].sort_index()


def without_subtotals(
    group: Group, counts: pd.Series[float], areas: gpd.GeoDataFrame | None, report: Report
) -> pd.Series[float]:
    """Return the counts without those that are the sum of the areas inside: a subdistrict above its communities.

    The count of an outer area that is another number may include those inside or come on top: it stays, and is told.
    """
    if counts.empty or areas is None:
        return counts
    ids = counts.index.to_numpy()
    pairs = set(map(tuple, nested_areas(areas.loc[ids]).tolist()))
    left = counts.copy()
    for outer in sorted({outer for outer, _ in pairs}):
        within = {inner for o, inner in pairs if o == outer}
        direct = [inner for inner in within if not any((between, inner) in pairs for between in within)]
        area, own, inside = str(ids[outer]), float(counts.iloc[outer]), float(counts.iloc[direct].sum())
        if own > 0 and own == inside:
            left.iloc[outer] = 0.0
            report.add(
                "skipped", f"{group.id}: {own:g} people are the sum of the areas inside it and count once", id=area
            )
        elif own > 0 and inside > 0:
            what = f"{group.id}: {own:g} people are counted here and {inside:g} in areas inside it"
            report.add("warning", what, id=area, repair="Check that the larger count does not include the others.")
    return left


def _label(row: pd.Series) -> str:
    cells = [str(row[column]) for column in ("area", "name") if column in row]
    return " ".join(cell for cell in cells if cell)


def _numbers(values: pd.Series, group: Group, report: Report) -> pd.Series[float]:
    people = pd.to_numeric(values, errors="coerce").astype(float)
    blank = values.isna() | (values.astype(str).str.strip() == "")
    bad = ~blank & ~(np.isfinite(people) & (people >= 0))
    for row, value in values[bad].items():
        what = f"{value!r} is not a count of people"
        report.add("refused", what, id=str(row), column=group.workers, repair="Write a plain number, zero or more.")
    return people.where(~bad & ~blank, 0.0)
