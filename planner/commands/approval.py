"""The commands of the approval round: plan around decisions, export, decide, the ledger, compare."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import geopandas as gpd
import pandas as pd
import typer
from rich.markup import escape
from rich.table import Table

import planner
from planner.analysis.conflicts import conflicts
from planner.analysis.prices import decision_prices
from planner.commands.shared import (
    Dask,
    Out,
    Pois,
    Roads,
    ScenarioPath,
    console,
    facts,
    finish,
    make,
    read_scenario,
    show_report,
    show_written,
)
from planner.decided import check_together, offered
from planner.inputs.report import Report
from planner.review.approval.folder import Extra, export_folder
from planner.review.decisions.known_sites import Judged
from planner.review.decisions.ledger import Ledger
from planner.review.decisions.read import COLUMNS, read_opinions, settle, settled_last
from planner.review.decisions.standing import against_standing
from planner.review.decisions.verdicts import VERDICTS
from planner.scenario import Scenario
from planner.siting import known_candidates, prepare
from planner.tables_out import write_csv, write_workbook

__all__ = ["register"]

Decisions = Annotated[
    list[Path] | None, typer.Option("--decisions", help="批复文件 filled lists, marks, or a ledger (.sqlite)")
]
Previous = Annotated[Path | None, typer.Option(help="原方案 plan.json to change as little as possible")]
LedgerPath = Annotated[Path | None, typer.Option("--ledger", help="台账 ledger; decisions.sqlite beside the scenario")]
Shapefile = Annotated[bool, typer.Option("--shapefile", help="另写 Shapefile write Shapefiles as well")]
Gcj02 = Annotated[bool, typer.Option("--gcj02", help="另写 GCJ-02 坐标副本 write a copy in GCJ-02 as well")]
Jobs = Annotated[int, typer.Option(min=1, help="进程数 processes for the prices")]
_HEADINGS = {
    "site": "站点 site", "before": "原 before", "after": "现 after", "change": "变化 change", "to": "迁至 to",
    "measure": "指标 measure", "group": "人群 group", "gain": "增减 gain", "unit": "单位 unit", "area": "片区 area",
    "lounge": "会客厅 lounge",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(name="plan", epilog="例 Example: planner plan data/geo/jiaojiang/scenario.toml")(plan_command)
    app.command(name="export", epilog="例 Example: planner export data/geo/jiaojiang/scenario.toml")(export_command)
    app.command(epilog="例 Example: planner decide data/geo/jiaojiang/scenario.toml decisions.xlsx")(decide)
    app.command(epilog="例 Example: planner decisions data/geo/jiaojiang/decisions.sqlite --site FY014")(decisions)
    app.command(name="compare", epilog="例 Example: planner compare old/plan.json outputs/approval/plan.json")(
        compare_command
    )


def plan_command(
    scenario: ScenarioPath,
    roads: Roads = None,
    pois: Pois = None,
    out: Out = Path("outputs"),
    decided: Decisions = None,
    previous: Previous = None,
    dask: Dask = "",
) -> None:
    """求解并写出地图与候选清单 Make the plan, check it, write the map and the candidate list."""
    made, table, record = _planned(read_scenario(scenario, roads, pois, dask), decided, previous)
    finish(made, _write(made, out, table, record))


def export_command(
    scenario: ScenarioPath,
    roads: Roads = None,
    pois: Pois = None,
    out: Out = Path("outputs"),
    decided: Decisions = None,
    previous: Previous = None,
    shapefile: Shapefile = False,
    gcj02: Gcj02 = False,
    jobs: Jobs = 1,
    dask: Dask = "",
) -> None:
    """写出整套报批文件 Make the plan and write the folder for approval: list, dossier, GIS files, record."""
    made, _, _ = _planned(read_scenario(scenario, roads, pois, dask), decided, previous)
    written = planner.export(made, out / "approval")
    wanted: dict[Extra, bool] = {"shapefile": shapefile, "gcj02": gcj02}
    with console.status("写出 writing …"):
        extras = [name for name, asked in wanted.items() if asked]
        written.append(export_folder(made, out / "approval", extras=extras, jobs=jobs))
    finish(made, written)


def decide(
    scenario: ScenarioPath,
    decisions: Annotated[list[Path], typer.Argument(help="批复文件 filled lists (.xlsx, .ods, .csv) or marks (.json)")],
    previous: Previous = None,
    roads: Roads = None,
    pois: Pois = None,
    out: Out = Path("outputs"),
    ledger: LedgerPath = None,
    prices: Annotated[bool, typer.Option(help="计算每项决定的代价 work out what each decision costs")] = True,
    jobs: Jobs = 1,
    dask: Dask = "",
) -> None:
    """按批复重做方案 Enter the decisions in the ledger, and make the plan again with the fewest changes."""
    settings = read_scenario(scenario, roads, pois, dask)
    before = out / "approval" / "plan.json" if previous is None else previous
    record = planner.read_record(before) if previous is not None or before.is_file() else None
    book = Ledger(scenario.parent / "decisions.sqlite" if ledger is None else ledger)
    opinions, settled = _read(decisions, _scenario_sites(settings, book) if record is None else record)
    check_together(_over(book.current(), book.news(settled)))
    entered = book.append(settled_last(opinions, settled))
    console.print(f"台账 ledger {escape(str(book.path))}: 新增 new {entered.new}, 已有 there already {entered.already}")
    table = book.current()
    console.print(f"批复 decisions: {escape(facts(table['verdict'].value_counts().to_dict()))}")
    made = _make_around(settings, table, record)
    written = _write(made, out, table, record)
    if record is not None:
        written += _difference(planner.compare(record, made), out / "approval" / "changes.xlsx")
    if prices and len(table):
        with console.status("代价 prices …"):
            priced = decision_prices(prepare(settings, decisions=offered(table)), table, jobs=jobs)
        written.append(_prices(priced, out / "approval" / "prices.xlsx"))
    finish(made, written)


def decisions(
    ledger: Annotated[Path, typer.Argument(help="台账 ledger of a study area (decisions.sqlite)")],
    site: Annotated[str, typer.Option(help="站点编号 only this site")] = "",
    verdict: Annotated[str, typer.Option(help="意见 approved, rejected, moved or deferred")] = "",
    by: Annotated[str, typer.Option(help="决定人 only by this person")] = "",
    since: Annotated[str, typer.Option(help="起始日期 recorded on or after, 2026-03-01")] = "",
    current: Annotated[bool, typer.Option("--current", help="只看现行 only what holds now")] = False,
    undo: Annotated[int, typer.Option(help="撤销 number of an entry to take back, with --by and --reason")] = 0,
    reason: Annotated[str, typer.Option(help="撤销原因 why it is taken back")] = "",
    save: Annotated[Path | None, typer.Option(help="导出 write the list as .csv or .xlsx")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="核对 check the chain of hashes")] = False,
) -> None:
    """查看决定台账 List, filter, export, check the ledger of decisions; take one back by a new entry."""
    _must_be_there(ledger)
    book = Ledger(ledger)
    if undo:
        if not by:
            raise planner.ScenarioError("--undo needs --by: the ledger says who took a decision back.")
        book.undo(undo, by=by, reason=reason)
        by = ""
    entries = book.entries()
    if current:
        now = book.current()
        entries = entries[entries["kind"].eq("decision") & entries["hash"].isin(_standing(entries, now))]
    for name, wanted in (("site", site), ("verdict", _verdict_id(verdict)), ("by", by)):
        entries = entries[entries[name] == wanted] if wanted else entries
    entries = entries[entries["recorded"] >= since] if since else entries
    _show_entries(entries)
    if save is not None:
        table = entries.reset_index()
        write_workbook({"decisions": table}, save) if save.suffix.lower() == ".xlsx" else write_csv(table, save)
        show_written([save])
    if verify:
        state = book.verify()
        for fault in state.faults:
            console.print(f"[red]✗[/] {escape(str(fault))}")
        console.print(f"台账 ledger: {state.entries} 条 entries, head {state.head}")
        if state.faults:
            raise SystemExit(1)


def compare_command(
    old: Annotated[Path, typer.Argument(help="plan.json of the older plan")],
    new: Annotated[Path, typer.Argument(help="plan.json of the newer plan")],
    save: Annotated[Path | None, typer.Option(help="导出 write the difference as .xlsx")] = None,
) -> None:
    """比较两个方案 Show what has changed from one plan to another."""
    show_written(_difference(planner.compare(planner.read_record(old), planner.read_record(new)), save))


def _planned(
    scenario: Scenario, decided: list[Path] | None, previous: Path | None
) -> tuple[planner.Plan, pd.DataFrame | None, planner.Record | None]:
    """Make the plan around decisions and an earlier plan; return these two as well, as they were read."""
    record = None if previous is None else planner.read_record(previous)
    table = _decided(decided, record) if decided else None
    return _make_around(scenario, table, record), table, record


def _decided(paths: list[Path], record: planner.Record | None) -> pd.DataFrame:
    """Return the decisions of files, of a ledger, or of both; files speak last."""
    ledgers = [path for path in paths if path.suffix.lower() == ".sqlite"]
    for path in ledgers:
        _must_be_there(path)
    files = [path for path in paths if path not in ledgers]
    books = [Ledger(path) for path in ledgers]
    standing = _last([book.current() for book in books] or [pd.DataFrame(columns=list(COLUMNS))])
    if not files:
        return standing
    news = _read(files, record)[1]
    for book in books:
        news = book.news(news)
    return _over(standing, news)


def _over(standing: pd.DataFrame, news: pd.DataFrame) -> pd.DataFrame:
    """Return what holds once new decisions are entered; what they replace is shown, and what is older refused."""
    report = Report("decisions")
    against_standing(news, standing, report)
    report.stop_if_refused()
    if report.entries:
        show_report(report, whole=True)
    return _last([standing, news])


def _last(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the last decision on each site."""
    filled = [table for table in tables if len(table)] or tables[:1]
    return pd.concat(filled, ignore_index=True).drop_duplicates("site", keep="last").reset_index(drop=True)


