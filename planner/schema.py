"""Every table of the plan: its columns, with type, unit and meaning.

The code checks tables against these rows and ``docs/tables.md`` prints the same rows, so neither can go stale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["TABLES", "Column", "Table"]

Type = Literal["text", "integer", "number", "flag", "point", "polygon", "geometry"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, type, unit and meaning; ``optional`` columns may be absent, cells may be blank."""

    name: str
    type: Type
    meaning: str
    unit: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table, indexed by a string id."""

    name: str
    index: str
    meaning: str
    columns: tuple[Column, ...]


_NAME = Column("name", "text", "name as given by its source")
_AREA = Column("area", "text", "name of the area (subdistrict or community) it lies in; blank outside all areas")
_SOURCE = Column("source", "text", "file or rule that the row comes from")
_POINT = Column("geometry", "point", "place", "WGS 84 degrees")

TABLES: tuple[Table, ...] = (
    Table(
        "demand",
        "demand id",
        "places needing service: one row per place and group",
        (
            Column("group", "text", "group id"),
            Column("weight", "number", "how many people of the group", "people"),
            _NAME,
            _AREA,
            _SOURCE,
            _POINT,
            Column("covered", "number", "share of the weight that counts as covered", "0 to 1", optional=True),
            Column("station", "text", "nearest open station of a type that serves the group", optional=True),
            Column("impedance", "number", "travel to that station", "s", optional=True),
            Column("lounge", "text", "linked lounge that reaches the point, if it counts for more", optional=True),
        ),
    ),
    Table(
        "centres",
        "centre id",
        "business districts, industrial parks and business centres",
        (
            _NAME,
            Column("kind", "text", "business_district, industrial_park or business_centre"),
            _AREA,
            _SOURCE,
            Column("geometry", "polygon", "outline", "WGS 84 degrees"),
        ),
    ),
    Table(
        "candidates",
        "site id",
        "places where a station may stand, refused ones included",
        (
            _NAME,
            Column("centre", "text", "centre id"),
            Column("types", "text", "ids of the station types allowed here, joined by ';'"),
            Column("status", "text", "required, optional or excluded"),
            Column("reasons", "text", "why it is required or excluded, joined by '; '; blank when optional"),
            Column("place", "text", "POI class or kind of place"),
            Column("floor_area", "number", "usable floor area; blank where unknown", "m²", optional=True),
            Column("cost", "number", "cost to open; blank where unknown", "yuan", optional=True),
            Column("road_distance", "number", "distance to the nearest street", "m", optional=True),
            _AREA,
            _SOURCE,
            _POINT,
        ),
    ),
    Table(
        "lounges",
        "lounge id",
        "existing community, business-district and building lounges",
        (_NAME, Column("kind", "text", "community, business_district or building"), _AREA, _SOURCE, _POINT),
    ),
    Table(
        "stations",
        "site id",
        "candidate sites that the plan opens",
        (
            _NAME,
            Column("type", "text", "station type id"),
            Column("centre", "text", "centre id"),
            Column("centre_name", "text", "name of the centre"),
            _AREA,
            Column("status", "text", "required or optional"),
            Column("people_alone", "number", "people covered by this station if it were the only one", "people"),
            Column("people_added", "number", "people that only this station covers", "people"),
            Column("lounges", "integer", "lounges linked to it"),
            Column("reasons", "text", "why it was chosen"),
            _POINT,
        ),
    ),
    Table(
        "links",
        "lounge id",
        "the station that runs each lounge; blank where none is within the limit",
        (
            Column("station", "text", "site id of the station; blank when not linked"),
            Column("impedance", "number", "travel from the station to the lounge", "s"),
            Column("metres", "number", "length of the same trip", "m"),
            Column("reason", "text", "why it is not linked; blank when linked"),
        ),
    ),
    Table(
        "measures",
        "measure id",
        "evaluated quantities of the plan",
        (
            Column("measure", "text", "what is measured"),
            Column("group", "text", "group id; blank for all groups"),
            Column("value", "number", "value"),
            Column("unit", "text", "unit of the value"),
            Column("weighted_by", "text", "what it is weighted by"),
        ),
    ),
)
