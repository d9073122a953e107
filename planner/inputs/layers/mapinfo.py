"""MapInfo files (.tab, .mif): what states no character set is UTF-8, or what its user says, or GBK."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from planner.errors import InputError
from planner.inputs.layers.gdal import read_encoded, read_vector
from planner.inputs.report import Report

__all__ = ["read_mapinfo"]

_GBK = "gb18030"  # and all that GBK lacks


def read_mapinfo(path: Path, layer: str, report: Report, *, encoding: str | None = None) -> gpd.GeoDataFrame:
    """Return a layer of a MapInfo file; a character set that the file states is GDAL's to read.

    ``encoding`` is for files of the set ``Neutral``. Raises :class:`planner.errors.InputError` for a damaged file.
    """
    if encoding is not None:
        return read_encoded(path, layer, encoding)
    try:
        return read_vector(path, layer)
    except InputError as error:
        try:
            frame = read_encoded(path, layer, _GBK)
        except InputError:
            raise error from None
    report.facts["encoding"] = "gbk"
    report.add("assumed", "the file states no character set and is no UTF-8; it is read as GBK")
    return frame
