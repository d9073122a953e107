"""The coordinate system of each row of a table: declared by the user, by a column, by the headings, or assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.errors import Fault, InputError, ScenarioError
from planner.inputs.coordinates.datums import SYSTEM_WORDS
from planner.inputs.coordinates.systems import System, guess_system, named_system, to_degrees
from planner.inputs.places import Places
from planner.inputs.tables.accounts import Account
from planner.inputs.tables.values import NO_VALUE

__all__ = ["to_lon_lat"]

Array = npt.NDArray[np.float64]
_TAG: Final = re.compile(SYSTEM_WORDS, re.IGNORECASE)


def to_lon_lat(
    table: pd.DataFrame, places: Places, found: Mapping[str, str], datum: str | None, account: Account
) -> tuple[Array, Array]:
    """Return WGS 84 longitudes and latitudes, NaN in rows without a usable place; those are refused in the report.

    The system is ``datum``, or what the column of systems (坐标系) says row by row, or what the headings say
    (经度_gcj02); degrees of no stated system are taken as WGS 84 with a warning, metres of no stated system are
    refused. Raises :class:`planner.errors.InputError` then, and where no exact transformation exists.
    """
    lon, lat = np.full(len(table), np.nan), np.full(len(table), np.nan)
    outside = np.zeros(len(table), dtype=bool)
    for system, rows in _systems(table, places, found, datum, ~np.isnan(places.x), account):
        x, y, notes = to_degrees(
            places.x[rows], places.y[rows], np.arange(len(rows)), system, file=account.report.source
        )
        lon[rows], lat[rows] = x, y
        outside[rows] = ~((np.abs(x) <= 180) & (np.abs(y) <= 90))
        for note in notes:
            if note.kind == "refused" and note.rows is not None:
                outside[rows[note.rows]] = False  # told by the note
            if note.rows is None:
                account.report.add(note.kind, f"{note.what} (in all {len(rows)} rows)", repair=note.repair)
            else:
                account.tell(note.kind, rows[note.rows], note.what, repair=note.repair)
    account.tell(
        "refused",
        np.flatnonzero(outside),
        lambda at: f"{places.x[at]:.10g}, {places.y[at]:.10g} is no place on the Earth",
        repair="Correct the coordinates or state their system.",
    )
    lon[outside] = lat[outside] = np.nan
    return lon, lat


def _systems(
    table: pd.DataFrame,
    places: Places,
    found: Mapping[str, str],
    datum: str | None,
    usable: npt.NDArray[np.bool_],
    account: Account,
) -> list[tuple[System, npt.NDArray[np.intp]]]:
    """Return each system with the positions of its rows, and say in the report how it is known."""
    report, rows = account.report, np.flatnonzero(usable)
    if datum is not None:
        system = named_system(datum)
        evidence = "declared by the user"
    elif "datum" in found and table[found["datum"]].isin(NO_VALUE).sum() < len(table):
        return _by_column(table, found["datum"], usable, account)
    elif tag := _tag(places.headings, report.source):
        system = named_system(tag)
        evidence = f"the headings {', '.join(places.headings)}"
        report.add("assumed", f"{evidence} say that the coordinates are in {system.name}")
    else:
        system = _guessed(places.x[rows], places.y[rows], report.source)
        evidence = "assumed from degrees"
        what = f"no coordinate system is stated; the degrees are taken as {system.name}"
        repair = 'Coordinates of map vendors lie up to 700 m off: for them write datum = "gcj02" or "bd09".'
        report.add("warning", what, repair=repair)
    report.facts["coordinate system"], report.facts["coordinate system evidence"] = system.name, evidence
    report.facts["datum"] = system.datum
    return [(system, rows)]


def _by_column(
    table: pd.DataFrame, heading: str, usable: npt.NDArray[np.bool_], account: Account
) -> list[tuple[System, npt.NDArray[np.intp]]]:
    texts = table[heading].where(~table[heading].isin(NO_VALUE), "")
    systems, faults = [], []
    for text in sorted(texts[usable].unique()):
        rows = np.flatnonzero(usable & texts.eq(text).to_numpy(dtype=bool))
        if not text:
            account.tell("refused", rows, "the coordinate system is blank", column=heading, repair="Fill it in.")
            continue
        try:
            systems.append((named_system(text), rows))
        except ScenarioError as error:
            row = int(account.rows[rows[0]])
            faults.append(
                Fault(str(error).replace("datum", heading), file=account.report.source, row=row, column=heading)
            )
    if faults:
        raise InputError(faults)
    names = ", ".join(sorted({system.name for system, _ in systems}))
    account.report.facts["coordinate system"] = names
    account.report.facts["coordinate system evidence"] = f"the column {heading}"
    account.report.facts["datum"] = ", ".join(sorted({system.datum for system, _ in systems}))
    return systems


def _tag(headings: tuple[str, ...], file: str) -> str:
    """Return the system that the headings name, or a blank."""
    tags = [match.group(0) if (match := _TAG.search(heading)) else "" for heading in headings]
    names = {named_system(tag.replace("_", ":") if tag.lower().startswith("epsg") else tag).name for tag in tags if tag}
    if len(names) > 1:
        what = f"the headings name different coordinate systems: {', '.join(headings)}"
        raise InputError(Fault(what, file=file, repair='Say which, for example columns = { longitude = "…" }.'))
    return next((tag.replace("_", ":") if tag.lower().startswith("epsg") else tag for tag in tags if tag), "")


def _guessed(x: Array, y: Array, file: str) -> System:
    """Return plain degrees; single rows beyond them are refused later, a table in metres is refused here."""
    system, advice = guess_system(x, y)
    if system is None:
        what = "no coordinate system is stated, and the numbers are no degrees"
        raise InputError(Fault(what, file=file, repair=advice))
    return system
