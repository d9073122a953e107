"""Reading vector files through GDAL, shut off from the network and from drivers that follow references.

GDAL chooses its driver by content: a file called ``zones.gpkg`` may hold an OGR virtual layer that points to a server.
So each format is recognised here by its first bytes, and GDAL runs with every remote file system out of reach.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from planner.errors import Fault, InputError

__all__ = ["MAGIC", "check_content", "check_no_other_format", "layer_kinds", "offline", "read_vector"]

# What a file of a format begins with, after blanks and a byte order mark for text formats.
MAGIC: Final[dict[str, tuple[bytes, ...]]] = {
    ".gpkg": (b"SQLite format 3\x00",),
    ".fgb": (b"fgb\x03",),
    ".parquet": (b"PAR1",),
    ".geoparquet": (b"PAR1",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".dxf": (b"0\r\n", b"0\n", b"999\r\n", b"999\n", b"AutoCAD Binary DXF"),
    ".tab": (b"!table", b"!Table", b"!TABLE"),
    ".mif": (b"Version", b"VERSION", b"version"),
}
_CLOSED: Final = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_CONNECTTIMEOUT": "1",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
    "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
    "LIBKML_RESOLVE_STYLE": "NO",
}


@contextmanager
def offline(options: Mapping[str, str] | None = None) -> Iterator[None]:
    """Keep GDAL from opening anything but local files while the block runs; ``options`` are set beside that.

    Its warnings are left out: what they tell (an unknown system, a text cut off) the readers find out and report.
    """
    wanted = {**_CLOSED, **(options or {})}
    before = {name: pyogrio.get_gdal_config_option(name) for name in wanted}
    pyogrio.set_gdal_config_options(dict(wanted))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=RuntimeWarning)
            yield
    finally:
        pyogrio.set_gdal_config_options(before)


def check_content(path: Path, suffix: str) -> None:
    """Raise :class:`planner.errors.InputError` unless the file begins like one of its format."""
    starts = MAGIC.get(suffix)
    if starts is None:
        return
    with path.open("rb") as stream:
        head = stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not head:
        raise InputError(Fault("the file is empty", file=path.name, repair="Export it again."))
    if not head.startswith(starts):
        what = f"the content is not that of a {suffix} file"
        raise InputError(Fault(what, file=path.name, repair="Export it again, or give it its true name ending."))


def check_no_other_format(path: Path) -> None:
    """Raise :class:`planner.errors.InputError` when a file of text begins like one of another format."""
    with path.open("rb") as stream:
        head = stream.read(64)
    found = next((suffix for suffix in (".gpkg", ".fgb", ".parquet", ".shp") if head.startswith(MAGIC[suffix])), None)
    found = ".zip" if head.startswith(b"PK\x03\x04") else found
    if found:
        what = f"the content is that of a {found} file"
        raise InputError(Fault(what, file=path.name, repair="Give it its true name ending."))


def layer_kinds(path: Path) -> dict[str, str]:
    """Return the layers with geometry in a file, by name, and the kind of each as GDAL calls it."""
    with offline(), _plain_errors(path):
        rows = pyogrio.list_layers(path)
    return {str(name): str(geometry) for name, geometry in rows if geometry is not None}


def read_vector(
    path: Path, layer: str | None, *, encoding: str | None = None, options: Mapping[str, str] | None = None
) -> gpd.GeoDataFrame:
    """Return one layer as it is: every column, whole numbers as nullable integers, coordinates unchanged.

    ``options`` are configuration options of GDAL's driver.
    """
    with offline(options), _plain_errors(path):
        meta, table = pyogrio.read_arrow(path, layer=layer, encoding=encoding, datetime_as_string=True)
        table.validate(full=True)  # texts that are no UTF-8 would fail later
        name = meta["geometry_name"] or "wkb_geometry"
        geometry = shapely.from_wkb(table[name].to_numpy(zero_copy_only=False), on_invalid="fix")
        frame = table.drop_columns([name]).to_pandas(types_mapper=_INTEGERS.get)
    return gpd.GeoDataFrame(frame, geometry=gpd.array.from_shapely(geometry, crs=meta["crs"]))


def read_encoded(path: Path, layer: str, encoding: str) -> gpd.GeoDataFrame:
    """Return one layer whose texts are in another encoding than UTF-8, which Arrow does not read."""
    with offline(), _plain_errors(path):
        return pyogrio.read_dataframe(path, layer=layer, encoding=encoding, datetime_as_string=True, use_arrow=False)


_INTEGERS: Final = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (DataSourceError, DataLayerError, OSError, ValueError, pa.ArrowException) as error:
        what = f"the file cannot be read: {str(error).splitlines()[0]}"
        raise InputError(Fault(what, file=path.name, repair="It may be cut off or damaged: export it again.")) from None
    except UnboundLocalError:  # of pyogrio, where the name of the system is no UTF-8
        what = "the name of its coordinate system cannot be read"
        raise InputError(Fault(what, file=path.name, repair="Export it again with a name in Latin letters.")) from None
