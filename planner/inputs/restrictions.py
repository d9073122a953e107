"""Turn restrictions of OpenStreetMap relations: read, or listed as ignored with the reason."""

from __future__ import annotations

from planner.inputs.report import Report
from planner.inputs.roads import Restriction, Tags

__all__ = ["read_restriction"]

Member = tuple[str, int, str]  # type (n, w, r), id, role


def read_restriction(relation: int, tags: Tags, members: list[Member], report: Report) -> Restriction | None:
    """Return the restriction, or None with an entry in the report when it cannot be used.

    ``restriction=no_*`` and ``only_*`` hold for all vehicles, ``restriction:hgv=*`` and its like for the named ones.
    Conditional ones (by time of day, weight …) are ignored and listed.
    """
    found = _kind(tags)
    if found is None:
        if any(key.startswith("restriction") for key in tags):
            conditional = any("conditional" in key for key in tags)
            why = "it holds at certain times only" if conditional else "its kind is unknown"
            report.add("skipped", f"turn restriction ignored: {why}", id=f"relation/{relation}")
        return None
    kind, turn, vehicles = found
    if any(key in tags for key in ("day_on", "day_off", "hour_on", "hour_off", "time")):
        report.add("skipped", "turn restriction ignored: it holds at certain times only", id=f"relation/{relation}")
        return None
    start = tuple(ref for type_, ref, role in members if type_ == "w" and role == "from")
    end = tuple(ref for type_, ref, role in members if type_ == "w" and role == "to")
    via_nodes = [ref for type_, ref, role in members if type_ == "n" and role == "via"]
    via_ways = tuple(ref for type_, ref, role in members if type_ == "w" and role == "via")
    if not start or not end or len(via_nodes) + bool(via_ways) != 1:
        report.add("skipped", "turn restriction ignored: from, via or to is missing", id=f"relation/{relation}")
        return None
    exempt = frozenset(word.strip() for word in tags.get("except", "").split(";") if word.strip())
    via_node = via_nodes[0] if via_nodes else None
    return Restriction(relation, kind, start, via_node, via_ways, end, turn, vehicles, exempt)


def _kind(tags: Tags) -> tuple[str, str, frozenset[str]] | None:
    vehicles: set[str] = set()
    found: tuple[str, str] | None = None
    for key, value in tags.items():
        word, _, vehicle = key.partition(":")
        if word != "restriction" or vehicle == "conditional" or vehicle.endswith(":conditional"):
            continue
        kind, *turn = value.split("_")
        if kind not in ("no", "only") or not turn:
            continue
        if not vehicle:
            return kind, turn[0], frozenset()
        vehicles.add(vehicle)
        found = kind, turn[0]
    if tags.get("type", "").startswith("restriction:") and found:
        vehicles.add(tags["type"].partition(":")[2])
    return (*found, frozenset(vehicles)) if found else None
