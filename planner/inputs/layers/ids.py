"""Ids of the features of a layer as text, and features that share one: parts of a place, pieces of a line."""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from planner.inputs.report import Report

__all__ = ["id_texts", "lost_digits", "names_as_ids", "parts_joined", "pieces_apart"]

_WHOLE: Final = 1 << 53  # the largest whole number up to which floats hold every one


def id_texts(values: pd.Series[Any]) -> pd.Series[str]:
    """Return ids as text: whole numbers without a decimal point, nothing rounded."""
    return values.map(_id_text).astype("str")


def _id_text(value: Any) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    return f"{value:.17g}" if isinstance(value, float) else str(value).strip()


def lost_digits(values: pd.Series[Any], report: Report) -> bool:
    """Return whether ids are floats too large to hold all their digits, and tell it."""
    large = [value for value in values if isinstance(value, float) and abs(value) > _WHOLE]
    if large:
        what = f"{len(large)} ids are numbers that have lost their last digits, for example {large[0]:.0f}"
        report.add("warning", what, column=str(values.name), repair="Write ids as text in the file they come from.")
    return bool(large)


def names_as_ids(frame: gpd.GeoDataFrame, report: Report) -> pd.Series[str]:
    """Return names as ids where each feature has its own, else row numbers, and tell it."""
    if "name" in frame:
        names: pd.Series[str] = frame["name"].astype("str")
        if names.ne("").all() and names.is_unique:
            report.add("assumed", "there is no id field; names are taken as ids", column="name")
            return names
    report.add("assumed", "there is no id field; row numbers are taken as ids")
    rows: pd.Series[str] = frame["_row"].astype("str")
    return rows


def parts_joined(
    frame: gpd.GeoDataFrame, ids: pd.Series[str], report: Report
) -> tuple[gpd.GeoDataFrame, pd.Series[str]]:
    """Return the layer with polygons that share an id and all fields as one feature, in the place of the first."""
    polygons = frame.geometry.geom_type.isin(("Polygon", "MultiPolygon"))
    twice = ids.duplicated(keep=False) & polygons
    if not twice.any():
        return frame, ids
    fields = frame.drop(columns=["geometry", "_row"]).astype("str")
    shapes, gone = frame.geometry.to_numpy().copy(), []
    for name, rows in frame.index[twice].groupby(ids[twice]).items():
        if len(fields.loc[rows].drop_duplicates()) > 1 or len({shape.wkb for shape in frame.geometry[rows]}) == 1:
            continue
        shapes[frame.index.get_loc(rows[0])] = shapely.multipolygons(shapely.get_parts(frame.geometry[rows].to_numpy()))
        gone += list(rows[1:])
        told = ", ".join(str(row) for row in frame.loc[rows, "_row"])
        report.add("repaired", f"rows {told} are parts of one place and were joined", id=str(name))
    frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)).drop(index=gone)
    return frame, ids.drop(gone)


def pieces_apart(frame: gpd.GeoDataFrame, ids: pd.Series[str], report: Report) -> pd.Series[str]:
    """Return ids in which each piece of a line has its own: those after the first get a number, "7 (2)".

    Streets, rivers and railways are drawn in pieces that share the id of the whole; equal pieces stay equal.
    """
    lines = frame.geometry.geom_type.isin(("LineString", "MultiLineString"))
    shared = ids.duplicated(keep=False) & lines & ids.ne("")
    if not shared.any():
        return ids
    cells = frame.loc[shared].drop(columns=["geometry", "_row"]).astype("str")
    cells = cells.assign(geometry=frame.geometry[shared].to_wkb(), id=ids[shared])
    first = ~cells.duplicated()
    number = cells.groupby(list(cells.columns), sort=False, dropna=False).ngroup()
    order = number.groupby(cells["id"]).transform(lambda piece: pd.factorize(piece)[0])
    if (more := int((order[first] > 0).sum())) > 0:
        what = f"{more} × a line with the id of another one is a piece of the same; each counts"
        report.add("assumed", what)
    apart = ids.copy()
    later = order.index[order > 0]
    apart[later] = ids[later] + " (" + (order[later] + 1).astype(str) + ")"
    return apart
