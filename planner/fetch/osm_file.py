"""Answers of Overpass in JSON written as an OpenStreetMap file (wiki.openstreetmap.org/wiki/OSM_JSON)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import osmium
from osmium.osm import mutable

from planner.safe_text import without_harmful

__all__ = ["write_osm"]

_KINDS = ("node", "way", "relation")


def write_osm(path: Path, answers: Iterable[Mapping[str, Any]]) -> int:
    """Write the nodes, ways and relations of all answers, in this order and by id, each once; return how many ways.

    Elements of other kinds are left out, and so are characters that XML cannot hold. Raises ValueError when an answer
    is damaged.
    """
    try:
        elements = [one for answer in answers for one in answer["elements"] if one["type"] in _KINDS]
        ranked = {(_KINDS.index(one["type"]), one["id"]): one for one in elements}
        with osmium.SimpleWriter(osmium.io.File(path, "osm"), overwrite=True) as writer:
            for (kind, _), element in sorted(ranked.items()):
                writer.add(_object(_KINDS[kind], element))
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"a damaged element: {type(error).__name__}") from None
    return sum(kind == _KINDS.index("way") for kind, _ in ranked)


def _object(kind: str, element: Mapping[str, Any]) -> Any:
    tags = {key: without_harmful(value)[0] for key, value in element.get("tags", {}).items()}
    match kind:
        case "node":
            place = osmium.osm.Location(element["lon"], element["lat"])
            if not place.valid():
                raise ValueError("a place that is not on earth")
            return mutable.Node(id=element["id"], location=place, tags=tags)
        case "way":
            return mutable.Way(id=element["id"], nodes=element["nodes"], tags=tags)
        case _:
            members = [(one["type"], one["ref"], one["role"]) for one in element["members"]]
            return mutable.Relation(id=element["id"], members=members, tags=tags)
