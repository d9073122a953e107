"""Tables of points: coordinates of any notation and datum to WGS 84, ids kept as text, every refused row named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.columns import recognise
from planner.inputs.coordinates import parse_angles, split_pair
from planner.inputs.datums import datum_name, to_wgs84
from planner.inputs.report import Report
from planner.inputs.tables import read_table
from planner.inputs.values import NO_VALUE, parse_numbers, unit_factor
from planner.schema import INPUT_COLUMNS

__all__ = ["read_points"]

_TEXTS: Final = ("name", "category", "address", "area", "note")
_NUMBERS: Final = tuple(column.name for column in INPUT_COLUMNS if column.number)
_TAG: Final = re.compile(
    r"gcj[-_]?02|gcj|火星|高德|bd[-_]?09|百度|wgs[-_]?(?:19)?84|gps|cgcs[-_]?2000|国家2000", re.IGNORECASE
)

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


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
    """Return the points of a table in WGS 84, indexed by their ids as text.

    The headings of the file stay as text columns; recognised ones come again under their kind (``name``,
    ``category``, ``people`` …, see :data:`planner.schema.INPUT_COLUMNS`), numbers as numbers. ``columns`` maps kinds
    to headings where recognition fails. Rows without a usable place, or whose ``must_be_numbers`` cell is no number,
    are refused by row and id.

    The datum is, in this order: ``datum``; a column that states it (坐标系); a heading that states it (经度_gcj02).
    Otherwise WGS 84 is assumed, with a warning.

    Raises :class:`planner.errors.InputError` when there are no usable coordinates at all.

    >>> points, report = read_points("stations.csv", datum="gcj02")  # doctest: +SKIP
    """
    table, report = read_table(source, encoding=encoding, sheet=sheet)
    given = dict(columns or {}) | ({"id": id_column} if id_column else {})
    headings = [name for name in table.columns if name != "_row"]
    wanted = [column.name for column in INPUT_COLUMNS if column.name != "note"]
    found = recognise(headings, wanted, given=given, file=report.source)
    report.facts["columns"] = ", ".join(f"{kind}: {heading}" for kind, heading in found.items())
    ids = _ids(table, found, report)
    east, north = _coordinates(table, found, ids, report)
    datums = _datums(table, found, datum, report)
    lon, lat = _to_wgs84(east, north, datums)
    layer = table.copy()
    for kind in _TEXTS:
        if kind in found:
            layer[kind] = table[found[kind]]
    if "name" not in layer:
        layer["name"] = ""
    keep = ~np.isnan(lon)
    for kind in (kind for kind in _NUMBERS if kind in found):
        layer[kind], good = _numbers(table, found[kind], ids, report)
        keep &= good | (kind not in must_be_numbers)
    keep &= _unique(table, ids, keep, report)
    if not keep.any():
        raise InputError(list(report.of("refused")) or Fault("no row has usable coordinates", file=report.source))
    layer.index = pd.Index(ids, name="id", dtype="str")
    places = gpd.points_from_xy(lon[keep], lat[keep])
    report.facts["rows_kept"] = int(keep.sum())
    return gpd.GeoDataFrame(layer[keep], geometry=places, crs="EPSG:4326"), report


def _ids(table: pd.DataFrame, found: Mapping[str, str], report: Report) -> npt.NDArray[Any]:
    """Return the ids: the id column, else unique names, else row numbers."""
    rows = table["_row"].astype(str)
    if "id" in found:
        ids = table[found["id"]].astype(object)
        for at in np.flatnonzero(ids.eq("").to_numpy()):
            row = int(table["_row"].iat[at])
            report.add("assumed", f"the id is blank; it is called row {row}", row=row, column=found["id"])
        return np.where(ids.eq(""), "row " + rows.astype(object), ids)
    if "name" in found and table[found["name"]].ne("").all() and table[found["name"]].is_unique:
        report.add("assumed", "there is no id column; names are taken as ids", column=found["name"])
        return table[found["name"]].to_numpy(dtype=object)
    report.add("assumed", "there is no id column; row numbers are taken as ids")
    return rows.to_numpy(dtype=object)


def _coordinates(
    table: pd.DataFrame, found: Mapping[str, str], ids: npt.NDArray[Any], report: Report
) -> tuple[Array, Array]:
    """Return eastward and northward coordinates; rows without them are refused and NaN."""
    for pair in (("longitude", "latitude"), ("easting", "northing"), ("x", "y")):
        if all(kind in found for kind in pair):
            first, second = (table[found[kind]] for kind in pair)
            named = [found[kind] for kind in pair]
            break
    else:
        if "coordinates" not in found:
            there = ", ".join(repr(name) for name in table.columns if name != "_row")
            repair = f'There are: {there}. Say which, for example columns = {{ longitude = "…", latitude = "…" }}.'
            raise InputError(Fault("no columns of coordinates are known", file=report.source, repair=repair))
        pairs = [split_pair(cell) for cell in table[found["coordinates"]]]
        first, second = (pd.Series([pair[i] for pair in pairs], dtype="str") for i in (0, 1))
        named = [found["coordinates"]] * 2
    x, x_axis, x_repaired = parse_angles(first)
    y, y_axis, y_repaired = parse_angles(second)
    turned = (x_axis == "lat") | (y_axis == "lon")
    china = (x >= 3) & (x <= 54) & (y >= 73) & (y <= 136)
    swapped = (turned | china) & ~np.isnan(x) & ~np.isnan(y)
    x[swapped], y[swapped] = y[swapped], x[swapped]
    _tell_swapped(swapped, ~np.isnan(x) & ~np.isnan(y), table, ids, report)
    for at in np.flatnonzero(x_repaired | y_repaired):
        what = f"coordinates written as {first.iat[at]!r}, {second.iat[at]!r} are {x[at]:.7f}, {y[at]:.7f}"
        report.add("repaired", what, row=int(table["_row"].iat[at]), id=ids[at])
    reasons = _why_not(x, y, first, second, named)
    for at, why in reasons.items():
        report.add("refused", why, row=int(table["_row"].iat[at]), id=ids[at], repair="Correct the coordinates.")
        x[at] = y[at] = np.nan
    return x, y


def _tell_swapped(swapped: Mask, usable: Mask, table: pd.DataFrame, ids: npt.NDArray[Any], report: Report) -> None:
    if swapped.any() and swapped.sum() == usable.sum():
        report.add("repaired", f"longitude and latitude are exchanged in all {swapped.sum()} rows; exchanged back")
        return
    for at in np.flatnonzero(swapped):
        what = "longitude and latitude are exchanged; exchanged back"
        report.add("repaired", what, row=int(table["_row"].iat[at]), id=ids[at])


def _why_not(x: Array, y: Array, first: pd.Series[str], second: pd.Series[str], named: list[str]) -> dict[int, str]:
    """Return the reason for each row that has no usable place."""
    reasons: dict[int, str] = {}
    bad = np.isnan(x) | np.isnan(y) | ((x == 0) & (y == 0)) | (np.abs(x) > 180) | (np.abs(y) > 90)
    for at in np.flatnonzero(bad):
        cells = (first.iat[at], second.iat[at])
        if all(cell == "" for cell in cells):
            reasons[at] = "the coordinates are blank"
        elif all(cell in NO_VALUE for cell in cells):
            reasons[at] = f"the coordinates are not given ({cells[0]!r}, {cells[1]!r})"
        elif np.isnan(x[at]) or np.isnan(y[at]):
            wrong = [
                f"{name} {cell!r}"
                for name, cell in zip(named, cells, strict=True)
                if parse_angles(pd.Series([cell], dtype="str"))[0][0]
                != parse_angles(pd.Series([cell], dtype="str"))[0][0]
            ]
            reasons[at] = f"{' and '.join(wrong)} cannot be read as a coordinate"
        elif x[at] == 0 and y[at] == 0:
            reasons[at] = "the coordinates are 0, 0"
        else:
            reasons[at] = f"{x[at]:g}, {y[at]:g} is outside the degrees of the Earth"
    return reasons


def _datums(table: pd.DataFrame, found: Mapping[str, str], datum: str | None, report: Report) -> npt.NDArray[Any]:
    """Return the datum of each row, and say in the report how it is known."""
    size = len(table)
    if datum is not None:
        report.facts["datum"] = datum_name(datum)
        report.facts["datum evidence"] = "declared"
        return np.full(size, datum_name(datum), dtype=object)
    if "datum" in found:
        column = table[found["datum"]]
        if column.ne("").any():
            names = {text: datum_name(text) for text in column.unique() if text}
            report.facts["datum"] = ", ".join(sorted(set(names.values())))
            report.facts["datum evidence"] = f"column {found['datum']}"
            return column.map(lambda text: names.get(text, "wgs84")).to_numpy(dtype=object)
    used = [found[kind] for kind in ("longitude", "latitude", "x", "y", "coordinates") if kind in found]
    tags = {datum_name(match.group(0)) for name in used if (match := _TAG.search(name))}
    if len(tags) == 1:
        name = tags.pop()
        report.facts["datum"], report.facts["datum evidence"] = name, f"headings {', '.join(used)}"
        report.add("assumed", f"the headings {', '.join(used)} say that the coordinates are {name}")
        return np.full(size, name, dtype=object)
    report.facts["datum"], report.facts["datum evidence"] = "wgs84", "assumed"
    report.add(
        "warning",
        "no coordinate system is stated; WGS 84 is assumed (map vendors' GCJ-02 lies up to 700 m off)",
        repair='Say which, for example datum = "gcj02".',
    )
    return np.full(size, "wgs84", dtype=object)


def _to_wgs84(x: Array, y: Array, datums: npt.NDArray[Any]) -> tuple[Array, Array]:
    lon, lat = np.full(len(x), np.nan), np.full(len(y), np.nan)
    codes, names = pd.factorize(datums)
    for code, name in enumerate(names):
        rows = np.flatnonzero((codes == code) & ~np.isnan(x))
        lon[rows], lat[rows] = to_wgs84(x[rows], y[rows], name)
    return lon, lat


def _numbers(table: pd.DataFrame, heading: str, ids: npt.NDArray[Any], report: Report) -> tuple[pd.Series[float], Mask]:
    """Return the numbers of a column and which rows are no fault; a cell that is no number is refused by name."""
    cells = table[heading]
    values = parse_numbers(cells) * unit_factor(heading)
    bad = values.isna().to_numpy() & ~cells.isin(NO_VALUE).to_numpy()
    for at in np.flatnonzero(bad):
        what = f"{cells.iat[at]!r} is not a number"
        where = {"row": int(table["_row"].iat[at]), "id": ids[at], "column": heading}
        report.add("refused", what, repair="Write the number in digits.", **where)
    report.facts[f"total {heading}"] = float(values.sum())
    return values, ~bad


def _unique(table: pd.DataFrame, ids: npt.NDArray[Any], keep: Mask, report: Report) -> Mask:
    """Return which rows stay: of wholly equal rows one, of rows that only share an id none."""
    stay = np.ones(len(table), dtype=bool)
    twice = pd.Series(ids).where(keep).duplicated(keep=False).to_numpy() & keep
    if not twice.any():
        return stay
    cells = table.drop(columns="_row").astype(object)
    for name, rows in pd.Series(np.flatnonzero(twice)).groupby(ids[twice]):
        equal = len(cells.iloc[rows].drop_duplicates()) == 1
        numbers = [int(table["_row"].iat[at]) for at in rows]
        for at in list(rows)[1:] if equal else list(rows):
            stay[at] = False
            kind = "skipped" if equal else "refused"
            what = f"the id stands in rows {', '.join(map(str, numbers))}" + (" with equal cells" if equal else "")
            repair = "" if equal else "Give each place its own id."
            report.add(kind, what, row=int(table["_row"].iat[at]), id=str(name), repair=repair)
    return stay
