"""Tags of streets as mappers type them: which are kept, two classes in one value, words that say nothing."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final

from planner.categories import read_data
from planner.inputs.roads.merged import of_merged
from planner.inputs.roads.spelling import word

__all__ = ["OTHER_KEYS", "doubtful", "is_conditional", "is_kept", "kept_tags", "spelled"]

# Only what a travel mode may ask about is kept; a key with a suffix (oneway:bicycle) goes with its first word.
_KEPT: Final = frozenset({
    "highway", "route", "oneway", "junction", "access", "vehicle", "motor_vehicle", "motorcar", "goods", "hgv", "foot",
    "bicycle", "electric_bicycle", "maxspeed", "service", "toll", "maxweight", "maxheight", "maxweightrating",
    "maxwidth", "cycleway", "bridge", "tunnel", "layer", "motorroad", "duration", "conveying", "sidewalk", "area",
    "expressway", "barrier", "locked", "crossing",
})  # fmt: skip
OTHER_KEYS: Final = ("waterway", "power", "railway", "aeroway")
"""Keys of lines that are no streets."""
# Classes that OpenStreetMap knows beside those of streets.csv, whether a mode may use them or not.
_MORE: Final = ("platform", "elevator", "ladder", "via_ferrata", "crossing", "no")
_CLASSES: Final = frozenset({*read_data("streets.csv")["highway"], *_MORE})
_DIRECTIONS: Final = frozenset({
    "", "yes", "no", "true", "false", "1", "0", "-1", "reverse", "reversible", "alternating", "both", "none",
})  # fmt: skip


def kept_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that a travel mode may ask about, those that hold at certain times left out."""
    return {key: value for key, value in tags.items() if is_kept(key)}


@functools.lru_cache(maxsize=4096)
def is_kept(key: str) -> bool:
    """Return whether a travel mode may ask about a key."""
    return key.partition(":")[0] in _KEPT and "conditional" not in key


@functools.lru_cache(maxsize=4096)
def is_conditional(key: str) -> bool:
    """Return whether a key would be kept if it did not hold at certain times only."""
    return key.endswith(":conditional") and key.partition(":")[0] in _KEPT


def spelled(tags: dict[str, str]) -> dict[str, str]:
    """Return the tags with one class of street: of two in one value the slower one counts.

    >>> spelled({"highway": "residential; Service", "name": "A"})
    {'highway': 'service', 'name': 'A'}
    """
    if ";" not in tags.get("highway", ""):
        return tags
    parts = [word(part) for part in tags["highway"].split(";")]
    known = [part for part in parts if part in _CLASSES]
    return {**tags, "highway": of_merged("highway", known) if known else parts[0]}


def doubtful(tags: Mapping[str, str]) -> list[str]:
    """Return what a street says in words that say nothing, for the report.

    >>> doubtful({"highway": "strada", "oneway": "yes;no"})
    ['highway=strada: an unknown class, open only to those whom access tags name', 'oneway=yes;no: unknown, two-way']
    """
    told = []
    kind, direction = word(tags.get("highway", "")), word(tags.get("oneway", ""))
    if kind and kind not in _CLASSES:
        told.append(f"highway={kind}: an unknown class, open only to those whom access tags name")
    if direction not in _DIRECTIONS:
        told.append(f"oneway={direction}: unknown, two-way")
    return told
