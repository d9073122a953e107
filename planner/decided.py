"""What decisions say about the next plan: approved sites stand, rejected and deferred ones do not, moved ones move.

A moved site becomes an offered room at its new place, screened and routed like every other candidate.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.district import District
from planner.scenario import Scenario

__all__ = ["moved_id", "with_decisions"]

_VERDICTS = ("approved", "rejected", "moved", "deferred")


def moved_id(site: str) -> str:
    """Return the id of a site at the new place that a decision gives it."""
    return f"{site}-moved"


def with_decisions(scenario: Scenario, district: District, decisions: pd.DataFrame) -> tuple[Scenario, District]:
    """Return the scenario and district after decisions (columns ``site``, ``verdict``, ``longitude``, ``latitude``).

    Raises :class:`planner.errors.InputError` for an unknown verdict, a moved site without a place, or two decisions on
    one site.
    """
    wanted = ["site", "name", "verdict", "longitude", "latitude"]
    decisions = decisions.reset_index(drop=True).reindex(columns=wanted).fillna({"name": ""})
    _check(decisions)
    approved = decisions.loc[decisions["verdict"] == "approved", "site"]
    refused = decisions.loc[decisions["verdict"].isin(["rejected", "deferred"]), "site"]
    moved = decisions[decisions["verdict"] == "moved"]
    required = dict.fromkeys([*scenario.required, *approved, *map(moved_id, moved["site"])])
    excluded = dict.fromkeys([*scenario.excluded, *refused, *moved["site"]])
    required = {site: None for site in required if site not in excluded or site in set(approved)}
    excluded = {site: None for site in excluded if site not in set(approved)}
    after = scenario.model_copy(update={"required": tuple(required), "excluded": tuple(excluded)})
    if moved.empty:
        return after, district
    rooms = gpd.GeoDataFrame(
        {"name": moved["name"].to_numpy(), "source": "decision"},
        geometry=gpd.points_from_xy(moved["longitude"], moved["latitude"]),
        crs=4326,
        index=pd.Index([moved_id(site) for site in moved["site"]], name=district.rooms.index.name),
    )
    joined = pd.concat([district.rooms, rooms]) if len(district.rooms) else rooms
    return after, replace(district, rooms=gpd.GeoDataFrame(joined, geometry="geometry", crs=4326))


def _check(decisions: pd.DataFrame) -> None:
    faults = []
    for site, rows in decisions.groupby("site", sort=True):
        if len(set(rows["verdict"])) > 1:
            said = ", ".join(sorted(set(rows["verdict"])))
            faults.append(Fault(f"two opinions: {said}", id=str(site), repair="Settle it, and keep one."))
    for bad in decisions.loc[~decisions["verdict"].isin(_VERDICTS), "site"]:
        faults.append(Fault("an unknown verdict", id=str(bad), repair=f"Use {', '.join(_VERDICTS)}."))
    nowhere = decisions[["longitude", "latitude"]].isna().any(axis=1) & (decisions["verdict"] == "moved")
    for site in decisions.loc[nowhere, "site"]:
        faults.append(Fault("moved without a new place", id=str(site), repair="Give its coordinates."))
    if faults:
        raise InputError(faults)
