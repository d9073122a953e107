"""The tables ``[links]``, ``[rules]``, ``[[phases]]`` and ``[[objectives]]``: what a network must keep and seek.

``docs/rules.md`` shows each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from planner.settings import Classes, Metres, Name, Seconds, Settings

__all__ = [
    "CountRule",
    "Crowded",
    "ExistingRules",
    "ImplicationRule",
    "LinkRules",
    "LoungeTypeRule",
    "NetworkRules",
    "ObjectiveRule",
    "Outreach",
    "Phase",
    "ShareRule",
    "SpacingRule",
]


class Outreach(Settings):
    """Whom a linked lounge reaches by itself: people within this walk, at this share."""

    within: Seconds
    mode: str = "foot"
    share: Annotated[float, Field(gt=0, le=1)] = 1.0


class LoungeTypeRule(Settings):
    """The lounges named (or those of ``kinds``) are run by stations of ``types`` only; ``must``: and never by none."""

    lounges: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    types: tuple[str, ...]
    must: bool = False

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if bool(self.lounges) == bool(self.kinds):
            raise ValueError("name either lounges or kinds of lounges")
        return self


class LinkRules(Settings):
    """How lounges are linked to stations: each to exactly one station within the limit.

    ``at_least`` and ``at_most`` bound the lounges that a station runs, ``most_difference`` how far two stations may
    differ in them; ``all`` asks that every lounge be linked; a lounge left unlinked costs ``unlinked_price`` yuan.
    ``backup`` asks for a second station within the limit of each linked lounge.
    """

    mode: str = "ebike"
    limit: Seconds = 900.0
    outreach: Outreach | None = None
    at_least: Annotated[int, Field(ge=0)] = 0
    at_most: Annotated[int, Field(ge=0)] | None = None
    most_difference: Annotated[int, Field(ge=0)] | None = None
    all: bool = False
    backup: bool = False
    unlinked_price: Annotated[float, Field(ge=0)] = 0.0
    types: tuple[LoungeTypeRule, ...] = ()


class Crowded(Settings):
    """Where more than ``people`` (of all groups) are within ``within`` in a straight line, ``at_least`` is enough."""

    people: Annotated[float, Field(gt=0)]
    within: Metres
    at_least: Metres


class SpacingRule(Settings):
    """Stations (of ``types``, or of any type) stand at least this far apart.

    ``by`` a straight line, or the streets of the mode ``mode``; between two sites in crowded places the distance of
    ``crowded`` is enough.
    """

    at_least: Metres
    types: tuple[str, ...] = ()
    by: Literal["straight_line", "street"] = "straight_line"
    mode: str = "foot"
    crowded: Crowded | None = None


class CountRule(Settings):
    """Between ``at_least`` and ``at_most`` stations (of ``types``, or any) open in a part of the district.

    The part: ``areas`` (subdistricts), ``kinds`` of centres (business_district, industrial_park, business_centre), or
    ``sites``; without any of them the whole district. One of two sites: ``sites = ["a", "b"]`` with both limits 1.
    """

    areas: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    at_least: Annotated[int, Field(ge=0)] = 0
    at_most: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        named = [bool(part) for part in (self.areas, self.kinds, self.sites)]
        if sum(named) > 1 or not (any(named) or self.types):
            raise ValueError("name either areas, kinds of centres or sites (or types alone, for the whole district)")
        if self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least = {self.at_least} is more than at_most = {self.at_most}")
        return self


class ShareRule(Settings):
    """At least the share ``least`` of the stations is ``what``: at ``sites``, or at ``places`` (POI classes).

    With ``open_24h`` they are the sites that are not known to close at night.
    """

    what: Name
    least: Annotated[float, Field(gt=0, le=1)]
    sites: tuple[str, ...] = ()
    places: Classes = ()
    open_24h: bool = False

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if bool(self.sites) + bool(self.places) + self.open_24h != 1:
            raise ValueError("name either sites, places (POI classes), or open_24h = true")
        return self


class ImplicationRule(Settings):
    """A station at site ``first`` calls for one at site ``then``."""

    first: Name
    then: Name


class ExistingRules(Settings):
    """What may happen to existing stations, and what it costs; without this table each of them must stand.

    ``upgrades`` names for a type those it may be turned into. A station that stays costs nothing to open.
    """

    may_move: bool = False
    may_close: bool = False
    upgrades: Mapping[str, tuple[str, ...]] = {}
    cost_to_upgrade: Annotated[float, Field(ge=0)] = 0.0
    cost_to_move: Annotated[float, Field(ge=0)] = 0.0
    cost_to_close: Annotated[float, Field(ge=0)] = 0.0


class NetworkRules(Settings):
    """Rules of the network beyond quotas and one station per centre.

    ``budget`` is in the money of the candidates: opening, and running for ``years``.
    """

    spacing: tuple[SpacingRule, ...] = ()
    counts: tuple[CountRule, ...] = ()
    shares: tuple[ShareRule, ...] = ()
    implications: tuple[ImplicationRule, ...] = ()
    existing: ExistingRules | None = None
    budget: Annotated[float, Field(gt=0)] | None = None
    years: Annotated[float, Field(ge=0)] = 0.0


class Phase(Settings):
    """A part of the years in which the stations are opened, first to last; each station belongs to one phase.

    What is opened in it costs at most ``budget`` yuan (opening, and running for ``rules.years``); at most ``at_most``
    stations are opened in it. ``begins`` is the day from which it runs; it is printed, nothing is worked out from it.
    Stations that stand today and stay belong to the first phase, where closing others is paid too.
    """

    name: Name
    budget: Annotated[float, Field(gt=0)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None
    begins: date | None = None


MixedObjective = Literal[
    "people_covered", "early", "worst_area", "worst_group", "covered_twice", "people_travel", "lounges_linked",
    "link_travel", "money",
]  # fmt: skip


class ObjectiveRule(Settings):
    """One objective, and what share of its best value later ones may give up.

    A "mix" weighs several against each other: ``weights`` above zero by name, each in its own unit (people, shares,
    seconds, lounges, yuan); what should be small counts against the sum.
    """

    name: Literal[MixedObjective, "mix"]
    allowed_loss: Annotated[float, Field(ge=0, lt=1)] = 0.0
    weights: Mapping[MixedObjective, Annotated[float, Field(gt=0)]] = {}

    @model_validator(mode="after")
    def _weights_make_a_mix(self) -> Self:
        if (self.name == "mix") != bool(self.weights):
            raise ValueError('weights = { people_covered = 1.0, … } belong to name = "mix", and it needs them')
        if {"worst_area", "worst_group"} <= set(self.weights):
            raise ValueError("a mix takes worst_area or worst_group, not both")
        return self
