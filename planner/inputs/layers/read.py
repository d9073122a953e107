"""Layers of points, lines and polygons, whatever their format and coordinate system, to WGS 84 with string ids.

One reader for GeoPackage, GeoJSON, Shapefile, zip archives of those, KML and KMZ, FlatGeobuf, GeoParquet, MapInfo,
File Geodatabase and DXF. The layer carries its coordinate system and history in ``attrs`` and in the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyproj
import shapely
from pyproj.exceptions import CRSError

from planner.categories import OSM_KEYS
from planner.errors import Fault, InputError
from planner.inputs.coordinates.strays import kilometres_astray
from planner.inputs.coordinates.systems import Note, System, guess_system, named_system, plain_system, to_degrees
from planner.inputs.layers.archives import unpacked
from planner.inputs.layers.drawings import dxf_options
from planner.inputs.layers.gdal import check_content, layer_kinds, read_vector
from planner.inputs.layers.geojson import FEATURE_ID, read_geojson
from planner.inputs.layers.geometry import closed_to_polygons, mend
from planner.inputs.layers.ids import id_texts, lost_digits, names_as_ids, parts_joined, pieces_apart
from planner.inputs.layers.kml import FEATURE_NAME, read_kml
from planner.inputs.layers.mapinfo import read_mapinfo
from planner.inputs.layers.packed import packed_tags, with_tags
from planner.inputs.layers.shapefiles import read_shapefile
from planner.inputs.report import Report
from planner.inputs.safety import clean_text
from planner.inputs.tables.accounts import Account
from planner.inputs.tables.columns import recognise
from planner.inputs.tables.identifiers import are_ids, unique_rows
from planner.inputs.tables.values import NO_VALUE, numbers_under, unit_factor

__all__ = ["FORMATS", "read_layer"]

_KINDS: Final = (
    "id", "name", "category", "people", "floor_area", "floors", "cost", "capacity", "address", "area", "date",
    "open_24h", "street_front",
)  # fmt: skip
_NUMBERS: Final = ("people", "floor_area", "floors", "cost", "capacity")
_GEOJSON: Final = (".geojson", ".json", ".geojsonl", ".geojsons", ".ndjson")
_ONE_FILE: Final = (".gpkg", ".fgb", ".dxf", ".tab", ".mif", ".gdb")
_PARQUET: Final = (".parquet", ".geoparquet")
_PACKED: Final = (".zip", ".kmz")
_NAMED: Final = 20  # features that are told one by one
Array = npt.NDArray[np.float64]
FORMATS: Final = (*_GEOJSON, *_ONE_FILE, ".shp", ".kml", *_PARQUET, *_PACKED)


def read_layer(
    source: str | Path,
    *,
    layer: str | None = None,
    datum: str | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> tuple[gpd.GeoDataFrame, Report]:
    """Return a layer in WGS 84 (EPSG:4326), indexed by unique string ids, and the report on it.

    ``layer`` names one of several layers; ``datum`` says what the file does not: "gcj02", "bd09", "cgcs2000", an EPSG
    code. Fields keep their names; recognised ones come again under their kind (``name``, ``people`` …), and
    ``columns`` maps kinds to fields where recognition fails.

    Raises :class:`planner.errors.InputError` when the file cannot be used, with what to do.

    >>> zones, report = read_layer("zones.gpkg")  # doctest: +SKIP
    """
    path = Path(source)
    if not path.exists():
        raise InputError(Fault("there is no such file", file=str(source), repair="Check the path."))
    report = Report(path.name)
    raw = _read(path, layer, report, encoding)
    report.facts["rows_read"] = len(raw)
    system, evidence = _system(raw, datum, report)
    report.facts["coordinate system"], report.facts["coordinate system evidence"] = system.name, evidence
    frame = _with_ids(_unpacked(_clean(raw, report)), columns, report)
    frame = mend(_placed(frame, system, report), report)
    report.facts["rows_kept"] = len(frame)
    if not len(frame):
        raise InputError(list(report.of("refused")) or Fault("the layer is empty", file=path.name))
    frame.attrs = {"datum": system.datum, "history": f"{system.name} ({evidence}) → WGS 84", "source": path.name}
    return frame, report


def _read(path: Path, layer: str | None, report: Report, encoding: str | None) -> gpd.GeoDataFrame:
    """Return the raw layer of a file, of an archive or of a folder (File Geodatabase)."""
    suffix = path.suffix.lower()
    if suffix not in FORMATS or (path.is_dir() != (suffix == ".gdb")):
        raise InputError(
            Fault(f"{suffix or 'a file without ending'} is no format of layers", file=path.name, repair=_HELP)
        )
    check_content(path, suffix)
    with ExitStack() as stack:
        if suffix in _PACKED:
            paths = stack.enter_context(unpacked(path, encoding=None))
            path = _one_of(paths, layer, path.name)
            report.facts["layer"] = path.stem
            return _read(path, layer if path.suffix.lower() in (".gpkg", ".gdb") else None, report, encoding)
        if suffix == ".kml":
            folder = stack.enter_context(TemporaryDirectory(prefix="planner-"))
            return read_kml(path, Path(folder), report, encoding=encoding)
        if suffix in _GEOJSON:
            return read_geojson(path, report, encoding=encoding)
        if suffix in _PARQUET:
            return _read_parquet(path)
        if suffix == ".shp":
            report.facts.setdefault("layer", path.stem)
            return read_shapefile(path, report, encoding=encoding)
        name = _one_layer(path, layer)
        report.facts["layer"] = name
        if suffix == ".dxf":
            return closed_to_polygons(read_vector(path, name, options=dxf_options(path, encoding, report)), report)
        if suffix in (".tab", ".mif"):
            return read_mapinfo(path, name, report, encoding=encoding)
        return read_vector(path, name)


_HELP: Final = (
    "Layers are .gpkg, .geojson, .shp, .kml, .kmz, .fgb, .parquet, .dxf, .tab or .gdb, or a .zip of one; tables of "
    "points (.csv, .xlsx) are read as points, and .rar or .7z must be unpacked first."
)


def _one_of(paths: list[Path], layer: str | None, file: str) -> Path:
    """Return the one layer in an archive, or the one that ``layer`` names."""
    known = tuple(suffix for suffix in FORMATS if suffix not in _PACKED)
    found = [path for path in paths if path.suffix.lower() in known]
    chosen = [path for path in found if layer in (path.stem, path.name)] if layer else found
    if len(chosen) > 1 and (main := [path for path in chosen if path.name == "doc.kml"]):
        chosen = main if b"Placemark>" in main[0].read_bytes() else [path for path in chosen if path not in main]
    if len(chosen) == 1:
        return chosen[0]
    there = ", ".join(sorted(path.name for path in found)) or "none"
    what = f"there is no layer {layer!r} in the archive" if layer else f"{len(found)} layers are in the archive"
    raise InputError(Fault(what, file=file, repair=f'There are: {there}. Say which with layer = "…".'))


def _one_layer(path: Path, layer: str | None) -> str:
    names = list(layer_kinds(path))
    if layer in names:
        return str(layer)
    if layer is None and len(names) == 1:
        return names[0]
    what = f"there is no layer {layer!r}" if layer else f"there are {len(names)} layers with geometry"
    there = ", ".join(names) or "none"
    raise InputError(Fault(what, file=path.name, repair=f'There are: {there}. Say which with layer = "…".'))


def _read_parquet(path: Path) -> gpd.GeoDataFrame:
    try:
        frame = gpd.read_parquet(path, to_pandas_kwargs={"types_mapper": _NULLABLE.get})
    except (ValueError, pa.ArrowException, OSError) as error:
        what = f"no GeoParquet: {str(error).splitlines()[0]}"
        raise InputError(Fault(what, file=path.name, repair="Write it with its geometry metadata.")) from None
    if frame.index.name or not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index(names=frame.index.name or "id")
    return frame


_NULLABLE: Final = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}


def _system(raw: gpd.GeoDataFrame, datum: str | None, report: Report) -> tuple[System, str]:
    """Return the coordinate system of a layer, and how it is known."""
    declared = None if raw.crs is None else pyproj.CRS(raw.crs)
    if datum is not None:
        system = named_system(datum, declared=declared)
        if declared is not None and not _same(declared, system.crs):
            report.add("assumed", f"the file declares {declared.name}; the user's word {system.name} is taken")
        return system, "declared by the user"
    if declared is not None:
        return System(declared), "declared by the file"
    xy = shapely.get_coordinates(raw.geometry.to_numpy())
    xy = xy[np.isfinite(xy).all(axis=1)]
    guess, advice = guess_system(xy[:, 0], xy[:, 1])
    if guess is None:
        what = "no coordinate system is stated, and the numbers are no degrees"
        raise InputError(Fault(what, file=report.source, repair=advice))
    if Path(report.source).suffix.lower() in _GEOJSON:
        guess = plain_system("wgs84")
    what = f"no coordinate system is stated; the degrees are taken as {guess.name}"
    report.add("assumed", what, repair='If they come from a map vendor, write datum = "gcj02" or "bd09".')
    return guess, "assumed from degrees"


def _same(a: pyproj.CRS, b: pyproj.CRS) -> bool:
    try:
        return a.equals(b, ignore_axis_order=True)
    except CRSError:
        return False


def _clean(raw: gpd.GeoDataFrame, report: Report) -> gpd.GeoDataFrame:
    """Return the layer with harmless texts (see :mod:`planner.inputs.safety`) and blank for missing text."""
    frame = raw.copy()
    for name in frame.columns.drop(frame.geometry.name):
        if pd.api.types.is_string_dtype(frame[name]) or frame[name].dtype == object:
            old = frame[name].map(lambda value: "" if value is None or value is pd.NA or value != value else str(value))
            new = old.map(clean_text)
            changed = int((new != old.str.strip()).sum())
            if changed:
                report.add("repaired", f"harmful characters removed from {changed} texts", column=str(name))
            frame[name] = new.astype("str")
    renamed = {name: clean_text(str(name)) for name in frame.columns}
    frame = frame.rename(columns=renamed)
    return frame if frame.geometry.name == "geometry" else frame.rename_geometry("geometry")


def _unpacked(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the layer with the classes of OpenStreetMap that one field holds among other tags as fields."""
    _, rows = packed_tags(frame)
    return with_tags(frame, rows, {key for row in rows for key in row if key in OSM_KEYS})


