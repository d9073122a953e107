"""What the tags of a street allow a mode: each direction open, private or closed, and the speed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from planner.inputs.roads.read import Tags
from planner.travel.streets.measures import parse_measure
from planner.travel.streets.modes import Mode
from planner.travel.streets.speeds import parse_maxspeed

__all__ = ["Right", "Rule", "street_rule", "tag_right", "too_large"]

Right = Literal["open", "private", "closed"]
Way = Literal["forward", "backward"]

_OPEN: Final = frozenset({"yes", "designated", "permissive", "official", "public", "allowed", "dismount", "1", "true"})
_PRIVATE: Final = frozenset({
    "private", "destination", "customers", "delivery", "residents", "permit", "employees", "members", "restricted",
    "visitors", "students", "guests", "tenants", "resident", "staff",
})  # fmt: skip
_CLOSED: Final = frozenset({
    "no", "none", "use_sidepath", "agricultural", "forestry", "bus", "psv", "military", "emergency", "service", "taxi",
    "tram", "prohibited", "closed", "0", "false",
})  # fmt: skip
_WORDS: Final[tuple[tuple[Right, frozenset[str]], ...]] = (("open", _OPEN), ("private", _PRIVATE), ("closed", _CLOSED))
_SLOW: Final = 25.0  # km/h; who goes no faster, on foot or by cycle, is kept off streets for motor traffic
_FORWARD: Final = frozenset({"yes", "true", "1"})
_BACKWARD: Final = frozenset({"-1", "reverse"})
_CONTRAFLOW: Final = frozenset({"opposite", "opposite_lane", "opposite_track", "opposite_share_busway"})


@dataclass(frozen=True, slots=True)
class Rule:
    """The right of a mode on a street in each direction, its speeds in km/h, and how the speed is known."""

    forward: Right
    backward: Right
    speed_forward: float
    speed_backward: float
    reading: str  # "class", or as parse_maxspeed says


_SHUT = Rule("closed", "closed", math.nan, math.nan, "class")


def street_rule(tags: Tags, mode: Mode) -> Rule:
    """Return the rule of one street; a ferry has a right but no speed (NaN)."""
    ferry = tags.get("route") == "ferry" and "highway" not in tags
    kind = "" if ferry else tags.get("highway", "")
    if too_large(tags, mode) or (_tolled(tags, mode) and not mode.tolls):
        return _SHUT
    forward, backward = (
        "closed" if too_large(tags, mode, way) else _right(tags, mode, kind, ferry, way)
        for way in ("forward", "backward")
    )
    directions = _directions(tags, mode, kind, ("oneway", *mode.oneway) if ferry else mode.oneway)
    forward, backward = (
        right if open_ else "closed" for right, open_ in zip((forward, backward), directions, strict=True)
    )
    if forward == backward == "closed":
        return _SHUT
    if ferry:
        return Rule(forward, backward, math.nan, math.nan, "ferry")
    (there, reading), (back, _) = (_speed(tags, mode, kind, way) for way in ("forward", "backward"))
    factor = mode.factors.get(kind, mode.factors.get("", 1.0))
    return Rule(forward, backward, min(there * factor, mode.top), min(back * factor, mode.top), reading)


def tag_right(tags: Tags, keys: tuple[str, ...], default: Right, way: str = "") -> Right:
    """Return what the most particular of the access ``keys`` says; unknown values say nothing.

    Of a list of words any one suffices to pass: ``agricultural;destination`` lets in those who have business there.
    """
    right = default
    for key in keys:
        for name in (key, f"{key}:{way}") if way else (key,):
            if name in tags:
                words = {word.strip() for word in tags[name].lower().split(";")}
                right = next((said for said, known in _WORDS if known & words), right)
    return right


def _right(tags: Tags, mode: Mode, kind: str, ferry: bool, way: Way) -> Right:
    """Return the right by class and access tags; what opens a street closed by its class must name the vehicles."""
    default: Right = "open" if ferry or kind in mode.speeds else "closed"
    fast = mode.top <= _SLOW and _for_fast_traffic(tags, kind)
    if fast or (tags.get("service") in ("emergency_access", "slipway") and mode.name != "foot"):
        default = "closed"
    if mode.name == "foot" and default == "closed" and _has_sidewalk(tags):
        default = "open"
    keys = mode.keys if default == "open" else mode.own if fast else mode.keys[1:]
    right = tag_right(tags, keys, default, way)
    if right == "closed" and mode.pushed and tags.get("bicycle") == "dismount":
        return "open"
    return right


def _has_sidewalk(tags: Tags) -> bool:
    sides = (tags.get(f"sidewalk:{side}") for side in ("both", "left", "right"))
    return tags.get("sidewalk") in ("both", "left", "right", "yes") or "yes" in sides


def _tolled(tags: Tags, mode: Mode) -> bool:
    """Return whether the mode pays on the street: the most particular of its keys decides."""
    text = tags.get("toll", "")
    for key in mode.keys[1:]:
        text = tags.get(f"toll:{key}", text)
    return text == "yes"


def _for_fast_traffic(tags: Tags, kind: str) -> bool:
    """Return whether the street is kept for motor traffic: motorways, motor roads, expressways, elevated roads."""
    if kind in ("motorway", "motorway_link") or "yes" in (tags.get("motorroad"), tags.get("expressway")):
        return True
    elevated = tags.get("bridge") == "viaduct" or tags.get("elevated") == "yes"
    return elevated and kind.removesuffix("_link") in ("trunk", "primary", "secondary")


def _directions(tags: Tags, mode: Mode, kind: str, keys: tuple[str, ...]) -> tuple[bool, bool]:
    """Return whether one may travel forward and backward, by the ``keys`` for its direction (all bow to a ferry's)."""
    if kind in ("steps", "footway", "corridor") and tags.get("conveying") in ("forward", "backward"):
        return tags["conveying"] == "forward", tags["conveying"] == "backward"
    value = ""
    if "oneway" in keys and (tags.get("junction") in ("roundabout", "circular") or kind == "motorway"):
        value = "yes"
    for key in keys:
        value = tags.get(key, value).strip().lower()
    forward, backward = _oneway(value)
    for key in mode.own:
        forward = forward or tags.get(f"{key}:forward", "") in _OPEN
        backward = backward or tags.get(f"{key}:backward", "") in _OPEN
    if "bicycle" in mode.keys and value and not (forward and backward) and _contraflow(tags):
        return True, True
    return forward, backward


def _oneway(value: str) -> tuple[bool, bool]:
    if value in _FORWARD:
        return True, False
    if value in _BACKWARD:
        return False, True
    if value == "reversible":
        return False, False
    return True, True


def _contraflow(tags: Tags) -> bool:
    if tags.get("oneway:bicycle") in _FORWARD:
        return False
    sides = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
    if any(tags.get(side) in _CONTRAFLOW for side in sides):
        return True
    return any(tags.get(f"{side}:oneway") in ("no", "-1") for side in sides)


def _speed(tags: Tags, mode: Mode, kind: str, way: Way) -> tuple[float, str]:
    if mode.pushed and tags.get("bicycle") == "dismount":
        return mode.pushed, "class"
    speed = min(mode.speeds.get(kind, mode.granted), mode.top)
    if mode.name == "foot":
        return speed, "class"
    text = ""
    for key in ("maxspeed", *(f"maxspeed:{name}" for name in mode.keys[1:])):
        text = tags.get(f"{key}:{way}", tags.get(key, text))
    if not text:
        return speed, "class"
    limit, reading = parse_maxspeed(text)
    if limit is None:
        return speed, reading
    return min(limit, mode.top) if mode.limits and kind not in mode.known else min(limit, speed), reading


def too_large(tags: Tags, mode: Mode, way: str = "") -> bool:
    """Return whether the vehicle is heavier, higher or wider than a signed limit (for one way along the street)."""
    for size, keys in (
        (mode.weight, ("maxweight", "maxweight:hgv", "maxweightrating", "maxweightrating:hgv")),
        (mode.height, ("maxheight", "maxheight:physical")),
        (mode.width, ("maxwidth", "maxwidth:physical")),
    ):
        signed = [f"{key}:{way}" for key in keys] if way else keys
        if size and any(size > parse_measure(tags[key]) for key in signed if key in tags):
            return True
    return False
