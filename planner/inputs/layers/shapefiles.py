"""Shapefiles: the encoding of the attribute table, found from its bytes rather than believed.

The .cpg file beside a Shapefile is often absent, wrong, or written by a program that only assumed it; the language
byte in the .dbf is mostly zero. The attribute table is read byte for byte and decoded here. A field name or value may
end in the middle of a character, because its length is counted in bytes.
Source: ESRI Shapefile Technical Description (1998); dBASE III file structure.
"""

from __future__ import annotations

import codecs
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.layers.gdal import read_vector
from planner.inputs.report import Report
from planner.inputs.tables.encodings import decode

__all__ = ["read_shapefile"]

_SAMPLE: Final = 4 << 20
_LANGUAGE: Final = {
    0x4D: "gbk",
    0x4E: "cp949",
    0x4F: "cp950",
    0x50: "cp874",
    0x57: "cp1252",
    0x7A: "gbk",
    0x13: "cp932",
}
_NUMBERED: Final = re.compile(rb"_\d{1,2}$")  # what tells shortened names apart; the cut may stand before it
_CODE_PAGE: Final = re.compile(r"^(?:ansi|oem|cp|ms|windows)?[ _-]*(\d{3,5})$", re.IGNORECASE)


def read_shapefile(path: Path, report: Report, *, encoding: str | None = None) -> gpd.GeoDataFrame:
    """Return a Shapefile with its texts decoded; ``encoding`` is the user's word, else it is found and reported.

    Raises :class:`planner.errors.InputError` when a part is missing or two encodings are plausible.
    """
    table = _beside(path, ".dbf")
    if table is None or _beside(path, ".shx") is None:
        missing = ".dbf" if table is None else ".shx"
        what = f"{path.stem}{missing} is missing; a Shapefile is the three files .shp, .shx and .dbf"
        raise InputError(Fault(what, file=path.name, repair="Copy all of them."))
    _check_counts(path, table)
    sample = _texts(table)
    name, evidence = _encoding(sample, _claim(path, table), encoding, path.name)
    report.facts["encoding"] = f"{name} ({evidence})"
    with TemporaryDirectory(prefix="planner-") as folder:
        frame = read_vector(_named_in_utf8(path, Path(folder)), None, encoding="ISO-8859-1")
    return _decoded(frame, name, report)


def _named_in_utf8(path: Path, folder: Path) -> Path:
    """Return a Shapefile whose .prj is UTF-8: itself, or a copy where an office named its own system in GBK."""
    system = _beside(path, ".prj")
    data = b"" if system is None else system.read_bytes()
    try:
        data.decode("utf-8")
        return path
    except UnicodeDecodeError:
        for suffix in (".dbf", ".shx"):
            shutil.copyfile(_beside(path, suffix) or path, folder / f"{path.stem}{suffix}")
        (folder / f"{path.stem}.prj").write_text(data.decode("gb18030", "replace"), encoding="utf-8")
        return Path(shutil.copyfile(path, folder / f"{path.stem}.shp"))


