"""Which barriers (gate, bollard, block, lift gate …) a mode passes, and which only those who have business behind."""

from __future__ import annotations

from planner.inputs.roads.read import Tags
from planner.travel.streets.access import Right, tag_right, too_large
from planner.travel.streets.modes import Mode

__all__ = ["barrier_right"]


def barrier_right(tags: Tags, mode: Mode) -> Right:
    """Return whether the mode passes a node with these tags.

    Gates, lift gates and toll booths let everyone pass, bollards and blocks stop cars; access tags on the node win
    over both. A locked gate is closed, a private one may be passed to start or end a trip. Signed limits of size count
    at every node.

    >>> from planner.travel.streets.modes import get_mode
    >>> barrier_right({"barrier": "bollard"}, get_mode("car")), barrier_right({"barrier": "bollard"}, get_mode("ebike"))
    ('closed', 'open')
    """
    if "barrier" not in tags:
        return "closed" if too_large(tags, mode) else "open"
    kinds = {kind.strip() for kind in tags["barrier"].split(";")}
    if any(key.startswith("maxheight") for key in tags):
        kinds.discard("height_restrictor")  # the sign says who passes
    default: Right = "closed" if kinds & mode.stopped_by or tags.get("locked") == "yes" else "open"
    return "closed" if too_large(tags, mode) else tag_right(tags, mode.keys, default)
