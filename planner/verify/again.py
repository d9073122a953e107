"""Checking a plan that someone else made: files, hashes, travel, tables and proof, all read and computed anew."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.certificate import FORMAT, settings_hash
from planner.decided import origin_id
from planner.errors import Fault, InputError
from planner.files import sha256
from planner.locate.network.model import NetworkSolution
from planner.plan import Plan, assemble
from planner.scenario import Scenario, read_scenario
from planner.siting import Siting, prepare
from planner.verify import verify
from planner.verify.bound import check_bound, what_is_proven
from planner.verify.streets import check_streets
from planner.verify.violation import Violation

__all__ = ["Confirmation", "confirm", "verify_file"]


@dataclass(frozen=True)
class Confirmation:
    """What does not hold in a recorded plan, the first difference first; if all does, what is ``proven`` in words."""

    violations: list[Violation]
    proven: str = ""


def verify_file(
    path: str | Path, scenario: Scenario | None = None, *, certificate: str | Path | None = None
) -> list[Violation]:
    """Return what does not hold in the plan that ``plan.json`` records, the first difference first; empty if all does.

    ``certificate.json`` is looked for beside it. The scenario is the one given, or ``scenario.toml`` of the recorded
    folder, as seen from here. Inputs and settings are compared by hash; if they differ nothing else is computed. Then
    streets, coverage, rules, links and totals are computed anew, and the bound is added up from the certificate.

    Raises :class:`planner.errors.InputError` where a file is missing or is not what it should be.

    >>> verify_file("outputs/approval/plan.json")  # doctest: +SKIP
    []
    """
    return confirm(path, scenario, certificate=certificate).violations


def confirm(
    path: str | Path, scenario: Scenario | None = None, *, certificate: str | Path | None = None
) -> Confirmation:
    """Return what :func:`verify_file` does, and what is proven of the plan."""
    path = Path(path)
    record = _read(path, "planner-plan/")
    proof = _read(Path(certificate) if certificate else path.with_name("certificate.json"), FORMAT)
    if scenario is None:
        scenario = read_scenario(_folder(proof, path) / "scenario.toml")
    told = record["scenario"]
    scenario = scenario.model_copy(update={key: tuple(told[key]) for key in ("required", "excluded", "deferred")})
    if record["id"] != proof["plan"]:
        words = f"{record['id']} and {proof['plan']}"
        return Confirmation([Violation("plan and certificate belong together", words)])
    different = list(_inputs(scenario, proof))
    if different:
        return Confirmation(different)
    try:
        siting = prepare(scenario, decisions=_moved(proof))
        plan = assemble(siting, _solution(siting, record, proof))
    except LookupError as error:
        return Confirmation([Violation("stations and links of the record are possible ones", str(error))])
    found = [*_settings(plan, proof, record), *_measures(plan, record), *verify(plan), *check_streets(plan)]
    if proof["proof"]:
        found += check_bound(plan, proof["proof"])
    return Confirmation(found) if found else Confirmation([], what_is_proven(plan, proof["proof"]))


def _read(path: Path, kind: str) -> dict[str, Any]:
    repair = "Give the plan.json that planner export wrote, with its certificate.json beside it."
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
        if not str(data["format"]).startswith(kind):
            raise ValueError(data["format"])
    except FileNotFoundError:
        raise InputError(Fault("there is no such file", file=str(path), repair=repair)) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(Fault(f"not a file of the format {kind.rstrip('/')}", file=str(path), repair=repair)) from None
    return data


def _folder(proof: Mapping[str, Any], path: Path) -> Path:
    """Return the recorded folder, as seen from here or from a folder above the record."""
    for above in (Path(), *path.absolute().parents):
        if (above / proof["folder"] / "scenario.toml").is_file():
            return above / str(proof["folder"])
    repair = "Name the scenario: planner verify plan.json --scenario path/to/scenario.toml"
    raise InputError(Fault("the scenario's folder is not here", file=str(proof["folder"]), repair=repair))


def _inputs(scenario: Scenario, proof: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield inputs that are not the files the plan was made from."""
    here = scenario.named_files()
    for name, digest in sorted(proof["inputs"].items()):
        if name not in here or not here[name].is_file():
            yield Violation("the inputs are those of the plan", "not here", (name,))
        elif sha256(here[name]) != digest:
            yield Violation("the inputs are those of the plan", "another content", (name,))
    for name in sorted(set(here) - set(proof["inputs"])):
        yield Violation("the inputs are those of the plan", "not an input of the plan", (name,))


