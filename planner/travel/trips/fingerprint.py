"""Fingerprints: one short text for what a result depends on, equal only when all of that is equal."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Set
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

__all__ = ["fingerprint", "program"]

_LIBRARIES = ("numba", "numpy", "pyproj", "shapely")


def fingerprint(*values: Any) -> str:
    """Return 40 hexadecimal digits (BLAKE2b) over values of any depth.

    Arrays count with type and shape, tables of places with coordinate system, ids and geometries, dataclasses with
    the fields that they show (``repr=False`` leaves a field out), mappings and sets without their order. Raises
    :class:`TypeError` for a kind of value whose content it cannot see.

    >>> fingerprint({"a": 1, "b": 2.0}) == fingerprint({"b": 2.0, "a": 1})
    True
    >>> fingerprint(["ab", "c"]) == fingerprint(["a", "bc"])
    False
    """
    digest = hashlib.blake2b(digest_size=20)
    for piece in _pieces(values):
        digest.update(piece)
    return digest.hexdigest()


@cache
def program() -> str:
    """Return the fingerprint of this package's code and of the libraries that its numbers depend on."""
    folder = Path(str(resources.files("planner.travel")))
    sources = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.py"))}
    return fingerprint(sources, {name: version(name) for name in _LIBRARIES})


def _pieces(value: Any) -> Iterator[bytes]:
    """Yield bytes that determine a value; each piece of changing length is led by its kind and length."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        yield f"array {value.dtype.str} {value.shape};".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, str | bytes):
        data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
        yield f"{type(value).__name__} {len(data)};".encode()
        yield data
    elif value is None or isinstance(value, bool | int | float | np.generic | PurePath):
        yield f"{type(value).__name__} {value!r};".encode()
    elif isinstance(value, gpd.GeoDataFrame | gpd.GeoSeries):
        yield from _pieces(_places(value))
    elif isinstance(value, shapely.Geometry):
        yield from _pieces(shapely.to_wkb(value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value) if field.repr]
        yield from _pieces((type(value).__name__, *((name, getattr(value, name)) for name in fields)))
    elif isinstance(value, Mapping | Set):
        parts = [b"".join(_pieces(item)) for item in (value.items() if isinstance(value, Mapping) else value)]
        yield from _pieces(sorted(parts))
    elif isinstance(value, tuple | list | np.ndarray):
        yield f"list {len(value)};".encode()
        for item in value:
            yield from _pieces(item)
    else:
        raise TypeError(f"there is no fingerprint of a {type(value).__name__}")


def _places(table: gpd.GeoDataFrame | gpd.GeoSeries) -> list[Any]:
    """Return ids, coordinate systems and geometries of a table of places."""
    ids = table.index.astype(str).tolist()
    columns = [table] if isinstance(table, gpd.GeoSeries) else [table[name] for name in _geometric(table)]
    sizes = np.fromiter(map(len, ids), np.int64, len(ids))
    return ["".join(ids), sizes, *((str(column.name), _system(column), _shapes(column)) for column in columns)]


def _geometric(table: gpd.GeoDataFrame) -> list[str]:
    return [str(n) for n in table.columns if isinstance(table[n], gpd.GeoSeries) or n == "entrance"]


def _system(column: pd.Series[Any]) -> str:
    crs = getattr(column, "crs", None)
    return "" if crs is None else str(crs.to_wkt())


def _shapes(column: pd.Series[Any]) -> Any:
    """Return an array for points alone, else the geometries one by one."""
    values = np.asarray(column.values)
    if (shapely.get_type_id(values) == 0).all() and not shapely.is_empty(values).any():
        return shapely.get_coordinates(values)
    return [b"" if blob is None else blob for blob in shapely.to_wkb(values).tolist()]
