"""What decisions say about the next plan: approved sites stand, rejected ones do not, deferred ones not yet.

Deferred sites open after the first phase, and not at all where the scenario has no phases. A moved site becomes an
offered room at its new place, screened and routed like every other candidate; or it moves to another candidate, which
then stands in its stead.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.district import District
from planner.scenario import Scenario

__all__ = ["check_together", "moved_id", "offered", "origin_id", "with_decisions"]

_MOVED = "-moved"
_VERDICTS = ("approved", "rejected", "moved", "deferred", "offered")


def moved_id(site: str) -> str:
    """Return the id of a site at the new place that a decision gives it."""
    return f"{site}{_MOVED}"


def origin_id(site: str) -> str:
    """Return the id that a site had before a decision moved it."""
    return site.removesuffix(_MOVED)


def offered(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the decisions as offers: all sites that they would open are kept as candidates, and none is shut.

    A siting problem prepared with them has every site that the decisions speak of; what must stand is then taken from
    its rules (:func:`planner.analysis.forces.free_tables`).
    """
    moved = decisions[decisions["verdict"] == "moved"]
    elsewhere = moved[moved["to"] == ""].assign(verdict="offered")
    others = moved[moved["to"] != ""]
    targets = others.assign(site=others["to"], verdict="approved", to="", longitude=float("nan"), latitude=float("nan"))
    joined = pd.concat([decisions[decisions["verdict"] == "approved"], elsewhere, targets])
    return joined.drop_duplicates("site").reset_index(drop=True)


def with_decisions(scenario: Scenario, district: District, decisions: pd.DataFrame) -> tuple[Scenario, District]:
    """Return the scenario and district after decisions.

    Columns ``site``, ``verdict``, ``longitude``, ``latitude`` and, for a move to another candidate, ``to``. Raises
    :class:`planner.errors.InputError` for an unknown verdict, a moved site without a place, two decisions on one site,
    or a move to a candidate that another decision rules out.
    """
    wanted = ["site", "name", "verdict", "longitude", "latitude", "to"]
    decisions = decisions.reset_index(drop=True).reindex(columns=wanted)
    decisions = decisions.astype({"name": object, "to": object}).fillna({"name": "", "to": ""})
    check_together(decisions)
    approved = set(decisions.loc[decisions["verdict"] == "approved", "site"])
    later = set(decisions.loc[decisions["verdict"] == "deferred", "site"]) if len(scenario.phases) > 1 else set()
    refused = set(decisions.loc[decisions["verdict"].isin(["rejected", "deferred"]), "site"]) - later
    moved = decisions[decisions["verdict"] == "moved"]
    elsewhere = moved[moved["to"] == ""]
    rooms_at = pd.concat([elsewhere, decisions[decisions["verdict"] == "offered"]])
    # who takes a move back leaves decisions on its new place without a place: a refusal then holds by itself
    here = {*map(moved_id, rooms_at["site"]), *district.rooms.index.astype(str)}
    orphans = {site for site in decisions["site"] if site.endswith(_MOVED) and site not in here}
    faults = [
        Fault("approved, but the move that made it was taken back", id=site, repair="Enter the move again, or undo.")
        for site in sorted(orphans & approved)
    ]
    if faults:
        raise InputError(faults)
    excluded = ({*scenario.excluded, *refused, *moved["site"]} - approved) - orphans
    required = {*scenario.required, *map(moved_id, rooms_at["site"])} - excluded
    required |= approved | set(moved["to"]) - {""}
    deferred = {*scenario.deferred, *later} - approved - excluded
    rules = {name: tuple(sorted(sites)) for name, sites in
             {"required": required, "excluded": excluded, "deferred": deferred}.items()}  # fmt: skip
    after = scenario.model_copy(update=rules)
    if rooms_at.empty:
        return after, district
    rooms = gpd.GeoDataFrame(
        {"name": rooms_at["name"].to_numpy(), "source": "decision"},
        geometry=gpd.points_from_xy(rooms_at["longitude"], rooms_at["latitude"]),
        crs=4326,
        index=pd.Index([moved_id(site) for site in rooms_at["site"]], name=district.rooms.index.name),
    )
    joined = pd.concat([district.rooms, rooms]) if len(district.rooms) else rooms
    return after, replace(district, rooms=gpd.GeoDataFrame(joined, geometry="geometry", crs=4326))


def check_together(decisions: pd.DataFrame) -> None:
    """Raise :class:`planner.errors.InputError` for decisions that cannot hold together, whatever the district."""
    faults = []
    for site, rows in decisions.groupby("site", sort=True):
        if len(set(rows["verdict"])) > 1:
            said = ", ".join(sorted(set(rows["verdict"])))
            faults.append(Fault(f"two opinions: {said}", id=str(site), repair="Settle it, and keep one."))
    for bad in decisions.loc[~decisions["verdict"].isin(_VERDICTS), "site"]:
        faults.append(Fault("an unknown verdict", id=str(bad), repair=f"Use {', '.join(_VERDICTS)}."))
    faults += _moves_against(decisions)
    nowhere = decisions[["longitude", "latitude"]].isna().any(axis=1) & decisions["verdict"].isin(["moved", "offered"])
    nowhere &= decisions["to"] == ""
    for site in decisions.loc[nowhere, "site"]:
        faults.append(Fault("moved without a new place", id=str(site), repair="Give its coordinates."))
    if faults:
        raise InputError(faults)


def _moves_against(decisions: pd.DataFrame) -> list[Fault]:
    """Return the moves to a candidate that is ruled out, and those that share their new place (to a metre)."""
    verdicts = dict(zip(decisions["site"], decisions["verdict"], strict=True))
    moved = decisions[decisions["verdict"] == "moved"]
    moves, anew = moved[moved["to"] != ""], moved[moved["to"] == ""].dropna(subset=["longitude", "latitude"])
    faults = []
    for site, to in zip(moves["site"], moves["to"], strict=True):
        if verdicts.get(to, "approved") != "approved":
            what = f"moved to {to}, which is itself {verdicts[to]}"
            faults.append(Fault(what, id=str(site), repair="Settle which of the two decisions holds."))
    for to in sorted(set(moves.loc[moves["to"].duplicated(), "to"])):
        what = f"{', '.join(moves.loc[moves['to'] == to, 'site'])} are all moved to {to}"
        faults.append(Fault(what, id=to, repair="Give each a place of its own."))
    for place, rows in anew.groupby(
        [anew["longitude"].astype(float).round(5), anew["latitude"].astype(float).round(5)]
    ):
        if len(rows) > 1:
            what = f"{', '.join(rows['site'])} are all moved to {place[0]:.5f}, {place[1]:.5f}"
            faults.append(Fault(what, id=str(rows["site"].iloc[0]), repair="Give each a place of its own."))
    return faults
