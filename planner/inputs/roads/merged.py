"""Streets that OSMnx merged from unlike ones: the strictest access and the slowest class count.

So no stretch is used, or travelled faster, than is legal.
"""

from __future__ import annotations

from typing import Final

__all__ = ["of_merged"]

_STRICT_FIRST: Final = ("no", "private", "destination", "customers", "delivery", "permit", "residents", "viaduct")
_SLOW_FIRST: Final = (
    "steps", "footway", "pedestrian", "path", "corridor", "cycleway", "track", "living_street", "service",
    "residential", "road", "unclassified", "tertiary_link", "tertiary", "secondary_link", "secondary", "primary_link",
    "primary", "trunk_link", "trunk", "motorway_link", "motorway",
)  # fmt: skip
_ACCESS: Final = frozenset({
    "access", "vehicle", "motor_vehicle", "motorcar", "goods", "hgv", "bicycle", "electric_bicycle", "foot", "bridge",
})  # fmt: skip
_LIMITS: Final = frozenset({"maxspeed", "maxweight", "maxweightrating", "maxheight", "maxwidth"})


def of_merged(key: str, values: list[str]) -> str:
    """Return the value of a tag by those of the streets that were merged; limits, directions and names are all kept.

    >>> of_merged("access", ["yes", "no"]), of_merged("highway", ["primary", "service"]), of_merged("name", ["A", "B"])
    ('no', 'service', 'A;B')
    >>> of_merged("hgv:backward", ["yes", "no"]), of_merged("maxheight", ["4", "3.5"]), of_merged("toll", ["no", "yes"])
    ('no', '4;3.5', 'yes')
    """
    first, _, more = key.partition(":")
    if key == "highway":
        return min(values, key=lambda value: _SLOW_FIRST.index(value) if value in _SLOW_FIRST else -1)
    if first in _ACCESS:
        return min(values, key=lambda value: _STRICT_FIRST.index(value) if value in _STRICT_FIRST else 99)
    if first in _LIMITS or key in ("name", "oneway"):
        return ";".join(values)
    if first in ("toll", "motorroad", "expressway") or (first == "oneway" and more):
        return min(values, key=lambda value: value == "no")
    return values[0]
