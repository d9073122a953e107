"""Tables of points: coordinates of any notation and system to WGS 84, ids kept as text, every refused row named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.coordinates.coarse import coarse_rows
from planner.inputs.coordinates.row_systems import to_lon_lat
from planner.inputs.coordinates.split_angles import join_split_angles
from planner.inputs.coordinates.strays import kilometres_astray
from planner.inputs.places import PLACE_COLUMNS, read_places
from planner.inputs.report import Report
from planner.inputs.tables.accounts import Account
from planner.inputs.tables.columns import kind_of, recognise
from planner.inputs.tables.garbage import no_cycle_search
from planner.inputs.tables.identifiers import row_ids, unique_rows
from planner.inputs.tables.read import read_table
from planner.inputs.tables.values import NO_VALUE, numbers_under, parse_dates, unit_factor
from planner.schema import INPUT_COLUMNS

__all__ = ["read_points"]

_TEXTS: Final = ("name", "category", "address", "area", "open_24h", "street_front")
_NUMBERS: Final = tuple(column.name for column in INPUT_COLUMNS if column.number)


@no_cycle_search()
def read_points(
    source: str | Path,
    *,
    datum: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    id_column: str | None = None,
    must_be_numbers: tuple[str, ...] = ("people",),
) -> tuple[gpd.GeoDataFrame, Report]:
    """Return the points of a table in WGS 84 (EPSG:4326), indexed by their ids as text, and the report on it.

    The headings of the file stay as text columns; recognised ones come again under their kind (``name``,
    ``category``, ``people`` …, see :data:`planner.schema.INPUT_COLUMNS`), numbers as numbers, dates in ISO form.
    ``columns`` maps kinds to headings where recognition fails. Rows without a usable place, or whose
    ``must_be_numbers`` cell holds something that is no number, are refused by row and id.

    The coordinate system is, in this order: ``datum`` ("gcj02", "bd09", "cgcs2000", an EPSG code); what a column of
    systems (坐标系) says row by row; what the headings say (经度_gcj02). Degrees of no stated system are taken as
    CGCS2000 with a warning; metres of no stated system are refused.

    Raises :class:`planner.errors.InputError` when no row can be used, with everything that was refused.

    >>> points, report = read_points("stations.csv", datum="gcj02")  # doctest: +SKIP
    """
    table, report = read_table(source, encoding=encoding, sheet=sheet)
    given = dict(columns or {}) | ({"id": id_column} if id_column else {})
    table, given = join_split_angles(table, given, report)
    headings = [str(name) for name in table.columns if name != "_row"]
    found = recognise(headings, _wanted(headings, given), given=given, file=report.source)
    report.facts["columns"] = ", ".join(f"{kind}: {heading}" for kind, heading in found.items())
    account = Account(report, table["_row"].to_numpy(), row_ids(table, found, report, given="id" in given))
    places = read_places(table, found, account)
    if cut := coarse_rows(places.x, places.y):
        what = f"the degrees of {cut} rows have two decimals at most: these places are right to a kilometre only"
        report.add("warning", what, repair="Show all decimals in the source and export it again.")
    lon, lat = to_lon_lat(table, places, found, datum, account)
    far = kilometres_astray(lon, lat)
    account.tell(
        "warning",
        np.flatnonzero(far),
        lambda at: f"the place lies {far[at]:,.0f} km from the others",
        repair="Check its coordinates.",
    )
    layer, keep = _with_kinds(table, found, must_be_numbers, account)
    keep &= ~np.isnan(lon)
    keep &= unique_rows(table, keep, account)
    report.facts["rows_kept"] = int(keep.sum())
    for kind in (kind for kind in _NUMBERS if kind in found):
        report.facts[f"{found[kind]}, total read"] = float(layer[kind].sum())
        report.facts[f"{found[kind]}, total kept"] = float(layer.loc[keep, kind].sum())
    if not keep.any():
        raise InputError(list(report.of("refused")) or Fault("the table has no rows", file=report.source))
    layer.index = pd.Index(list(account.ids or ()), name="id", dtype="str")
    points = gpd.points_from_xy(lon[keep], lat[keep])
    frame = gpd.GeoDataFrame(layer if keep.all() else layer[keep], geometry=points, crs="EPSG:4326")
    frame.attrs = {
        "datum": report.facts["datum"],
        "history": f"{report.facts['coordinate system']} ({report.facts['coordinate system evidence']}) → WGS 84",
        "source": report.source,
    }
    return frame, report


def _wanted(headings: list[str], given: Mapping[str, str]) -> list[str]:
    """Return the kinds of columns to look for; of several ways to write a place only the first that is there."""
    there = {kind_of(heading) for heading in headings} | given.keys()
    pair = next((pair for pair in PLACE_COLUMNS if there.issuperset(pair)), ())
    places = {kind for pair in PLACE_COLUMNS for kind in pair}
    return [column.name for column in INPUT_COLUMNS if column.name not in places - set(pair) and column.name != "note"]


def _with_kinds(
    table: pd.DataFrame, found: Mapping[str, str], must_be_numbers: tuple[str, ...], account: Account
) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Return the table with recognised columns under their kind, and which rows have the numbers they must have."""
    layer, keep = table.copy(), np.ones(len(table), dtype=bool)
    for kind in (kind for kind in _TEXTS if kind in found):
        layer[kind] = table[found[kind]]
    if "name" not in found:
        layer["name"] = pd.Series("", index=table.index, dtype="str")
    if "date" in found:
        layer["date"] = _dates(table[found["date"]], found["date"], account)
    for kind in (kind for kind in _NUMBERS if kind in found):
        needed = kind in must_be_numbers
        layer[kind], good = _numbers(table[found[kind]], found[kind], needed, account)
        keep &= good | (not needed)
    return layer, keep


def _numbers(
    cells: pd.Series[str], heading: str, needed: bool, account: Account
) -> tuple[pd.Series[float], npt.NDArray[np.bool_]]:
    """Return the numbers of a column and which rows are no fault; a text that is no number is named."""
    factor = unit_factor(heading)
    if factor != 1:
        what = f"the heading states a unit: numbers are multiplied by {factor:.10g}"
        account.report.add("repaired", what, column=heading)
    values = numbers_under(heading, cells)
    negative = values.lt(0).to_numpy(dtype=bool)
    bad = negative | (values.isna().to_numpy(dtype=bool) & ~cells.isin(NO_VALUE).to_numpy(dtype=bool))
    texts = cells.tolist()
    account.tell(
        "refused" if needed else "warning",
        np.flatnonzero(bad),
        lambda at: (
            (f"{texts[at]!r} is negative" if negative[at] else f"{texts[at]!r} is not a number")
            + ("" if needed else "; it is left blank")
        ),
        column=heading,
        repair="Write the number in digits.",
    )
    if needed and (blank := int((values.isna() & ~bad).sum())):
        account.report.add("warning", f"{blank} rows have no number; they are left blank", column=heading)
    return values.mask(negative), ~bad


def _dates(cells: pd.Series[str], heading: str, account: Account) -> pd.Series[str]:
    dates = parse_dates(cells)
    texts = cells.tolist()
    bad = np.flatnonzero(dates.eq("").to_numpy(dtype=bool) & ~cells.isin(NO_VALUE).to_numpy(dtype=bool))
    account.tell("warning", bad, lambda at: f"{texts[at]!r} is not a date; it is left blank", column=heading)
    return dates