def _with_ids(frame: gpd.GeoDataFrame, columns: Mapping[str, str] | None, report: Report) -> gpd.GeoDataFrame:
    """Return the layer indexed by its ids as text, with recognised fields under their kind."""
    frame = _own_names(frame, columns or {}, report)
    fields = [str(name) for name in frame.columns if name not in ("geometry", "_row")]
    frame["_row"] = np.arange(1, len(frame) + 1)
    found = recognise(fields, _KINDS, given=_one_id(frame, columns or {}), file=report.source)
    if "area" in found and pd.api.types.is_numeric_dtype(frame[found["area"]]):
        del found["area"]  # square metres, not the name of an area
    for kind, field in found.items():
        if kind in _NUMBERS:
            frame[kind] = _numbers(frame, field, report)
        elif kind != "id":
            frame[kind] = frame[field].astype("str").where(frame[field].notna(), "")
    if found:
        report.facts["columns"] = ", ".join(f"{kind}: {field}" for kind, field in found.items())
    ids = id_texts(frame[found["id"]]) if "id" in found else pd.Series("", index=frame.index)
    if "id" in found and found["id"] not in (columns or {}).values() and not are_ids(ids.tolist()):
        report.add("assumed", "most values repeat, so they are no ids; row numbers are taken", column=found["id"])
        ids, found = frame["_row"].astype("str"), {kind: field for kind, field in found.items() if kind != "id"}
    elif "id" in found and lost_digits(frame[found["id"]], report) and ids.duplicated().any():
        report.add("assumed", "ids that lost their last digits repeat; row numbers are taken", column=found["id"])
        ids, found = frame["_row"].astype("str"), {kind: field for kind, field in found.items() if kind != "id"}
    elif "id" not in found:
        ids = names_as_ids(frame, report)
    blank = ids.eq("")
    for row in frame.loc[blank, "_row"] if "id" in found else ():
        report.add("assumed", f"the id is blank; it is called row {row}", row=int(row), column=found["id"])
    ids = ids.where(~blank, "row " + frame["_row"].astype(str))
    frame, ids = parts_joined(frame, ids, report)
    ids = pieces_apart(frame, ids, report)
    keep = unique_rows(
        pd.DataFrame(frame).assign(geometry=frame.geometry.to_wkb(hex=True)),
        np.ones(len(frame), dtype=bool),
        Account(report, frame["_row"].to_numpy(), ids.tolist()),
    )
    frame.index = pd.Index(ids, name="id", dtype="str")
    return frame[keep]