@dataclass(frozen=True)
class _ScenarioSites:
    """The candidates of a scenario that has no plan yet; its ``id`` is blank, so that rows of any plan count."""

    candidates: gpd.GeoDataFrame
    id: str = ""


def _scenario_sites(scenario: Scenario, book: Ledger) -> _ScenarioSites:
    """Return the candidates that decisions may name where no earlier plan says them, and tell so.

    The ledger only grows: an id that is no candidate would stop every later plan around it.
    """
    console.print("没有原方案,编号与候选站点核对 no earlier plan: ids are compared with the scenario's candidates")
    with console.status("读取数据 reading …"):
        return _ScenarioSites(known_candidates(scenario, book.current()))


def _read(files: list[Path], judged: Judged | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the opinions of files, and of each site the one that counts; all that is to be told of them is shown."""
    opinions, report = read_opinions(*files, plan=judged)
    settled = settle(opinions, report)
    report.stop_if_refused()
    show_report(report, whole=True)
    return opinions, settled


def _must_be_there(ledger: Path) -> None:
    if not ledger.is_file():
        raise planner.InputError(f"{ledger}: there is no such ledger. planner decide makes it.")


def _make_around(scenario: Scenario, table: pd.DataFrame | None, record: planner.Record | None) -> planner.Plan:
    """Make the plan; where decisions make it impossible, say which of them to revisit."""
    try:
        return make(scenario, decisions=table, previous=record)
    except planner.InfeasibleError as error:
        if table is None or not len(table):
            raise
        found = conflicts(prepare(scenario, decisions=offered(table)), table, time_limit=scenario.solve.time_limit)
        if not found:
            raise
        lines = "\n".join(f"- {revision}" for revision in found)
        text = f"请重新考虑其中任意一组决定 Revisit the decisions of any one of these smallest sets:\n{lines}"
        raise planner.InfeasibleError(f"{error}\n{text}") from None


def _write(made: planner.Plan, out: Path, table: pd.DataFrame | None, record: planner.Record | None) -> list[Path]:
    """Write the map, with what it is compared with and decided, and the lists."""
    path = out / "maps" / f"{made.scenario.district.id}.html"
    return [planner.save_map(made, path, other=record, decisions=table), *planner.export(made, out / "approval")]


def _difference(difference: planner.Difference, path: Path | None) -> list[Path]:
    shown = Table("站点 site", "原 before", "现 after", "变化 change", "迁至 to", title="方案变化 difference")
    for row in difference.stations[difference.stations["change"] != "kept"].itertuples():
        shown.add_row(*(escape(str(value)) for value in row))
    console.print(shown)
    console.print(escape(str(difference)))
    if path is None:
        return []
    sheets = {title: table.round(4).rename(columns=_HEADINGS) for title, table in difference.tables().items()}
    write_workbook(sheets, path)
    return [path]


def _prices(priced: pd.DataFrame, path: Path) -> Path:
    heads = ("站点 site", "意见 verdict", "代价(人) price", "单独 alone", "状态 status", "替代 instead")
    table = Table(*heads, title="每项决定的代价 what each decision costs, in people")
    for site, row in priced.iterrows():
        values = (row["verdict"], row["price"], row["alone"], row["status"], row["best_instead"])
        table.add_row(escape(str(site)), *(escape(f"{v:.1f}" if isinstance(v, float) else str(v)) for v in values))
    console.print(table)
    write_workbook({"代价 prices": priced.reset_index()}, path)
    return path


def _show_entries(entries: pd.DataFrame) -> None:
    columns = ("recorded", "kind", "site", "name", "verdict", "by", "date", "reason", "source", "row", "plan")
    table = Table("编号 seq", *columns)
    for seq, row in entries.iterrows():
        values: list[Any] = [seq, *(row[name] for name in columns)]
        table.add_row(*(escape("" if value is None else str(value)) for value in values))
    console.print(table)


def _standing(entries: pd.DataFrame, now: pd.DataFrame) -> set[str]:
    """Return the hashes of the entries that hold now: of each site the last decision that was not undone."""
    undone = set(entries.loc[entries["kind"] == "undo", "undoes"])
    stands = entries[(entries["kind"] == "decision") & ~entries.index.isin(undone)]
    return set(stands.drop_duplicates("site", keep="last").loc[lambda rows: rows["site"].isin(now["site"]), "hash"])


def _verdict_id(text: str) -> str:
    return next((verdict for verdict, word in VERDICTS.items() if text in (verdict, word)), text)
