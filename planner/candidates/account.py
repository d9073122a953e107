"""What is known of each candidate: which file it comes from, the tests it passed, and the figures that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.areas import filled
from planner.candidates.words import said_no, said_open_24h
from planner.scenario import Scenario
from planner.units import format_length

if TYPE_CHECKING:
    from planner.inputs.district import District

__all__ = ["provenance", "tests"]


def provenance(table: pd.DataFrame, repeats: pd.DataFrame) -> list[str]:
    """Return for each candidate its file, and the rows that list the same place again (``repeats``: see duplicates)."""
    files = dict(zip(table.index.tolist(), table["file"].astype(str).tolist(), strict=True))
    again: dict[str, list[str]] = {}
    for site, kept, metres in zip(repeats.index, repeats["kept"], repeats["metres"], strict=True):
        again.setdefault(str(kept), []).append(f"{site} ({files[site]}, {metres:g} m away)")
    listed = {site: f"; also {', '.join(rows)}" for site, rows in again.items()}
    return [file + listed.get(str(site), "") for site, file in files.items()]


def tests(table: pd.DataFrame, distances: pd.DataFrame, scenario: Scenario, district: District) -> list[str]:
    """Return for each candidate (with its ``reasons``) the tests passed, with figures, and those that lacked one.

    Failed tests are the reasons of a refusal and not repeated here.
    """
    reasons = [str(text) for text in table["reasons"]]
    columns = [_floor_area(table, reasons), _street_front(table, scenario), _cost(table, scenario)]
    columns.append(_open_24h(table, scenario))
    places = [[f"in the centre {centre}" if centre else "" for centre in table["centre"]]]
    if filled(district.boundary):
        places.append(["" if "outside the study area" in why else "in the study area" for why in reasons])
    if filled(district.exclusions):
        places.append(["" if "inside the exclusion" in why else "outside all exclusions" for why in reasons])
    limit = scenario.candidates.max_road_distance
    for mode in distances:
        metres = distances[mode].to_numpy(dtype=float)
        places.append([f"street for {mode} {format_length(m)}" if m <= limit else "" for m in metres])
    told = []
    for at in range(len(table)):
        passed = [column[at] for column in (*places, *(known for known, _ in columns)) if column[at]]
        unknown = [missing[at] for _, missing in columns if missing[at]]
        told.append("; ".join(passed + ([f"not known: {', '.join(unknown)}"] if unknown else [])))
    return told


Told = tuple[list[str], list[str]]  # the tests passed, and the figures that are not known


def _floor_area(table: pd.DataFrame, reasons: list[str]) -> Told:
    values = table["floor_area"].to_numpy(dtype=float)
    known = [
        "" if np.isnan(v) or "floor area" in why else f"floor area {v:g} m²"
        for v, why in zip(values, reasons, strict=True)
    ]
    return known, ["floor area" if np.isnan(v) else "" for v in values]


def _street_front(table: pd.DataFrame, scenario: Scenario) -> Told:
    nothing = [""] * len(table)
    if not scenario.candidates.street_front:
        return nothing, nothing
    said = [bool(str(cell).strip()) and cell == cell for cell in table["street_front"]]
    fits = [
        "street front" if there and not said_no(cell) else ""
        for there, cell in zip(said, table["street_front"], strict=True)
    ]
    return fits, ["" if there else "street front" for there in said]


def _cost(table: pd.DataFrame, scenario: Scenario) -> Told:
    most = scenario.candidates.max_cost
    nothing = [""] * len(table)
    if most is None:
        return nothing, nothing
    values = table["cost"].to_numpy(dtype=float)
    return [f"cost {v:,.0f}" if v <= most else "" for v in values], ["cost" if np.isnan(v) else "" for v in values]


def _open_24h(table: pd.DataFrame, scenario: Scenario) -> Told:
    asking = {kind.id for kind in scenario.types if kind.open_24h}
    asked = [bool(asking & set(types.split(";"))) for types in table["types"]]
    answers = [said_open_24h(cell) if ask else False for ask, cell in zip(asked, table["open_24h"], strict=True)]
    return ["open round the clock" if a else "" for a in answers], [
        "access round the clock" if a is None else "" for a in answers
    ]
