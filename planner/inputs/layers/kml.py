"""KML made safe to read: links are not followed, entities are refused, and the text is UTF-8.

Source: OGC KML 2.3 (12-007r2); KMZ is a zip archive whose main file is the first .kml in it.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Final
from xml.parsers import expat

import geopandas as gpd
import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.layers.gdal import layer_kinds, read_vector
from planner.inputs.layers.geojson import FEATURE_ID
from planner.inputs.report import Report
from planner.inputs.tables.encodings import decode

__all__ = ["FEATURE_NAME", "read_kml"]

FEATURE_NAME: Final = "@name"
"""Column of the names that placemarks have beside their data; a field of names comes before it."""

_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENCODING: Final = re.compile(rb"""^\s*<\?xml[^>]*encoding=["']([A-Za-z0-9_.\-]+)["']""")
_DATA: Final = re.compile(
    r"""(?P<start><(?:\w+:)?Data\s(?:[^>]*\s)?name\s*=\s*)(?P<quote>["'])(?P<name>.*?)(?P=quote)"""
)
_LARGEST: Final = 256 << 20
_DEEPEST: Final = 200


def read_kml(path: Path, folder: Path, report: Report, *, encoding: str | None = None) -> gpd.GeoDataFrame:
    """Return all placemarks of a KML file, whatever folder they stand in; ``folder`` takes a cleaned copy.

    Network links are left out with an entry in the report. Raises :class:`planner.errors.InputError` for document
    type declarations (entity bombs) and when nothing but links is in the file.
    """
    size = path.stat().st_size
    if size > _LARGEST:
        raise InputError(Fault(f"the file has {size:,} bytes, more than {_LARGEST:,}", file=path.name))
    data = path.read_bytes()
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
    decoded = decode(data, encoding=encoding or (declared.group(1).decode() if declared else None), file=path.name)
    report.facts["encoding"] = decoded.encoding
    text = '<?xml version="1.0" encoding="UTF-8"?>' + _DECLARATION.sub("", decoded.text, count=1)
    links, places = _scan(text, path.name)
    if links:
        report.add("skipped", f"{links} network links; nothing is fetched", repair="Add the linked files themselves.")
    if not places:
        what = "there are no placemarks in it" + (", only network links, which are not followed" if links else "")
        raise InputError(Fault(what, file=path.name, repair="Save the places themselves as KML."))
    text, fields = _plain_fields(text)
    copy = folder / "places.kml"
    copy.write_text(text, encoding="utf-8")
    parts = [read_vector(copy, layer) for layer in layer_kinds(copy)]
    crs = parts[0].crs
    whole = pd.concat([part.to_crs(crs) if part.crs else part for part in parts], ignore_index=True)
    empty = [
        name for name in whole.columns if name in _STYLE and (whole[name].isna() | whole[name].isin(_NOTHING)).all()
    ]
    empty += ["id"] if "id" in whole and (whole["id"].isna() | whole["id"].eq("")).all() else []
    whole = whole.drop(columns=empty).rename(columns={"id": FEATURE_ID, "Name": FEATURE_NAME} | fields)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=crs)


_STYLE: Final = (
    "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon", "snippet",
    "Description", "description",
)  # fmt: skip
_NOTHING: Final = ("", None, -1, 0, 1)


def _plain_fields(text: str) -> tuple[str, dict[str, str]]:
    """Return the text with numbered names of data, and what they stand for: GDAL makes "______" of Chinese ones."""
    fields: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        name = html.unescape(match["name"])
        return f'{match["start"]}"{fields.setdefault(name, f"field_{len(fields)}")}"'

    text = _DATA.sub(numbered, text)
    return text, {short: name for name, short in fields.items()}


def _scan(text: str, file: str) -> tuple[int, int]:
    """Return how many network links and placemarks there are, without expanding anything."""
    counts = {"NetworkLink": 0, "Placemark": 0}
    depth = 0

    def refuse(*_: object) -> None:
        what = "the file declares a document type, as entity bombs do"
        raise InputError(Fault(what, file=file, repair="Save it again from its program."))

    def start(name: str, _: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise InputError(Fault(f"the file is nested more than {_DEEPEST} deep", file=file))
        local = name.rsplit(":", 1)[-1]
        if local in counts:
            counts[local] += 1

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate(encoding="utf-8")
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        what = f"not valid XML: {expat.ErrorString(error.code)}"
        repair = "The file may be cut off: save it again."
        raise InputError(Fault(what, file=file, row=error.lineno, repair=repair)) from None
    return counts["NetworkLink"], counts["Placemark"]