def _one_id(frame: gpd.GeoDataFrame, columns: Mapping[str, str]) -> Mapping[str, str]:
    """Return ``columns`` with the field ``id`` as the id where another field says the same, as our exports have it."""
    if "id" in columns or "id" not in frame:
        return columns
    ids = id_texts(frame["id"])
    others = [name for name in frame.columns if name not in ("id", "geometry", "_row")]
    return {**columns, "id": "id"} if any(id_texts(frame[name]).equals(ids) for name in others) else columns


def _own_names(frame: gpd.GeoDataFrame, columns: Mapping[str, str], report: Report) -> gpd.GeoDataFrame:
    """Return the layer with the ids and names of its features as fields where no field of the user's holds them."""
    beside = {FEATURE_ID: "id", FEATURE_NAME: "name"}
    fields = [str(name) for name in frame.columns if name not in ("geometry", *beside)]
    given = {kind: name for kind, name in _one_id(frame, columns).items() if kind in ("id", "name")}
    known = recognise(fields, ("id", "name"), given=given, file=report.source)
    used = {name: kind for name, kind in beside.items() if name in frame and kind not in known}
    return frame.drop(columns=[name for name in beside if name in frame and name not in used]).rename(columns=used)


def _numbers(frame: gpd.GeoDataFrame, field: str, report: Report) -> pd.Series[float]:
    """Return a field as numbers; texts that are none are blank, each with a warning."""
    column: pd.Series[Any] = frame[field]
    if (factor := unit_factor(field)) != 1:
        what = f"the heading states a unit: numbers are multiplied by {factor:.10g}"
        report.add("repaired", what, column=field)
    if pd.api.types.is_numeric_dtype(column):
        cells, values = column.astype(str), column.astype("Float64").astype(float) * factor
        wrong = values < 0
    else:
        cells = column.astype("str")
        values = numbers_under(field, cells)
        wrong = (values < 0) | (values.isna() & ~cells.isin(NO_VALUE))
    for cell, value, row in zip(cells[wrong], values[wrong], frame.loc[wrong, "_row"], strict=True):
        what = f"{cell!r} is negative; it is left blank" if value < 0 else f"{cell!r} is not a number; it is left blank"
        report.add("warning", what, row=row, column=field, repair="Write the number in digits.")
    return values.mask(wrong)


