"""The tables ``[centres]``, ``[candidates]``, ``[travel]``, ``[solve]`` and ``[compute]``: how each stage works."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from planner.settings import Bytes, Classes, Metres, Seconds, Settings

__all__ = ["CandidateRules", "CentreRules", "ComputeRules", "SolveRules", "TravelRules"]


class CentreRules(Settings):
    """How business districts are found among POIs (HDBSCAN in projected metres), and what counts as one."""

    classes: Classes = ("mall", "market", "restaurant", "shop", "office", "hotel", "entertainment")
    min_cluster_size: Annotated[int, Field(ge=2)] = 25
    min_samples: Annotated[int, Field(ge=1)] = 5
    merge_within: Metres = 60.0
    outline_ratio: Annotated[float, Field(gt=0, le=1)] = 0.4


class CandidateRules(Settings):
    """How candidate sites are found and screened inside centres.

    ``grid`` adds a point every so many metres in each centre; without it there is a grid of 100 m only where nothing
    else is offered. ``max_cost`` is in the money of the places. ``rules`` names a rule pack, which fills in what the
    scenario does not say (``planner/rules/apply.py``).
    """

    per_centre: Annotated[int, Field(ge=1)] = 6
    grid: Annotated[Metres, Field(ge=10)] | None = None
    max_cost: Annotated[float, Field(gt=0)] | None = None
    street_front: bool = False
    max_road_distance: Metres = 80.0
    same_place_within: Metres = 15.0
    rules: str = ""


class TravelRules(Settings):
    """Limits of travel that hold for all groups, and what changes about the streets (``docs/travel.md``).

    ``closed``: ids or names of streets; ``closed_areas``: a layer of areas; ``added``: a layer of new links;
    ``speeds``: a table of speeds and peak factors, which holds for trips that ``depart`` then ("08:00"). ``kerbside``:
    by mode, the classes of street on which it stops on its own side only.
    """

    max_access: Metres = 400.0
    ferries: bool = False
    closed: tuple[str, ...] = ()
    closed_areas: Path | None = None
    added: Path | None = None
    speeds: Path | None = None
    depart: Annotated[str, Field(pattern=r"^(|([01]?[0-9]|2[0-3]):[0-5][0-9])$")] = ""
    kerbside: Mapping[str, tuple[str, ...]] = {}


class SolveRules(Settings):
    """How long to search, how close to proven the plan must be, and what share of people fewer changes may cost."""

    time_limit: Seconds = 60.0
    gap: Annotated[float, Field(ge=0, lt=1)] = 0.0
    allowed_loss: Annotated[float, Field(ge=0, lt=1)] = 0.005
    seed: int = 1
    threads: Annotated[int, Field(ge=1)] = 1


class ComputeRules(Settings):
    """How travel is worked out. Nothing of it changes a plan, so it is no part of a plan's id or record.

    ``jobs``: threads. ``memory``: what one table of travel may take. ``cache``: a folder, in the scenario's, that keeps
    finished tables for the next run ("": none; it may be deleted at any time). ``dask``: the address of a scheduler.
    """

    jobs: Annotated[int, Field(ge=1)] | None = None
    memory: Bytes | None = None
    cache: str = ""
    dask: str = ""
