"""Styles inside a GeoPackage: the table ``layer_styles`` from which QGIS draws each layer when it is opened.

The documents follow the QGIS style format (QML) in its smallest form: one renderer, its symbols, and labels by name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from planner.review.approval.canonical import MOMENT

__all__ = ["add_styles"]

_TABLE: Final = """
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
  styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME);
"""
_GREY: Final = "130,140,145"
_LOOKS: Final = {
    "candidates": (
        "marker",
        {"name": "circle", "color": f"{_GREY},255", "size": "1.6", "outline_color": "255,255,255,255"},
    ),
    "lounges": (
        "marker",
        {"name": "pentagon", "color": "214,158,46,255", "size": "2.4", "outline_color": "90,60,0,255"},
    ),
    "demand": ("marker", {"name": "circle", "color": "120,120,120,90", "size": "1", "outline_style": "no"}),
    "links": ("line", {"line_color": "214,158,46,200", "line_width": "0.4", "capstyle": "round"}),
    "centres": (
        "fill",
        {"color": "31,78,95,30", "outline_color": "31,78,95,180", "outline_width": "0.3", "style": "solid"},
    ),
}
_CLASSES: Final = {"marker": "SimpleMarker", "line": "SimpleLine", "fill": "SimpleFill"}
_COLOURS: Final = ("31,119,180", "214,39,40", "44,160,44", "148,103,189", "255,127,14", "23,190,207")
_LABELLED: Final = frozenset({"stations", "lounges"})


def add_styles(path: str | Path, types: Mapping[str, str]) -> None:
    """Write the styles of all layers of a plan's GeoPackage; ``types`` gives each station type's name by its id.

    >>> add_styles("plan.gpkg", {"rider_home": "骑享家"})  # doctest: +SKIP
    """
    with closing(sqlite3.connect(path)) as database, database:
        layers = database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns ORDER BY table_name")
        database.execute(_TABLE)
        for layer, geometry in layers.fetchall():
            document = _document(layer, types)
            database.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
                " styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)"
                " VALUES ('', '', ?, ?, ?, ?, '', 1, '', '', '', ?)",
                (layer, geometry, layer, document, MOMENT),
            )
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            (MOMENT.replace("Z", ".000Z"),),
        )


def _document(layer: str, types: Mapping[str, str]) -> str:
    if layer == "stations":
        renderer = _by_type(types)
    else:
        kind, look = _LOOKS.get(layer, _LOOKS["candidates"])
        renderer = f'<renderer-v2 type="singleSymbol" symbollevels="0">{_symbols([(kind, look)])}</renderer-v2>'
    labels = _labels() if layer in _LABELLED else ""
    version = 'version="3.28.0" styleCategories="Symbology|Labeling"'
    return f'<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM"><qgis {version}>{renderer}{labels}</qgis>'


def _by_type(types: Mapping[str, str]) -> str:
    categories, looks = [], []
    for at, (kind, name) in enumerate(types.items()):
        categories.append(f'<category render="true" symbol="{at}" value={quoteattr(kind)} label={quoteattr(name)}/>')
        colour = f"{_COLOURS[at % len(_COLOURS)]},255"
        outline = {"outline_color": "255,255,255,255", "outline_width": "0.4"}
        looks.append(("marker", {"name": "circle", "color": colour, "size": "4.2"} | outline))
    inner = f"<categories>{''.join(categories)}</categories>{_symbols(looks)}"
    return f'<renderer-v2 type="categorizedSymbol" attr="type" symbollevels="0">{inner}</renderer-v2>'


def _symbols(looks: list[tuple[str, dict[str, str]]]) -> str:
    parts = []
    for at, (kind, look) in enumerate(looks):
        options = "".join(f'<Option type="QString" name={quoteattr(k)} value={quoteattr(v)}/>' for k, v in look.items())
        inner = f'<Option type="Map">{options}</Option>'
        layer = f'<layer class="{_CLASSES[kind]}" enabled="1" locked="0" pass="0">{inner}</layer>'
        parts.append(f'<symbol type="{kind}" name="{at}" alpha="1" clip_to_extent="1" force_rhr="0">{layer}</symbol>')
    return f"<symbols>{''.join(parts)}</symbols>"


def _labels() -> str:
    text = '<text-style fieldName="name" fontSize="9" fontFamily="Noto Sans CJK SC" textColor="30,40,45,255">'
    buffer = '<text-buffer bufferDraw="1" bufferSize="0.8" bufferColor="255,255,255,255"/>'
    return (
        f'<labeling type="simple"><settings calloutType="simple">{text}{buffer}</text-style>'
        '<placement placement="6" dist="1.5"/></settings></labeling>'
    )
