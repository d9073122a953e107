"""What a table file is, by its first bytes rather than by its name, and the reader for it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

from planner.errors import Fault, InputError
from planner.files import kind_of
from planner.inputs.layers.archives import unpacked
from planner.inputs.tables.delimited import read_delimited
from planner.inputs.tables.limits import Limits
from planner.inputs.tables.ods import read_ods
from planner.inputs.tables.parquet import read_parquet
from planner.inputs.tables.sheets import Sheet
from planner.inputs.tables.xls import read_xls
from planner.inputs.tables.xlsx import read_xlsx

__all__ = ["read_sheets"]

_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet"})
_AS_XLSX: Final = "Open it in a spreadsheet program and save it as .xlsx."
_REPAIRS: Final = {
    "a PDF document": "Ask for the table that it was made from.",
    "a picture": "Ask for the table that it shows.",
    "a database of layers (GeoPackage)": "Give it as a layer.",
    "a layer (Shapefile)": "Give it as a layer.",
    "a layer (FlatGeobuf)": "Give it as a layer.",
    "an OpenStreetMap extract (.osm.pbf)": "Give it as streets (roads) or places (pois).",
    "a compressed file (gzip)": "Unpack it first.",
    "a RAR archive": "Unpack it first.",
    "a 7z archive": "Unpack it first.",
}
_MARKUP: Final = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"mime-version")


def read_sheets(path: Path, *, encoding: str | None, limits: Limits) -> list[Sheet]:
    """Return the sheets of a table file; a text file, a Parquet file or a zip of one table has one.

    Raises :class:`planner.errors.InputError` when there is no such file or it is not a table.
    """
    if not path.is_file():
        what = "this is a folder or a device, not a file" if path.exists() else "there is no such file"
        raise InputError(Fault(what, file=str(path), repair="Check the path."))
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        raise InputError(Fault("the file is empty", file=path.name, repair="Check that it was saved."))
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path, encoding, limits)
    if head.startswith((b"\xd0\xcf\x11\xe0", b"\x09\x08\x10\x00", b"\x09\x08\x08\x00", b"\x09\x00\x04\x00")):
        return read_xls(path, encoding=encoding, limits=limits)
    if head.startswith(b"PAR1"):
        return [read_parquet(path, limits=limits)]
    if (kind := kind_of(head)) in _REPAIRS:
        raise InputError(Fault(f"this is {kind}, not a table", file=path.name, repair=_REPAIRS[kind]))
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        what = f"this is a page of markup with the ending {path.suffix or 'of a table'}, not a table"
        raise InputError(Fault(what, file=path.name, repair=_AS_XLSX))
    return [read_delimited(path, encoding=encoding, limits=limits)]


def _zipped(path: Path, encoding: str | None, limits: Limits) -> list[Sheet]:
    try:
        with zipfile.ZipFile(path) as package:
            names = {name.lower().lstrip("/") for name in package.namelist()}
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(Fault(f"the file is damaged ({error})", file=path.name, repair="Save it again.")) from None
    if "xl/workbook.bin" in names:
        raise InputError(Fault("this is a binary workbook (.xlsb)", file=path.name, repair=_AS_XLSX))
    if any(name.endswith("workbook.xml") for name in names) or "[content_types].xml" in names:
        return read_xlsx(path, limits=limits)
    if "content.xml" in names:
        return read_ods(path, limits=limits)
    with unpacked(path, encoding=encoding, limits=limits) as files:
        tables = [file for file in files if file.suffix.lower() in _SUFFIXES]
        if len(tables) != 1:
            what = f"the archive holds {len(tables)} tables"
            raise InputError(Fault(what, file=path.name, repair="Unpack it and name the one that is meant."))
        return read_sheets(tables[0], encoding=encoding, limits=limits)
