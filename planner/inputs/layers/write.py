"""Layers written so that the next program reads the same thing: field names, 64-bit ids, coordinates.

GeoPackage keeps everything and is the format of choice. GeoJSON follows RFC 7946: longitude and latitude in WGS 84 with
at most 7 decimals (1 cm), no ``crs`` member, whole numbers beyond 2^53 as text because readers would round them. A
Shapefile keeps 10 bytes of a field name and 15 digits of a number: fields get short unique names with a table of the
true ones beside the file, and larger numbers become text.
"""

from __future__ import annotations

import csv
import json
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from planner.errors import ScenarioError
from planner.files import replacing

__all__ = ["write_layer"]

_DECIMALS: Final = 7
_SAFE: Final = 1 << 53
_EXACT: Final = 10**15  # larger numbers are rounded by programs that read .dbf numbers as floats


def write_layer(layer: gpd.GeoDataFrame, path: str | Path) -> list[Path]:
    """Write a layer as .gpkg, .geojson or .shp, ids included, and return the files written.

    Raises :class:`planner.errors.ScenarioError` for another ending and for a layer without coordinate system.

    >>> write_layer(stations, "stations.gpkg")  # doctest: +SKIP
    """
    path = Path(path)
    writers = {".gpkg": _write_geopackage, ".geojson": _write_geojson, ".shp": _write_shapefile}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise ScenarioError(f"{path.name}: layers are written as {', '.join(writers)}.")
    if layer.crs is None:
        raise ScenarioError(f"{path.name}: the layer has no coordinate system; set one before writing.")
    return writer(_with_id(layer), path)


def _with_id(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the layer with its index as the first field (``id``, unless a field of that name says the same)."""
    table = layer.drop(columns=[name for name in layer.columns if name == "_row"])
    ids = pd.Series(table.index.astype(str), index=table.index)
    if any((table[name].astype(str) == ids).all() for name in table.columns if name != table.geometry.name):
        return table.reset_index(drop=True)
    name = "id" if "id" not in table.columns else "feature_id"
    table.insert(0, name, ids)
    return table.reset_index(drop=True)


def _write_geopackage(table: gpd.GeoDataFrame, path: Path) -> list[Path]:
    with replacing(path) as unfinished:
        pyogrio.write_dataframe(_plain(table), unfinished, layer=path.stem, driver="GPKG")
    return [path]


def _write_geojson(table: gpd.GeoDataFrame, path: Path) -> list[Path]:
    degrees = table.to_crs(4326)
    shapes = shapely.force_2d(degrees.geometry.to_numpy())
    shapes = shapely.orient_polygons(shapely.transform(shapes, lambda xy: xy.round(_DECIMALS)))
    names = [str(name) for name in table.columns if name != table.geometry.name]
    rows = zip(*(table[name].tolist() for name in names), strict=True) if names else [()] * len(table)
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"type": "FeatureCollection", "features": [\n')
        for i, (shape, row) in enumerate(zip(shapely.to_geojson(shapes), rows, strict=True)):
            properties = {name: _json_value(value) for name, value in zip(names, row, strict=True)}
            text = json.dumps(properties, ensure_ascii=False, allow_nan=False)
            geometry = "null" if shape is None else shape
            file.write(("," if i else "") + f'{{"type": "Feature", "properties": {text}, "geometry": {geometry}}}\n')
        file.write("]}\n")
    return [path]


def _json_value(value: Any) -> Any:
    if value is None or value is pd.NA or value != value:
        return None
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) < _SAFE else str(value)
    return value if isinstance(value, float) else str(value)


def _write_shapefile(table: gpd.GeoDataFrame, path: Path) -> list[Path]:
    fields = [str(name) for name in table.columns if name != table.geometry.name]
    short = _short_names(fields)
    narrow = _plain(table).rename(columns=short)
    for name in short.values():
        column = narrow[name]
        if pd.api.types.is_integer_dtype(column) and not column.dropna().between(1 - _EXACT, _EXACT - 1).all():
            narrow[name] = column.astype("str").where(column.notna(), "")
    with TemporaryDirectory(prefix="planner-") as folder:
        pyogrio.write_dataframe(narrow, Path(folder) / path.name, driver="ESRI Shapefile", encoding="UTF-8")
        names = Path(folder) / f"{path.stem}_fields.csv"
        with names.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([("short name", "field"), *((short[field], field) for field in fields)])
        parts = [part for part in sorted(Path(folder).iterdir()) if part != names]
        written = {path.with_suffix(part.suffix): part for part in parts} | {path.with_name(names.name): names}
        with ExitStack() as together:  # all parts are on the disk before the first takes its place
            for target, part in written.items():
                together.enter_context(replacing(target)).write_bytes(part.read_bytes())
    return list(written)


def _short_names(fields: list[str]) -> dict[str, str]:
    """Return a unique name of at most 10 bytes of UTF-8 for each field; short ones stay.

    >>> _short_names(["name", "station_identifier_a", "station_identifier_b"])
    {'name': 'name', 'station_identifier_a': 'station_id', 'station_identifier_b': 'station_1'}
    """
    taken = {field.lower() for field in fields if len(field.encode()) <= 10}
    short: dict[str, str] = {}
    for field in fields:
        if len(field.encode()) <= 10:
            short[field] = field
            continue
        name, n = _cut(field, 10), 0
        while name.lower() in taken:
            n += 1
            name = _cut(field, 9 - len(str(n))) + f"_{n}"
        taken.add(name.lower())
        short[field] = name
    return short


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore").rstrip("_")


def _plain(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the table with column types that every format has: categories, dates and objects as text."""
    plain = table.copy()
    for name in plain.columns.drop(plain.geometry.name):
        column = plain[name]
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
            plain[name] = column.astype("str").where(column.notna(), "")
    return plain