def _placed(frame: gpd.GeoDataFrame, system: System, report: Report) -> gpd.GeoDataFrame:
    """Return the layer with its coordinates in WGS 84 degrees."""
    shapes = frame.geometry.to_numpy()
    if heights := int(shapely.has_z(shapes).sum()):
        report.add("repaired", f"heights were dropped from {heights} geometries")
    shapes = shapely.force_2d(shapes)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    lon, lat, notes = to_degrees(xy[:, 0], xy[:, 1], owner, system, file=report.source)
    _tell(notes, frame.index, report)
    _tell_strays(lon, lat, owner, frame.index, report)
    shapes = shapely.set_coordinates(shapes, np.column_stack([lon, lat]))
    placed = pd.DataFrame(frame.drop(columns="geometry"))
    return gpd.GeoDataFrame(placed, geometry=shapes, crs="EPSG:4326")


def _tell(notes: list[Note], ids: pd.Index, report: Report) -> None:
    for note in notes:
        for at in (None,) if note.rows is None else note.rows:
            where = {} if at is None else {"id": str(ids[at]), "row": int(at) + 1}
            report.add(note.kind, note.what, repair=note.repair, **where)


def _tell_strays(lon: Array, lat: Array, owner: npt.NDArray[np.intp], ids: pd.Index, report: Report) -> None:
    """Warn of features whose middle lies far from all the others."""
    count = np.bincount(owner, minlength=len(ids))
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y = (np.bincount(owner, weights=values, minlength=len(ids)) / count for values in (lon, lat))
    far = kilometres_astray(x, y)
    for at in np.flatnonzero(far)[:_NAMED]:
        what = f"the place lies {far[at]:,.0f} km from the others"
        report.add("warning", what, row=int(at) + 1, id=str(ids[at]), repair="Check its coordinates.")
    if (more := np.count_nonzero(far) - _NAMED) > 0:
        report.add("warning", f"{more} more places lie far from the others", repair="Check their coordinates.")
