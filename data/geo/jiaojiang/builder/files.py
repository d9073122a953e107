"""Files whose bytes depend on their content alone: no clock, no name of a machine."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

_WHEN = datetime(2026, 1, 1)


def workbook(title: str, sheet: str, rows: Sequence[Sequence[Any]]) -> bytes:
    """Return an Excel workbook with a title row, then the rows (the first of them the header)."""
    book = Workbook()
    page = book.active
    page.title = sheet
    page.append([title])
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(rows[0]))
    page["A1"].font = Font(bold=True, size=14)
    page["A1"].alignment = Alignment(horizontal="center")
    for row in rows:
        page.append(list(row))
    for cell in page[2]:
        cell.font = Font(bold=True)
    for i in range(len(rows[0])):
        page.column_dimensions[get_column_letter(i + 1)].width = 20
    made = io.BytesIO()
    book.save(made)
    return _timeless(made.getvalue())


def _timeless(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(
                    rb">\d{4}-\d\d-\d\dT[\d:]+Z<", _WHEN.strftime(">%Y-%m-%dT%H:%M:%SZ<").encode(), content
                )
            entry = zipfile.ZipInfo(name, date_time=_WHEN.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return out.getvalue()


def write_geopackage(path: Path, layer: str, frame: gpd.GeoDataFrame) -> None:
    """Write one layer as a GeoPackage with a fixed date of change."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WHEN.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
    pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG", layer_options={"SPATIAL_INDEX": "NO"})
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    with sqlite3.connect(path) as base:
        base.execute("VACUUM")
    base.close()