def _check_counts(path: Path, table: Path) -> None:
    """Refuse a Shapefile whose parts hold different numbers of rows: GDAL would read as many as the shortest has."""
    with table.open("rb") as stream:
        head = stream.read(32)
    if len(head) < 32:
        raise InputError(Fault("the attribute table is empty or cut off", file=table.name))
    rows, start, width = (int.from_bytes(head[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
    there = (table.stat().st_size - start) // max(width, 1)
    index = _beside(path, ".shx")
    shapes = rows if index is None else (index.stat().st_size - 100) // 8
    if not rows == shapes <= there:
        what = f"the parts hold {shapes} shapes and {min(rows, there)} rows of attributes"
        repair = "They do not belong together, or one is cut off: copy all of them again."
        raise InputError(Fault(what, file=path.name, repair=repair))


def _beside(path: Path, suffix: str) -> Path | None:
    for other in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if other.is_file():
            return other
    return None


def _texts(table: Path) -> bytes:
    """Return the field names and the character fields of an attribute table, one per line, cut to a sample."""
    with table.open("rb") as stream:
        head = stream.read(32)
        if len(head) < 32:
            raise InputError(Fault("the attribute table is empty or cut off", file=table.name))
        count = int.from_bytes(head[4:8], "little")
        start, width = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
        fields = stream.read(max(start - 32, 0))
        stream.seek(start)
        records = stream.read(min(count * width, _SAMPLE))
    names, spans, at = [], [], 1
    for i in range(0, len(fields) - 31, 32):
        if fields[i] == 0x0D:
            break
        names.append(_NUMBERED.sub(b"", fields[i : i + 11].split(b"\0")[0]))
        if fields[i + 11 : i + 12] == b"C":
            spans.append((at, at + fields[i + 16]))
        at += fields[i + 16]
    rows = np.frombuffer(records[: len(records) // max(width, 1) * width], dtype=np.uint8).reshape(-1, max(width, 1))
    values = [
        row[a:b].tobytes().rstrip(b" \0")
        for row in rows[: _SAMPLE // 200]
        if row.max(initial=0) > 127
        for a, b in spans
    ]
    return b"\n".join([*names, *values])


def _claim(path: Path, table: Path) -> tuple[str, str]:
    """Return the encoding that the .cpg file or the language byte claims, and which of them."""
    page = _beside(path, ".cpg")
    if page is not None:
        text = page.read_bytes()[:64].replace(b"\0", b"").decode("ascii", "ignore").strip()
        match = _CODE_PAGE.match(text)
        name = {"65001": "utf-8", "936": "gbk", "950": "cp950", "54936": "gb18030", "1252": "cp1252"}.get(
            match.group(1) if match else "", text
        )
        try:
            return codecs.lookup(name).name, ".cpg file"
        except LookupError:
            return "", ".cpg file"
    with table.open("rb") as stream:
        language = stream.read(30)[29]
    return _LANGUAGE.get(language, ""), "language byte"


def _encoding(sample: bytes, claim: tuple[str, str], given: str | None, file: str) -> tuple[str, str]:
    if given is not None:
        return given, "declared"
    if sample.isascii():
        return "utf-8", "plain ASCII"
    claimed, where = claim
    whole = b"\n".join(_whole(part, "utf-8") for part in sample.split(b"\n"))
    try:
        whole.decode("utf-8")
        fits_utf8 = True
    except UnicodeDecodeError:
        fits_utf8 = False
    if claimed.startswith("gb") and not fits_utf8:
        return claimed if claimed != "gb2312" else "gb18030", f"{where}, and the bytes fit"
    if claimed == "utf-8" and fits_utf8:
        return "utf-8", f"{where}, and the bytes fit"
    if fits_utf8:
        found = decode(whole, file=file)
    else:
        found = decode(b"\n".join(_whole(part, "gb18030") for part in sample.split(b"\n")), file=file)
    lie = (
        f"; the {where} says {claimed}, which the bytes do not bear out" if claimed not in ("", found.encoding) else ""
    )
    return found.encoding, found.evidence + lie


def _whole(value: bytes, encoding: str) -> bytes:
    """Return a value without the last character if it was cut in the middle."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        decoder.decode(value)
    except UnicodeDecodeError:
        return value
    rest = decoder.getstate()[0]
    return value[: len(value) - len(rest)] if rest else value


def _decoded(frame: gpd.GeoDataFrame, encoding: str, report: Report) -> gpd.GeoDataFrame:
    cut: list[str] = []

    def text(value: object) -> object:
        if not isinstance(value, str) or value.isascii():
            return value
        raw = value.encode("latin-1", "replace")
        number = _NUMBERED.search(raw)
        whole = _whole(raw[: number.start()], encoding) + number[0] if number else _whole(raw, encoding)
        if whole != raw:
            cut.append(value)
        try:
            return whole.decode(encoding)
        except UnicodeDecodeError:
            return raw.decode(encoding, "replace")

    names = [str(text(name)) for name in frame.columns]
    if cut:
        what = "field names end in the middle of a character and lose it; a Shapefile keeps 10 bytes"
        report.add("warning", f"{len(cut)} {what}")
        cut.clear()
    columns: dict[str, pd.Series] = {}
    for old, new in zip(frame.columns, names, strict=True):
        column = frame[old]
        if old != frame.geometry.name and (column.dtype == object or pd.api.types.is_string_dtype(column)):
            column = pd.Series([text(value) for value in column], index=column.index, dtype="str")
        columns[new if new not in columns else f"{new}_{len(columns)}"] = column
    if cut:
        report.add("warning", f"{len(cut)} texts end in the middle of a character and lose it")
    damaged = sum(
        int(column.astype(str).str.contains("\ufffd").sum())
        for column in columns.values()
        if column.dtype != "geometry"
    )
    if damaged:
        report.add("warning", f"{damaged} texts do not fit the encoding {encoding}", repair="Say which it is.")
    return gpd.GeoDataFrame(columns, geometry=frame.geometry.name, crs=frame.crs)
