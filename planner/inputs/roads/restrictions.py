"""Turn restrictions of OpenStreetMap relations: read, or listed as ignored with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping

from planner.inputs.report import Report
from planner.inputs.roads.read import Restriction, Tags

__all__ = ["read_restriction", "tied_restrictions"]

Member = tuple[str, int, str]  # type (n, w, r), id, role


def read_restriction(relation: int, tags: Tags, members: list[Member], report: Report) -> Restriction | None:
    """Return the restriction, or None with an entry in the report when it cannot be used.

    ``restriction=no_*`` and ``only_*`` hold for all vehicles, ``restriction:hgv=*`` and its like for the named ones.
    Conditional ones (by time of day, weight …) are ignored and listed. Capitals and blanks in words and roles
    (``No_Left_Turn``, ``no left turn``) make no others.
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
    members = [(type_, ref, role.strip().lower()) for type_, ref, role in members]
    start = tuple(ref for type_, ref, role in members if type_ == "w" and role == "from")
    end = tuple(ref for type_, ref, role in members if type_ == "w" and role == "to")
    via_nodes = [ref for type_, ref, role in members if type_ == "n" and role == "via"]
    via_ways = tuple(ref for type_, ref, role in members if type_ == "w" and role == "via")
    if not start or not end or len(via_nodes) + bool(via_ways) != 1:
        report.add("skipped", "turn restriction ignored: from, via or to is missing", id=f"relation/{relation}")
        return None
    words = re.split(r"[;,]", tags.get("except", "").lower())
    exempt = frozenset(word.strip() for word in words if word.strip())
    via_node = via_nodes[0] if via_nodes else None
    return Restriction(relation, kind, start, via_node, via_ways, end, turn, vehicles, exempt)


def tied_restrictions(
    restrictions: list[Restriction], nodes: Mapping[int, frozenset[int]], report: Report
) -> list[Restriction]:
    """Return the restrictions whose ways meet; ``nodes`` gives the nodes of each street that they name.

    Those with a way that is not among the streets are counted, those whose ways do not meet are listed.
    """
    tied, elsewhere = [], 0
    for one in restrictions:
        start, end = (
            frozenset().union(*(nodes.get(way, frozenset()) for way in ways)) for ways in (one.start, one.end)
        )
        if not start or not end or not all(way in nodes for way in one.via_ways):
            elsewhere += 1
        elif _meet(one, nodes, start, end):
            tied.append(one)
        else:
            report.add("skipped", "turn restriction ignored: its ways do not meet", id=f"relation/{one.id}")
    if elsewhere:
        report.add("skipped", f"{elsewhere} turn restrictions name ways that are not among the streets of this area")
    return tied


def _meet(one: Restriction, nodes: Mapping[int, frozenset[int]], start: frozenset[int], end: frozenset[int]) -> bool:
    if one.via_node is not None:
        return one.via_node in start and one.via_node in end
    reached, ahead = set(start), list(one.via_ways)
    while ahead:
        at = next((way for way in ahead if reached & nodes[way]), None)
        if at is None:
            return False
        reached = reached | nodes[at]
        ahead.remove(at)
    via = frozenset().union(*(nodes[way] for way in one.via_ways))
    return bool(via & end)


def _kind(tags: Tags) -> tuple[str, str, frozenset[str]] | None:
    """Return kind, turn and the vehicles it is limited to; the tag without vehicles wins."""
    _, _, named = tags.get("type", "").partition(":")
    found: dict[str, tuple[str, str]] = {}
    for key, value in tags.items():
        word, _, vehicle = key.partition(":")
        kind, *turn = re.split(r"[_ ]+", value.strip().lower())
        if word == "restriction" and not vehicle.endswith("conditional") and kind in ("no", "only") and turn:
            found[vehicle or named] = kind, turn[0]
    if not found:
        return None
    rule = found.get("", next(iter(found.values())))
    vehicles = frozenset() if "" in found else frozenset(word for word, other in found.items() if other == rule)
    return (*rule, vehicles)
