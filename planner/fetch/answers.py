"""Whether an answer of Overpass is a whole OpenStreetMap file with something in it, before it is kept."""

from __future__ import annotations

import re

import osmium

from planner.errors import InputError

__all__ = ["check_osm"]


def check_osm(body: bytes, part: str, supply: str) -> None:
    """Raise :class:`planner.errors.InputError` for a remark of the server, for damage, and for no street at all.

    ``part`` is the file that the answer becomes, ``supply`` what to give instead.
    """
    remark = re.search(rb"<remark>(.*?)</remark>", body, re.DOTALL)
    if remark:
        said = " ".join(remark.group(1).decode("utf-8", "replace").split())[:300]
        raise InputError(f"The server could not answer for {part}: {said}. Ask for a smaller area. {supply}")
    try:
        items = osmium.FileProcessor(osmium.io.FileBuffer(body, "osm"))
        ways = sum(isinstance(item, osmium.osm.Way) for item in items)
    except (RuntimeError, ValueError) as error:
        said = " ".join(str(error).split())[:120]
        raise InputError(f"The answer for {part} is not a sound OpenStreetMap file ({said}). {supply}") from None
    if part == "roads.osm" and not ways:
        raise InputError(f"OpenStreetMap has no street there. Check the outline. {supply}")
