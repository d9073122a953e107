"""Travel modes as data: which streets, in which direction, past which barriers, how fast."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from planner.errors import ScenarioError
from planner.travel.speeds import CAR_SPEEDS, TRUCK_SPEEDS

__all__ = ["MODES", "WALK", "Mode", "get_mode", "truck"]

WALK: Final = 4.5 / 3.6  # m/s; the speed of every walk to and from a street


@dataclass(frozen=True)
class Mode:
    """One way of travelling.

    ``speeds``: km/h by street class; a class that is not there may not be used unless an access key
    of its ``own`` says so (``granted``: the speed then). ``keys``: access keys from the general to the particular, the
    last one that is set counts. ``top``: fastest speed of the vehicle, km/h. ``limits``: whether signed limits replace the class speed
    (cars) or only cap it. ``stopped_by``: barriers that do not let it pass unless tagged otherwise.
    ``restricted_as``: its names in turn restrictions; empty when these do not bind it. ``weight`` (t), ``height`` (m)
    and ``width`` (m) are checked against signed limits. ``signal`` and ``crossing``: seconds lost at a traffic light
    and at a crossing without one. ``tolls``: whether toll roads are used.
    """

    name: str
    meaning: str
    speeds: Mapping[str, float]
    keys: tuple[str, ...]
    own: tuple[str, ...]
    top: float
    limits: bool = False
    oneway: tuple[str, ...] = ()
    stopped_by: frozenset[str] = frozenset()
    restricted_as: tuple[str, ...] = ()
    granted: float = 0.0
    pushed: float = 0.0
    weight: float = 0.0
    height: float = 0.0
    width: float = 0.0
    signal: float = 0.0
    crossing: float = 0.0
    tolls: bool = True

    def with_speeds(self, **speeds: float) -> Mode:
        """Return the mode with other speeds for some classes, in km/h: ``mode.with_speeds(residential=20)``."""
        return replace(self, speeds={**self.speeds, **speeds})


_SOLID: Final = frozenset({"wall", "fence", "city_wall", "retaining_wall", "guard_rail", "ditch", "hedge"})
_FOOT_ONLY: Final = frozenset({"turnstile", "full-height_turnstile", "kissing_gate", "stile", "horse_stile"})
_NO_CARS: Final = (
    _SOLID
    | _FOOT_ONLY
    | frozenset(
        "bollard block jersey_barrier cycle_barrier motorcycle_barrier chain planter log debris rope bus_trap "
        "sump_buster yes bar stone rock flowerpot step wicket_gate".split()
    )
)

_FOOT = {
    name: 4.5
    for name in (
        "footway pedestrian path steps corridor platform living_street residential service unclassified tertiary "
        "tertiary_link secondary secondary_link primary primary_link road track cycleway bridleway elevator ladder"
    ).split()
} | {"steps": 2.0, "ladder": 1.0, "elevator": 2.0}
_BICYCLE = {
    name: 15.0
    for name in (
        "cycleway living_street residential service unclassified tertiary tertiary_link secondary secondary_link "
        "primary primary_link road trunk trunk_link"
    ).split()
} | {"track": 10.0, "path": 10.0, "living_street": 10.0, "service": 12.0}
# GB 17761-2018: e-bikes are non-motor vehicles, at most 25 km/h; at most 15 km/h outside own lanes is article 58 of
# the Road Traffic Safety Law for lanes of non-motor vehicles, which riders' measured speeds exceed: 20 is used.
_EBIKE = {
    name: 20.0
    for name in "road unclassified tertiary tertiary_link secondary secondary_link primary primary_link".split()
} | {
    "cycleway": 20.0,
    "residential": 18.0,
    "living_street": 10.0,
    "service": 12.0,
    "track": 12.0,
    "path": 10.0,
    "trunk": 20.0,
    "trunk_link": 20.0,
}

MODES: Final[Mapping[str, Mode]] = {
    mode.name: mode
    for mode in (
        Mode(
            "foot",
            "people on foot",
            _FOOT,
            ("access", "foot"),
            ("foot",),
            top=4.5,
            oneway=("oneway:foot",),
            stopped_by=_SOLID,
            granted=4.5,
        ),
        Mode(
            "bicycle",
            "bicycles",
            _BICYCLE,
            ("access", "vehicle", "bicycle"),
            ("bicycle",),
            top=25.0,
            oneway=("oneway", "oneway:vehicle", "oneway:bicycle"),
            stopped_by=_SOLID | _FOOT_ONLY,
            restricted_as=("bicycle",),
            granted=10.0,
            pushed=4.0,
        ),
        Mode(
            "ebike",
            "electric bicycles, the riders' mode: non-motor vehicles under Chinese rules, at most 25 km/h",
            _EBIKE,
            ("access", "vehicle", "bicycle", "electric_bicycle"),
            ("bicycle", "electric_bicycle"),
            top=25.0,
            oneway=("oneway", "oneway:vehicle", "oneway:bicycle", "oneway:electric_bicycle"),
            stopped_by=_SOLID | _FOOT_ONLY,
            restricted_as=("bicycle", "electric_bicycle"),
            granted=12.0,
            pushed=4.0,
        ),
        Mode(
            "car",
            "passenger cars",
            CAR_SPEEDS,
            ("access", "vehicle", "motor_vehicle", "motorcar"),
            ("motor_vehicle", "motorcar"),
            top=120.0,
            limits=True,
            oneway=("oneway", "oneway:vehicle", "oneway:motor_vehicle", "oneway:motorcar"),
            stopped_by=_NO_CARS,
            restricted_as=("motorcar", "motor_vehicle"),
            granted=10.0,
        ),
        Mode(
            "truck",
            "goods vehicles of 12 t and 3.8 m height; other sizes by truck(weight, height)",
            TRUCK_SPEEDS,
            ("access", "vehicle", "motor_vehicle", "goods", "hgv"),
            ("motor_vehicle", "goods", "hgv"),
            top=80.0,
            limits=True,
            oneway=("oneway", "oneway:vehicle", "oneway:motor_vehicle", "oneway:hgv"),
            stopped_by=_NO_CARS | {"height_restrictor"},
            restricted_as=("hgv", "goods", "motor_vehicle"),
            granted=10.0,
            weight=12.0,
            height=3.8,
            width=2.5,
        ),
    )
}


def get_mode(mode: str | Mode) -> Mode:
    """Return the mode of a name; a :class:`Mode` is returned as it is.

    Raises :class:`planner.errors.ScenarioError`, which lists the modes.

    >>> get_mode("ebike").top
    25.0
    """
    if isinstance(mode, Mode):
        return mode
    if mode in MODES:
        return MODES[mode]
    near = difflib.get_close_matches(str(mode), list(MODES), n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ScenarioError(f"mode = {mode!r} is not a travel mode. Modes: {', '.join(MODES)}.{hint}")


def truck(weight: float, height: float, width: float = 2.5) -> Mode:
    """Return the mode of goods vehicles of ``weight`` tonnes, ``height`` and ``width`` metres.

    >>> truck(4.5, 2.8).weight
    4.5
    """
    return replace(MODES["truck"], weight=weight, height=height, width=width)
