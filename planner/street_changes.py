"""What a scenario changes about streets and modes (``[travel]``): closed, added, slower in the peak, one-sided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from planner.errors import Fault, InputError, ScenarioError
from planner.inputs.layers.read import read_layer
from planner.inputs.roads.read import Roads
from planner.inputs.tables.read import read_table
from planner.scenario import Scenario
from planner.travel import Mode, get_mode, with_closed, with_links, with_speed_table

__all__ = ["changed_modes", "changed_streets", "travel_faults"]

T = TypeVar("T")


def changed_streets(scenario: Scenario, roads: Roads) -> Roads:
    """Return the streets with those of the scenario closed (by id, name or area) and its links added.

    Raises :class:`planner.errors.InputError` for a file that cannot be read, and for ids, names, areas and links that
    meet no street.
    """
    rules = scenario.travel
    if rules.added:
        path = scenario.folder / rules.added
        links = _read(path, lambda: read_layer(path)[0])
        roads = _read(path, partial(with_links, roads, links))
    if rules.closed:
        roads = _read("travel.closed", partial(with_closed, roads, rules.closed))
    if rules.closed_areas:
        path = scenario.folder / rules.closed_areas
        areas = _read(path, lambda: read_layer(path)[0])
        roads = _read(path, partial(with_closed, roads, areas))
    return roads


def changed_modes(scenario: Scenario) -> Callable[[str], Mode]:
    """Return the reader of modes by name, as the scenario changes them: where they stop, and how fast they are.

    Its table of speeds holds at its hour of departure. Raises :class:`planner.errors.InputError` for a table that
    cannot be read, and for modes and classes in ``kerbside`` that do not fit; the reader raises it for rows of the
    table.
    """
    rules = scenario.travel
    own_side = {
        mode: _read("travel.kerbside", partial(_one_sided, mode, classes)) for mode, classes in rules.kerbside.items()
    }
    if rules.speeds is None:
        return lambda mode: own_side.get(mode) or get_mode(mode)
    path = scenario.folder / rules.speeds
    table = _read(path, lambda: read_table(path)[0])
    return lambda mode: _read(path, partial(with_speed_table, own_side.get(mode, mode), table, rules.depart))


def _one_sided(mode: str, classes: tuple[str, ...]) -> Mode:
    return get_mode(mode).with_kerbside(classes)


def travel_faults(scenario: Scenario, roads: Roads | None) -> list[Fault]:
    """Return what a plan would refuse: unknown modes, unusable tables of speeds, changes that meet no street."""
    faults: list[Fault] = []
    works: list[Callable[[], object]] = [partial(_every_mode, scenario)]
    if roads is not None:
        works.append(partial(changed_streets, scenario, roads))
    for work in works:
        try:
            work()
        except InputError as error:
            faults += error.faults
        except ScenarioError as error:
            faults.append(Fault(str(error)))
    return faults


def _every_mode(scenario: Scenario) -> None:
    mode_of = changed_modes(scenario)
    for mode in scenario.modes:
        mode_of(mode)


def _read(where: Path | str, work: Callable[[], T]) -> T:
    """Return what ``work`` gives; its faults get the name of the file, or of the key where there is none."""
    where = where if isinstance(where, str) else where.name
    try:
        return work()
    except ScenarioError as error:
        raise InputError(Fault(str(error), file=where)) from None
    except InputError as error:
        raise InputError([fault if fault.file else replace(fault, file=where) for fault in error.faults]) from None
