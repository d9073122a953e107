"""What the commands share: the console, the arguments, making a plan with its progress shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape

import planner
from planner.inputs.report import Report
from planner.scenario import Scenario

__all__ = [
    "Dask",
    "Out",
    "Pois",
    "Roads",
    "ScenarioPath",
    "console",
    "facts",
    "finish",
    "make",
    "read_scenario",
    "show_report",
    "show_written",
]

console = Console(soft_wrap=True, highlight=False)

ScenarioPath = Annotated[Path, typer.Argument(help="场景文件 scenario.toml of the study area")]
Roads = Annotated[Path | None, typer.Option(help="道路文件 street file used instead of the scenario's")]
Pois = Annotated[Path | None, typer.Option(help="兴趣点文件 POI file used instead of the scenario's")]
Dask = Annotated[
    str, typer.Option(help="Dask 调度器地址 work travel out on the cluster of this scheduler, tcp://host:port")
]
Out = Annotated[Path, typer.Option(help="输出目录 folder that maps/ and approval/ are written to")]


_GRAVITY: Final = ("refused", "warning", "assumed", "repaired", "skipped")
_SHOWN: Final = 5  # entries of a report that are shown in short


def read_scenario(path: Path, roads: Path | None, pois: Path | None, dask: str = "") -> Scenario:
    """Return the scenario with files replaced, and with the Dask cluster to work travel out on."""
    paths = {role: given for role, given in (("roads", roads), ("pois", pois)) if given is not None}
    scenario = planner.read_scenario(path).with_paths(**paths)
    compute = scenario.compute.model_copy(update={"dask": dask or scenario.compute.dask})
    return scenario.model_copy(update={"compute": compute})


def make(
    scenario: Scenario, *, decisions: pd.DataFrame | None = None, previous: planner.Record | None = None
) -> planner.Plan:
    """Make a plan, show its stages, and check it; raises where it does not pass."""
    with console.status("读取数据 reading …") as status:

        def show(stage: planner.Stage) -> None:
            console.print(f"[green]✓[/] [bold]{stage.name}[/] {escape(facts(stage.facts))}")
            for report in stage.reports:
                show_report(report)
            status.update(f"{stage.name} ✓ …")

        made = planner.plan(scenario, decisions=decisions, previous=previous, on_stage=show)
        status.update("复核 verifying …")
        violations = planner.verify(made)
    if violations:
        lines = "\n".join(f"- {violation}" for violation in violations[:20])
        raise planner.PlannerError(f"The plan does not pass its own check, so nothing was written:\n{lines}")
    console.print("[green]✓[/] [bold]verify[/] 无违规 no violations")
    return made


def show_report(report: Report, *, whole: bool = False) -> None:
    """Show one report in short, the gravest entries first; ``whole`` shows every warning and refusal."""
    counts = {kind: report.count(kind) for kind in ("repaired", "assumed", "skipped", "refused", "warning")}
    told = facts({**report.facts, **{kind: count for kind, count in counts.items() if count}})
    console.print(f"    {escape(report.source)}: {escape(told)}")
    entries = sorted(report.entries, key=lambda entry: _GRAVITY.index(entry.kind))
    grave = sum(entry.kind in ("refused", "warning") for entry in entries) if whole else 0
    most = max(grave, _SHOWN)
    for entry in entries[:most]:
        console.print(f"      [yellow]{entry.kind}[/] {escape(str(entry.fault))}")
    if len(entries) > most:
        where = "" if whole else ",见 planner check  more: see planner check"
        console.print(f"      … 另有 {len(entries) - most} 条{where}")


def facts(known: object) -> str:
    """Return facts in a line."""
    return ", ".join(f"{name} {value}" for name, value in dict(known).items())  # type: ignore[call-overload]


def finish(made: planner.Plan, written: list[Path]) -> None:
    """Show the plan and the files, and end with status 1 where it is not proven."""
    console.print()
    console.print(escape(str(made)))
    console.print()
    show_written(written)
    if made.solution.status != "optimal":
        raise SystemExit(1)


def show_written(written: list[Path]) -> None:
    """Show the files that were written."""
    for path in written:
        console.print(f"已写出 written: {escape(str(path))}")