def _settings(plan: Plan, proof: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[Violation]:
    if settings_hash(plan) != proof["settings"]:
        here = plan.scenario.model_dump(mode="json")
        keys = [key for key, value in record["scenario"].items() if key != "files" and here.get(key) != value]
        yield Violation("the settings are those of the plan", f"others in {', '.join(keys) or 'files'}")
    ours = version("station-network-planner")
    if proof["versions"]["station-network-planner"] != ours:
        yield Violation(
            "the program is that of the plan", f"{proof['versions']['station-network-planner']}, here {ours}"
        )
    elif plan.id != record["id"]:
        yield Violation("the plan has its id", f"{record['id']} stated, {plan.id} recomputed")


def _measures(plan: Plan, record: Mapping[str, Any]) -> Iterator[Violation]:
    for row in record["measures"]:
        value = math.nan if row["value"] is None else float(row["value"])
        try:
            here = plan.measure(row["measure"], row["group"])
        except IndexError:
            continue
        same = math.isclose(here, value, rel_tol=1e-6, abs_tol=1e-6) or (math.isnan(here) and math.isnan(value))
        if not same:
            found = f"{value} stated, {here} recomputed"
            yield Violation(f"the measure {row['measure']} of {row['group'] or 'all groups'}", found)


def _moved(proof: Mapping[str, Any]) -> pd.DataFrame | None:
    """Return the decisions that moved sites, whose new places stand in no file."""
    if not proof["moved"]:
        return None
    rows = [{**row, "site": origin_id(str(row["site"])), "verdict": "moved"} for row in proof["moved"]]
    return pd.DataFrame(rows)


def _solution(siting: Siting, record: Mapping[str, Any], proof: Mapping[str, Any]) -> NetworkSolution:
    """Return the recorded solution in positions. Raises ``LookupError`` where it names what is not there."""
    tables = siting.tables
    pairs = list(zip(tables.options["site"].astype(str), tables.options["type"].astype(str), strict=True))
    place = {pair: position for position, pair in enumerate(pairs)}
    at: dict[str, int] = {}
    opens: dict[str, int] = {}
    phases = [phase.name for phase in siting.scenario.phases]
    for station in record["stations"]:
        pair = str(station["site"]), str(station["type"])
        if pair not in place:
            raise LookupError(f"{pair[0]} cannot be a station of type {pair[1]}")
        at[pair[0]] = place[pair]
        if phases:
            if station.get("phase") not in phases:
                raise LookupError(f"{pair[0]} opens in no phase of the scenario")
            opens[pair[0]] = phases.index(station["phase"])
    links = np.full(len(tables.lounges), -1, dtype=np.int64)
    for position, lounge in enumerate(tables.lounges.index.astype(str)):
        station = record["links"].get(lounge, "")
        if station and station not in at:
            raise LookupError(f"the lounge {lounge} is linked to {station}, which is not open")
        links[position] = at.get(station, -1)
    numbers = {name: _number(proof["solution"][name]) for name in ("objective", "best", "bound")}
    sites = sorted(at, key=at.__getitem__)
    options = np.array([at[site] for site in sites], dtype=np.int64)
    by_phase = np.array([opens[site] for site in sites], dtype=np.int64) if len(phases) > 1 else None
    return NetworkSolution(
        proof["solution"]["status"], options, links, numbers["objective"], numbers["bound"], {},
        (numbers["objective"],), (numbers["best"],), (numbers["bound"],), loads=_loads(siting, at, proof),
        phases=by_phase,
    )  # fmt: skip


def _loads(siting: Siting, at: Mapping[str, int], proof: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    if not any(kind.has_limits for kind in siting.scenario.types):
        return None
    stations, demand = siting.problem.stations, siting.tables.demand
    loads = np.zeros(len(stations.by))
    place = {pair: n for n, pair in enumerate(zip(stations.point.tolist(), stations.by.tolist(), strict=True))}
    points = {str(point): n for n, point in enumerate(demand.index)}
    for row in proof["loads"]:
        pair = points[row["point"]], at[row["station"]]
        loads[place[pair]] = row["people"] / float(demand["weight"].iloc[pair[0]])
    return loads


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
