"""Travel modes as data (``planner/data/modes``): which streets, in which direction, past which barriers, how fast."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from numbers import Real
from types import MappingProxyType
from typing import Any, Final

from planner.errors import ScenarioError

__all__ = ["MODES", "WALK", "Mode", "get_mode", "truck"]

_NAMES: Final = ("foot", "bicycle", "ebike", "car", "truck")
_VAN: Final = 3.5  # tonnes; the heaviest goods vehicle that OpenStreetMap calls goods
WALK: Final = 4.5 / 3.6  # m/s; the speed of every walk to and from a street


@dataclass(frozen=True)
class Mode:
    """One way of travelling.

    ``speeds``: km/h by street class; a class that is not there may not be used unless an access key says so that names
    its vehicles (``granted``: the speed then). ``keys``: access keys from the general to the particular, the last one
    that is set counts; only those of its ``own`` open streets kept for faster traffic. ``top``: fastest speed of the
    vehicle, km/h. ``limits``: whether signed limits replace the class speed (cars) or only cap it. ``oneway``: keys for
    its direction, the last one set counts. ``stopped_by``: barriers that do not let it pass unless tagged otherwise.
    ``restricted_as``: its names in turn restrictions; empty when these do not bind it. ``pushed``: km/h where riders
    must dismount. ``weight`` (t), ``height`` (m) and ``width`` (m) are checked against signed limits. ``signal`` and
    ``crossing``: seconds lost at a traffic light and at a crossing without one. ``tolls``: whether toll roads are used.
    ``known``: classes whose speed the user gave; a signed limit only caps it. ``factors``: what speeds are multiplied
    by, by class (``""``: all others), as in peak hours.
    ``kerbside``: classes of street on which it stops and sets off on its own side only
    (:mod:`planner.travel.places.sides`).
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
    known: frozenset[str] = frozenset()
    factors: Mapping[str, float] = field(default_factory=dict)
    kerbside: frozenset[str] = frozenset()

    def with_speeds(self, **speeds: float) -> Mode:
        """Return the mode with other speeds for some classes, in km/h: ``mode.with_speeds(residential=20)``.

        Raises :class:`planner.errors.ScenarioError` for a class that the mode has no speed for, and for a speed that is
        not above zero: whether a class may be used at all is a matter of access, not of speed.
        """
        _check(self, speeds, "km/h")
        return replace(self, speeds={**self.speeds, **speeds}, known=self.known | set(speeds))

    def with_factors(self, factors: Mapping[str, float]) -> Mode:
        """Return the mode with its speeds multiplied, by class; ``""`` stands for all other classes.

        >>> get_mode("car").with_factors({"primary": 0.6, "": 0.9}).factors["primary"]
        0.6
        """
        _check(self, factors, "a factor")
        return replace(self, factors={**self.factors, **factors})

    def with_kerbside(self, classes: Iterable[str]) -> Mode:
        """Return the mode that stops, on streets of these classes, only on the right-hand side, where it drives.

        Raises :class:`planner.errors.ScenarioError` for people on foot, who cross, and for a class that the mode has no
        speed for.

        >>> sorted(get_mode("car").with_kerbside(["primary", "trunk"]).kerbside)
        ['primary', 'trunk']
        """
        if self.name == "foot":
            raise ScenarioError("people on foot cross the street; kerbside is for vehicles.")
        _check(self, dict.fromkeys(classes, 1.0), "")
        return replace(self, kerbside=frozenset(classes))


def _check(mode: Mode, values: Mapping[str, float], unit: str) -> None:
    for kind, value in values.items():
        if kind and kind not in mode.speeds:
            near = difflib.get_close_matches(kind, list(mode.speeds), n=1, cutoff=0.0)
            raise ScenarioError(f"{mode.name} has no speed on {kind!r} streets. Did you mean {near[0]!r}?")
        if not _is_above_zero(value):
            raise ScenarioError(f"{value!r} ({unit}) for {mode.name} on {kind!r} streets must be above zero.")


def _is_above_zero(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0 < float(value) < math.inf


def _read_modes() -> Mapping[str, Mode]:
    modes = {}
    folder = resources.files("planner.data") / "modes"
    for name in _NAMES:
        data: dict[str, Any] = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        settled: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in data.items()
        }
        settled |= {"stopped_by": frozenset(data["stopped_by"]), "speeds": MappingProxyType(data["speeds"])}
        modes[name] = Mode(**settled)
    return MappingProxyType(modes)


MODES: Final[Mapping[str, Mode]] = _read_modes()


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

    Up to 3.5 t, what is said of ``goods`` (vans) counts after what is said of ``hgv``. Raises
    :class:`planner.errors.ScenarioError` for sizes that no vehicle has, in kilograms or centimetres for example.

    >>> truck(4.5, 2.8).weight
    4.5
    """
    for name, size, most, unit in (
        ("weight", weight, 500, "t"),
        ("height", height, 10, "m"),
        ("width", width, 10, "m"),
    ):
        if not _is_above_zero(size) or size > most:
            raise ScenarioError(f"{name} = {size!r} is no {name} of a vehicle. Write it in {unit}, up to {most}.")
    lorry = replace(MODES["truck"], weight=weight, height=height, width=width)
    if weight > _VAN:
        return lorry
    more = ("goods",)
    return replace(lorry, keys=lorry.keys + more, own=lorry.own + more, restricted_as=lorry.restricted_as + more)
