"""GeoJSON as it comes: RFC 7946, the older form with a ``crs`` member, a list at top level, one feature a line.

GDAL reads only the first kind without loss; this reader takes all of them, and one broken geometry costs one feature.
Source: RFC 7946, The GeoJSON Format (2016); The GeoJSON Format Specification (2008) for ``crs``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError

from planner.errors import Fault, InputError
from planner.inputs.layers.gdal import check_no_other_format
from planner.inputs.report import Report
from planner.inputs.tables.encodings import decode

__all__ = ["FEATURE_ID", "read_geojson"]

FEATURE_ID: Final = "@id"
"""Column of the ids that features have beside their properties; a field of ids comes before it."""

_GEOMETRIES: Final = frozenset(
    ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
)
_MOST_FIELDS: Final = 2_000
_EXACT: Final = 1 << 53  # whole numbers up to here are exact as floats
_LARGEST: Final = 512 << 20  # bytes


def read_geojson(path: Path, report: Report, *, encoding: str | None = None) -> gpd.GeoDataFrame:
    """Return the features of a file with coordinates unchanged; ``crs`` is set only where the file states one.

    Geometries that cannot be built are empty, with a warning by position; the others are kept. Raises
    :class:`planner.errors.InputError` when the file is not GeoJSON.
    """
    size = path.stat().st_size
    if not size:
        raise InputError(Fault("the file is empty", file=path.name, repair="Export it again."))
    if size > _LARGEST:
        what = f"the file has {size:,} bytes, more than {_LARGEST:,} of text"
        raise InputError(Fault(what, file=path.name, repair="Convert it to GeoPackage (.gpkg)."))
    check_no_other_format(path)
    decoded = decode(path.read_bytes(), encoding=encoding, file=path.name)
    report.facts["encoding"] = decoded.encoding
    document = _parse(decoded.text, path.name)
    features = list(_features(document))
    if not features:
        what = "there are no GeoJSON features in it"
        raise InputError(Fault(what, file=path.name, repair="A FeatureCollection, Feature or geometry is needed."))
    frame = _properties(features, path.name)
    geometries = np.empty(len(features), dtype=object)
    for i, feature in enumerate(features):
        geometries[i] = _geometry(feature.get("geometry"), i, report)
    return gpd.GeoDataFrame(frame, geometry=gpd.array.from_shapely(geometries, crs=_crs(document, path.name)))


def _parse(text: str, file: str) -> Any:
    """Return the document; lines of features (GeoJSON text sequences) become a list."""
    try:
        return json.loads(text)
    except RecursionError:
        raise InputError(Fault("the file is nested without end", file=file, repair="Do not use it.")) from None
    except ValueError as error:
        lines = [line.strip("\x1e \t\r") for line in text.split("\n")]
        first = next((line for line in lines if line), "")
        try:
            if not first.endswith("}"):
                raise error
            return [json.loads(line) for line in lines if line]
        except (ValueError, RecursionError):
            row = getattr(error, "lineno", None)
            what = f"not valid JSON: {getattr(error, 'msg', error)}"
            repair = "The file may be cut off: export it again."
            raise InputError(Fault(what, file=file, row=row, repair=repair)) from None


def _features(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, list):
        for item in document:
            yield from _features(item)
        return
    if not isinstance(document, dict):
        return
    kind = document.get("type")
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        yield from _features(document["features"])
    elif kind == "Feature":
        yield document
    elif kind in _GEOMETRIES:
        yield {"type": "Feature", "geometry": document, "properties": {}}


def _geometry(value: Any, position: int, report: Report) -> Any:
    if value is None:
        return None
    try:
        built = shapely.from_geojson(json.dumps(value))
        if not shapely.is_empty(built):
            return built
    except (ShapelyError, ValueError):
        pass
    try:
        mended = shapely.geometry.shape(_closed(value))
        if not shapely.is_empty(mended):
            report.add("repaired", "rings were closed, or coordinates written otherwise were read", row=position + 1)
        return mended
    except (ShapelyError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
        what = f"the geometry cannot be built: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        report.add("warning", what, row=position + 1, repair="Draw it again.")
        return shapely.Point()


def _closed(value: dict[str, Any]) -> dict[str, Any]:
    """Return a polygon with its rings closed, and numbers written as text made numbers."""
    if value.get("type") == "Polygon":
        return value | {"coordinates": [_ring(ring) for ring in value["coordinates"]]}
    if value.get("type") == "MultiPolygon":
        return value | {"coordinates": [[_ring(ring) for ring in part] for part in value["coordinates"]]}
    if value.get("type") == "GeometryCollection":
        return value | {"geometries": [_closed(part) for part in value["geometries"]]}
    return value | {"coordinates": _numbers(value["coordinates"])}


def _ring(ring: Any) -> Any:
    points = _numbers(ring)
    return points if not points or points[0] == points[-1] else [*points, points[0]]


def _numbers(value: Any) -> Any:
    """Return coordinates as numbers; of a position, beyond its height, nothing is kept (RFC 7946, section 3.1.1)."""
    if not isinstance(value, list):
        return float(value)
    numbers = [_numbers(part) for part in value]
    return numbers[:3] if numbers and isinstance(numbers[0], float) else numbers


def _crs(document: Any, file: str) -> pyproj.CRS | None:
    member = document.get("crs") if isinstance(document, dict) else None
    properties = member.get("properties") if isinstance(member, dict) else None
    given: dict[str, Any] = properties if isinstance(properties, dict) else {}
    name = given.get("name") or (f"EPSG:{given['code']}" if given.get("code") else "")
    if not name:
        return None
    try:
        return pyproj.CRS.from_user_input(str(name))
    except CRSError:
        what = f"the crs member names {str(name)[:80]!r}, which is not known"
        raise InputError(Fault(what, file=file, repair='Say which system it is: datum = "EPSG:4549".')) from None


def _properties(features: list[dict[str, Any]], file: str) -> pd.DataFrame:
    given = (feature.get("properties") for feature in features)
    rows: list[dict[str, Any]] = [properties if isinstance(properties, dict) else {} for properties in given]
    names = list(dict.fromkeys(str(name) for row in rows for name in row if name != "geometry"))
    if len(names) > _MOST_FIELDS:
        what = f"the features have {len(names):,} fields, more than {_MOST_FIELDS:,}"
        raise InputError(Fault(what, file=file, repair="Keep the values in a field and not in its name."))
    columns = {name: _column([row.get(name) for row in rows]) for name in names}
    ids = [feature.get("id") for feature in features]
    if any(value is not None for value in ids):
        columns[FEATURE_ID] = _column(ids)
    return pd.DataFrame(columns, index=range(len(features)))


def _column(values: list[Any]) -> pd.Series:
    """Return a column: whole numbers exact and nullable, numbers, flags, or text (objects as JSON text)."""
    given = [value for value in values if value is not None]
    if given and all(type(value) is int and abs(value) < 1 << 63 for value in given):
        return pd.Series(values, dtype="Int64")
    if given and all(type(value) is float or (type(value) is int and abs(value) <= _EXACT) for value in given):
        return pd.Series([np.nan if value is None else float(value) for value in values])
    if given and all(type(value) is bool for value in given):
        return pd.Series(values, dtype="boolean")
    return pd.Series([_text(value) for value in values], dtype="str")


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
