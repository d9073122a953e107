"""Read all inputs of a scenario as far as they can be read, and judge them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd

from planner.candidates import find_candidates
from planner.centres import find_centres
from planner.demand import demand_points
from planner.errors import Fault, InputError, PlannerError
from planner.inputs.district import District, read_district
from planner.inputs.report import Report
from planner.review.check.findings import Finding, judge
from planner.rules import apply_rule_pack
from planner.scenario import Scenario, Source
from planner.street_changes import travel_faults

__all__ = ["CheckResult", "FileAccount", "check"]


@dataclass(frozen=True, slots=True)
class FileAccount:
    """One file of the scenario: its role, its report, and the faults that keep it from being used."""

    role: str
    file: str
    report: Report
    faults: tuple[Fault, ...] = ()
    licence: str = ""
    date: str = ""

    @property
    def usable(self) -> bool:
        """Whether the file could be read."""
        return not self.faults


@dataclass(frozen=True)
class CheckResult:
    """What ``planner check`` found: one account per file, the tables of the siting problem, and the findings.

    ``exit_code`` is 2 when a plan could not be trusted, else 0.
    """

    scenario: Scenario
    files: tuple[FileAccount, ...]
    district: District | None
    demand: gpd.GeoDataFrame | None
    centres: gpd.GeoDataFrame | None
    candidates: gpd.GeoDataFrame | None
    reports: tuple[Report, ...]
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """2 when a finding says stop, else 0."""
        return 2 if any(finding.level == "stop" for finding in self.findings) else 0


def check(scenario: Scenario) -> CheckResult:
    """Return the account of all inputs; raises nothing that a planner could cause.

    >>> from planner.scenario import read_scenario
    >>> check(read_scenario("data/geo/jiaojiang/scenario.toml")).exit_code  # doctest: +SKIP
    0
    """
    reports: list[Report] = []
    faults: list[Fault] = []
    scenario = _with_rule_pack(scenario, reports, faults)
    district = _read(scenario, faults)
    faults += travel_faults(scenario, district.roads if district else None)
    stages: dict[str, Any] = {"demand": None, "centres": None, "candidates": None}
    if district is not None:
        _run(stages, reports, faults, "demand", lambda: demand_points(scenario, district))
        _run(stages, reports, faults, "centres", lambda: find_centres(scenario, district))
        if stages["centres"] is not None:
            centres = stages["centres"]
            _run(stages, reports, faults, "candidates", lambda: find_candidates(scenario, district, centres))
    files = _accounts(scenario, district, faults)
    findings = judge(scenario, [(one.role, one.report) for one in files], faults, district, stages, reports)
    return CheckResult(
        scenario=scenario,
        files=files,
        district=district,
        reports=tuple(reports),
        findings=tuple(findings),
        **stages,
    )


def _run(
    stages: dict[str, Any],
    reports: list[Report],
    faults: list[Fault],
    name: str,
    stage: Callable[[], tuple[gpd.GeoDataFrame, Report]],
) -> None:
    try:
        stages[name], report = stage()
    except InputError as error:
        faults.extend(error.faults)
    except PlannerError as error:
        faults.append(Fault(str(error)))
    else:
        reports.append(report)


def _with_rule_pack(scenario: Scenario, reports: list[Report], faults: list[Fault]) -> Scenario:
    """Return the scenario with its rule pack filled in; one that cannot be used is a fault."""
    try:
        filled, report = apply_rule_pack(scenario)
    except PlannerError as error:
        faults.append(Fault(str(error)))
        return scenario
    reports += [report] if report.entries else []
    return filled


def _read(scenario: Scenario, faults: list[Fault]) -> District | None:
    """Read all files; those that cannot be used are left out, and the rest is read without them."""
    left = scenario
    while True:
        try:
            return read_district(left)
        except InputError as error:
            faults += error.faults
            bad = {Path(fault.file).name for fault in error.faults if fault.file}
            good = tuple(source for source in left.files if _name(source) not in bad)
            if len(good) == len(left.files):
                return None
            left = left.model_copy(update={"files": good})


def _name(source: Source) -> str:
    return source.path.name if source.path is not None else ""


def _accounts(scenario: Scenario, district: District | None, faults: list[Fault]) -> tuple[FileAccount, ...]:
    reports = list(district.reports) if district is not None else []
    accounts = []
    for source in scenario.files:
        if source.path is None:
            continue
        name = source.path.name
        own = tuple(fault for fault in faults if Path(fault.file).name == name)
        found = [one for one in reports if one.source == name and one.facts.get("role", source.role) == source.role]
        report = found[0] if found else Report(name)
        unread = () if found else own or (Fault("not read, because another file could not be read", file=name),)
        accounts.append(FileAccount(source.role, name, report, unread, source.licence, source.date))
    return tuple(accounts)
