"""A year of approval: decisions of three departments in every format, the plan made again each time, nothing lost."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

import planner
from planner.analysis.conflicts import conflicts
from planner.analysis.forces import decided_forces, free_tables
from planner.analysis.prices import decision_prices
from planner.decided import moved_id, offered
from planner.locate.network.problem import NetworkProblem, cover_rows
from planner.network.tables import make_tables, network_problem
from planner.review.decisions.ledger import Ledger
from planner.review.decisions.read import read_opinions, settle, settled_last
from planner.scenario import Scenario
from planner.siting import prepare

WORDS = {"approved": "同意。", "rejected": "不同意", "moved": "建议换址", "deferred": "暂缓"}


def second_solve(
    scenario: Scenario,
    problem: NetworkProblem,
    opened: Iterable[int],
    shut: Iterable[int],
    *,
    before: np.ndarray | None = None,
    floor: float = 0.0,
) -> float:
    """The most people covered, or with ``before`` the fewest changes at ``floor``: the plain model, solved by SciPy."""
    rows = cover_rows(problem)
    n, m, k = problem.n_options, problem.n_lounges, len(rows.weights)
    width = n + m + k
    runs = sp.csr_array((np.ones(len(problem.link_lounge)), (problem.link_lounge, problem.link_option)), shape=(m, n))
    blocks = [
        (sp.hstack([-rows.reach, sp.eye_array(k)]), -np.inf, 0.0),
        (sp.hstack([-runs, sp.eye_array(m), sp.csr_array((m, k))]), -np.inf, 0.0),
    ]

    def counted(members: np.ndarray, low: float, high: float) -> None:
        row = np.zeros((1, width))
        row[0, np.flatnonzero(members)] = 1.0
        blocks.append((sp.csr_array(row), low, high))

    centre = problem.site_centre[problem.option_site]
    for one in np.unique(centre):
        counted(centre == one, -np.inf, 1.0)
    for at, kind in enumerate(scenario.types):
        low, high = kind.quota
        counted(problem.option_type == at, low, np.inf if high is None else high)
    for site in opened:
        counted(problem.option_site == site, 1.0, 1.0)
    for site in shut:
        counted(problem.option_site == site, 0.0, 0.0)
    people = np.concatenate([np.zeros(n + m), rows.weights])
    cost = -people
    if before is not None:
        blocks.append((sp.csr_array(people[None, :]), floor - 1e-6, np.inf))
        cost = np.concatenate([np.where(np.isin(np.arange(n), before), -1.0, 1.0), np.zeros(m + k)])
    whole = np.concatenate([np.ones(n), np.zeros(m + k)])
    limits = [LinearConstraint(sp.csr_array(matrix), low, high) for matrix, low, high in blocks]
    found = milp(cost, integrality=whole, bounds=Bounds(0, 1), constraints=limits, options={"mip_rel_gap": 0.0})
    return float(found.fun if before is not None else -found.fun) if found.success else float("nan")


def departments(plan: planner.Plan, folder: Path, dice: random.Random) -> list[Path]:
    """The files of three departments: a filled workbook, a CSV and marks, each about sites of its own."""
    stations = [str(site) for site in plan.stations.index]
    free = plan.candidates[(plan.candidates["status"] == "optional") & ~plan.candidates["chosen"]]
    spare = free.sort_values("people_added", ascending=False).index[:20].astype(str).tolist()
    sites = dice.sample(stations, 5) + dice.sample(spare, 1)
    says = {}
    for number, site in enumerate(sites):
        verdict = dice.choice(["approved", "rejected", "moved", "deferred"]) if number < 5 else "approved"
        place = ""
        if verdict == "moved":
            here = plan.candidates.geometry[site]
            place = f"{here.x + dice.uniform(-1, 1) * 1e-3:.6f}, {here.y + dice.uniform(-1, 1) * 1e-3:.6f}"
        says[site] = (verdict, place)
    own = [dict(list(says.items())[at::3]) for at in range(3)]
    return [book(plan, folder, own[0]), table(plan, folder, own[1]), marks(plan, folder, own[2])]


def book(plan: planner.Plan, folder: Path, says: dict[str, tuple[str, str]]) -> Path:
    planner.export(plan, folder)
    path = folder / "candidates.xlsx"
    filled = openpyxl.load_workbook(path)
    sheet = filled.active
    assert sheet is not None
    heads = {str(sheet.cell(4, at).value): at for at in range(1, sheet.max_column + 1)}
    for row in range(5, sheet.max_row + 1):
        site = sheet.cell(row, heads["编号\nid"]).value
        if site in says:
            sheet.cell(row, heads["意见\nverdict"]).value = WORDS[says[site][0]]
            sheet.cell(row, heads["新位置\nnew place"]).value = says[site][1]
            sheet.cell(row, heads["决定人\ndecided by"]).value = "人社局"
    listed = {sheet.cell(row, heads["编号\nid"]).value for row in range(5, sheet.max_row + 1)}
    for site in set(says) - listed:
        sheet.append([None] * (sheet.max_column + 1))
        row = sheet.max_row + 1
        sheet.cell(row, heads["编号\nid"]).value = site
        sheet.cell(row, heads["意见\nverdict"]).value = WORDS[says[site][0]]
        sheet.cell(row, heads["新位置\nnew place"]).value = says[site][1]
    filled.save(path)
    return path


def table(plan: planner.Plan, folder: Path, says: dict[str, tuple[str, str]]) -> Path:
    rows = [(plan.id, site, place, "OK" if verdict == "approved" else WORDS[verdict], "住建局", "2026年3月1日")
            for site, (verdict, place) in says.items()]  # fmt: skip
    path = folder / "住建局.csv"
    pd.DataFrame(rows, columns=["方案编号", "站点编号", "新址", "意见", "审批人", "日期"]).to_csv(
        path, index=False, encoding="gb18030"
    )
    return path


def marks(plan: planner.Plan, folder: Path, says: dict[str, tuple[str, str]]) -> Path:
    found = [
        {"site": site, "verdict": verdict, "by": "街道办", "date": "2026-03-02",
         "place": [float(part) for part in place.split(",")] if place else None}
        for site, (verdict, place) in says.items()
    ]  # fmt: skip
    path = folder / "marks.json"
    path.write_text(json.dumps({"format": "planner-marks/1", "plan": plan.id, "marks": found}), encoding="utf-8")
    return path


def decided_plan(scenario: Scenario, ledger: Ledger, previous: planner.Plan) -> planner.Plan:
    """The plan around the ledger; where decisions stand against each other, the first smallest set is undone."""
    while True:
        now = ledger.current()
        try:
            return planner.plan(scenario, decisions=now, previous=previous)
        except planner.InfeasibleError:
            found = conflicts(prepare(scenario, decisions=offered(now)), now)
            assert found
            entries = ledger.entries()
            back = {site for site, _ in found[0].decisions}
            back |= {moved_id(site) for site in back} & set(now["site"])
            for site in back:
                ledger.undo(int(entries.index[entries["site"] == site][-1]), by="负责人", reason="与其他决定冲突")


def check_again(plan: planner.Plan, previous: planner.Plan) -> None:
    """The plan is the best under the decisions, and has the fewest changes of those within the allowed loss."""
    tables = make_tables(plan.scenario, plan.demand, plan.candidates, plan.lounges, plan.centres)
    problem = network_problem(plan.scenario, tables, plan.pairs)
    required = np.flatnonzero(tables.sites["status"] == "required").tolist()
    best = second_solve(plan.scenario, problem, required, [])
    assert plan.solution.best == pytest.approx(best, abs=1e-6)
    kept = set(zip(previous.stations.index.astype(str), previous.stations["type"], strict=True))
    pairs = zip(tables.options["site"], tables.options["type"], strict=True)
    before = np.flatnonzero([pair in kept for pair in pairs])
    floor = best * (1 - plan.scenario.solve.allowed_loss)
    fewest = second_solve(plan.scenario, problem, required, [], before=before, floor=floor)
    assert len(plan.stations) - 2 * int(np.isin(plan.solution.options, before).sum()) == round(fewest)


def check_prices(scenario: Scenario, now: pd.DataFrame, most: int) -> None:
    """Each price is the difference of two full solves of the plain model, with the decision and without it."""
    siting = prepare(scenario, decisions=offered(now))
    priced = decision_prices(siting, now)
    free, tables, _ = free_tables(siting.scenario, siting.tables)
    problem = network_problem(free, tables, siting.pairs)
    forces = {str(row["site"]): decided_forces(row) for row in now.to_dict("records")}

    def value(sites: Iterable[str]) -> float:
        shut = {site for one in sites for site in forces[one][1] if site in tables.sites.index}
        opened = {site for one in sites for site in forces[one][0]} - shut
        at = [[int(tables.sites.index.get_loc(site)) for site in sorted(part)] for part in (opened, shut)]
        return second_solve(free, problem, *at)

    together = value(forces)
    for site in list(forces)[:most]:
        without = value([other for other in forces if other != site])
        assert priced.loc[site, "price"] == pytest.approx(without - together, nan_ok=True, abs=1e-6)
        assert priced.loc[site, "alone"] == pytest.approx(value([]) - value([site]), nan_ok=True, abs=1e-6)


@pytest.mark.parametrize("rounds", [1, pytest.param(30, marks=pytest.mark.slow)])
def test_a_year_of_decisions(root: Path, tmp_path: Path, rounds: int) -> None:
    """Every re-plan equals a second solve in people and changes, each price two full solves; the ledger is whole."""
    dice = random.Random(7)
    scenario = planner.read_scenario(root / "data" / "geo" / "jiaojiang" / "scenario.toml")
    plan: Any = planner.plan(scenario)
    ledger, written = Ledger(tmp_path / "decisions.sqlite"), 0
    for number in range(rounds):
        folder = tmp_path / f"round{number}"
        folder.mkdir()
        opinions, report = read_opinions(*departments(plan, folder, dice), plan=plan)
        settled = settle(opinions, report)
        report.stop_if_refused()
        assert len(settled) == 6
        written += ledger.append(settled_last(opinions, settled)).new
        previous, plan = plan, decided_plan(scenario, ledger, plan)
        assert planner.verify(plan) == []
        check_again(plan, previous)
        check_prices(scenario, ledger.current(), 6)
    entries = ledger.entries()
    assert (entries["kind"] == "decision").sum() == written == 6 * rounds
    state = ledger.verify()
    assert not state.faults
    assert state.entries == len(entries)
