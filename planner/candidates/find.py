"""Candidate sites of a district: gathered, screened, thinned out, with the reason of every refusal.

Order of the tests: the same place listed before (within ``same_place_within``), outside the study area, inside an
exclusion (or within its margin), in no centre, street front, cost, floor area, access round the clock, distance to a
street of each group's mode; a figure that is not known refuses nothing and is named. Then, of those that passed, the
best ``per_centre`` of each centre stay. Best means: offered rooms, then parcels, then POIs; then the place first named
in the type's ``places``, then more places of centre classes within 200 m, then the smaller id; station types take
turns, and a place nearer than 50 m to one already taken waits. Required sites keep their status whatever the tests say,
and the report names the tests they fail.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.areas import area_names, assign_areas, filled, study_crs, xy
from planner.candidates.account import provenance, tests
from planner.candidates.duplicates import same_places
from planner.candidates.gather import EXISTING, gather
from planner.candidates.screen import allowed_types, refusals
from planner.candidates.thin import chosen_per_centre
from planner.candidates.words import said_open_24h
from planner.errors import ScenarioError
from planner.inputs.report import Report
from planner.place_names import named
from planner.rules import with_rule_pack
from planner.scenario import Scenario

if TYPE_CHECKING:
    from planner.inputs.district import District

__all__ = ["find_candidates"]

EDGE = 1.0
"""Metres within which a place counts as standing on the edge of a centre, and so in it."""

_ANSWERS = {True: "yes", False: "no", None: ""}
_COLUMNS = [
    "name", "address", "centre", "types", "status", "reasons", "place", "floor_area", "cost", "open_24h",
    "road_distance", "provenance", "tests", "area", "source", "geometry",
]  # fmt: skip


def find_candidates(
    scenario: Scenario, district: District, centres: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, Report]:
    """Return the candidates table (columns as in :mod:`planner.schema`), refused ones included, and its account.

    ``centres`` is the table of :func:`planner.centres.find_centres`. Nothing depends on the order of rows. Raises
    :class:`planner.errors.ScenarioError` when the scenario requires or excludes a site that is not there.
    """
    report = Report("candidates")
    scenario = with_rule_pack(scenario)
    crs = study_crs(district)
    table = gather(scenario, district, centres, crs)
    _check_names(scenario, table)
    at = xy(table, crs)
    table = table.assign(x=at[:, 0], y=at[:, 1], centre=_centres(table, centres, crs))
    table["area"] = area_names(assign_areas(table, district.areas), district.areas)
    repeats = same_places(table[["name", "x", "y"]], scenario.candidates.same_place_within)
    reasons = _repeats(table, repeats, report)
    table, distances = allowed_types(table, scenario, district)
    for site, why in refusals(table, distances, scenario, district).items():
        reasons.setdefault(site, []).extend(why)
    table = table.assign(road_distance=distances.min(axis=1) if distances.shape[1] else np.nan)
    status = _status(table, scenario, reasons, report)
    left = table[status == "optional"]
    kept = chosen_per_centre(left, scenario, district, crs)
    for site in left.index.difference(kept):
        status[site] = "excluded"
        reasons[site] = [f"the centre has {scenario.candidates.per_centre} better candidates"]
    table = table.assign(
        status=status,
        reasons=["; ".join(reasons.get(site, [])) for site in table.index],
        provenance=provenance(table, repeats),
    )
    table["tests"] = tests(table, distances, scenario, district)
    table["name"] = named(table, table["place"], district.roads)
    table["open_24h"] = [_ANSWERS[said_open_24h(cell)] for cell in table["open_24h"]]
    _account(table, scenario, centres, report)
    table.index.name = "site id"
    texts = dict.fromkeys(("reasons", "open_24h", "provenance", "tests"), object)
    return table[_COLUMNS].astype(texts).sort_index(), report


def _check_names(scenario: Scenario, table: pd.DataFrame) -> None:
    for key in ("required", "excluded"):
        for site in getattr(scenario, key):
            if site not in table.index:
                near = difflib.get_close_matches(site, [str(one) for one in table.index], n=1, cutoff=0.0)
                hint = f" The nearest id is {near[0]!r}." if near else ""
                raise ScenarioError(f"{key} = {site!r}: no room, station or POI has this id.{hint}")


def _centres(table: gpd.GeoDataFrame, centres: gpd.GeoDataFrame, crs: object) -> pd.Series[str]:
    """Return the centre of each place; where outlines overlap, the smallest one, as the most particular."""
    found = np.full(len(table), "", dtype=object)
    if filled(centres) and len(table):
        shapes = centres.geometry.to_crs(crs)
        order = pd.DataFrame({"size": -shapes.area.round(0), "_id": centres.index.astype(str)}, index=centres.index)
        shapes = shapes.loc[order.sort_values(["size", "_id"], ascending=[True, False]).index]
        tree = shapely.STRtree(table.geometry.to_crs(crs).values)
        shape, point = tree.query(shapes.values, predicate="dwithin", distance=EDGE)
        order_ = np.argsort(shape, kind="stable")  # the last one written is the smallest
        found[point[order_]] = shapes.index.to_numpy()[shape[order_]]
    return pd.Series(found, index=table.index)


def _repeats(table: pd.DataFrame, repeats: pd.DataFrame, report: Report) -> dict[str, list[str]]:
    reasons, names = {}, table["name"].to_dict()
    for site, kept, metres in zip(repeats.index, repeats["kept"], repeats["metres"], strict=True):
        reasons[site] = [f"the same place as {kept} ({names[kept]}), {metres:g} m away"]
    report.facts["same places listed again"] = len(repeats)
    return reasons


def _status(table: pd.DataFrame, scenario: Scenario, reasons: dict[str, list[str]], report: Report) -> pd.Series[str]:
    status = pd.Series("optional", index=table.index, dtype=object)
    repeated = {site for site, why in reasons.items() if why[0].startswith("the same place as")}
    status[list(reasons)] = "excluded"
    existing = [site for site in table.index[table["source"] == EXISTING] if site not in repeated]
    for site in dict.fromkeys([*existing, *scenario.required]):
        failed = reasons.get(site, [])
        if failed:
            repair = "It stays required; take it out of the scenario or the list of stations if that is wrong."
            report.add("warning", f"required site fails: {'; '.join(failed)}", id=str(site), repair=repair)
        said = "existing station" if site in existing else "required by the scenario"
        reasons[site] = [said, *failed]
        status[site] = "required"
    for site in scenario.excluded:
        failed = [why for why in reasons.get(site, []) if why != "existing station"]
        reasons[site] = ["excluded by the scenario", *failed]
        status[site] = "excluded"
    return status


def _account(table: pd.DataFrame, scenario: Scenario, centres: gpd.GeoDataFrame, report: Report) -> None:
    report.facts |= {name: int((table["status"] == name).sum()) for name in ("required", "optional", "excluded")}
    usable = table[table["status"] != "excluded"]
    unknown = int((usable["open_24h"] == "").sum())
    if unknown and any(rule.open_24h for rule in scenario.rules.shares):
        what = f"of {unknown} of {len(usable)} usable candidates it is not known whether they are open round the clock"
        repair = "They may count towards the share that must be; add a column open_24h (yes or no) to be sure."
        report.add("assumed", what, repair=repair)
    for site in sorted(set(scenario.deferred) - set(table.index)):
        repair = "Write its id as it stands in the table of candidates, or take it out."
        report.add("warning", "deferred site is no candidate: it defers nothing", id=site, repair=repair)
    for centre in sorted(set(centres.index) - set(usable["centre"])):
        what = f"no candidate stands in the centre {centres.loc[centre, 'name']}"
        report.add("warning", what, id=str(centre), repair="Offer a room there, or see why its places were refused.")
    if table.empty or (table["status"] == "excluded").all():
        repair = "Give rooms, more POIs, or wider screening rules; the reasons are in the table."
        report.add("warning", "no candidate passed the tests", repair=repair)
