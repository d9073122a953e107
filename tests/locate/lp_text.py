"""Rows and terms of the joint model as text in the LP format, with names that a planner can read.

Four sites a, b, c, d in three centres (a and b share one); types 1 and 2; two points p and q; two lounges l and m.
"""

from __future__ import annotations

import numpy as np

from planner.locate.network.constraints import Columns, Rows, Rule
from planner.locate.network.master import Master
from planner.locate.network.model import Goal, network_master
from planner.locate.network.objectives import Objective, PeopleCovered
from planner.locate.network.problem import Covering, NetworkProblem

SITES, TYPES, LOUNGES, POINTS = "abcd", "12", "lm", "pq"


def four_sites(phases: int = 1) -> NetworkProblem:
    """The district: every site may be of either type, but d of type 2 only."""
    site, kind = np.array([0, 0, 1, 1, 2, 2, 3]), np.array([0, 1, 0, 1, 0, 1, 1])
    stations = Covering(np.array([0, 0, 0, 1, 1]), np.array([0, 2, 4, 4, 6]), np.array([1.0, 0.5, 1.0, 1.0, 0.5]))
    outreach = Covering(np.array([0, 1]), np.array([0, 1]), np.array([0.5, 1.0]))
    return NetworkProblem(
        weights=np.array([30.0, 20.0]),
        option_site=site,
        option_type=kind,
        site_centre=np.array([0, 0, 1, 2]),
        n_types=2,
        n_lounges=2,
        stations=stations,
        outreach=outreach,
        link_lounge=np.array([0, 0, 0, 1, 1]),
        link_option=np.array([0, 1, 4, 5, 6]),
        link_effort=np.array([60.0, 60.0, 120.0, 90.0, 30.0]),
        n_phases=phases,
    )


def column_names(problem: NetworkProblem, columns: Columns) -> list[str]:
    """The name of every decided column."""
    options = [f"{SITES[s]}{TYPES[t]}" for s, t in zip(problem.option_site, problem.option_type, strict=True)]
    names = [f"y_{option}" for option in options]
    if columns.explicit:
        names += [f"u_{LOUNGES[lounge]}" for lounge in range(problem.n_lounges)]
        links = zip(problem.link_lounge, problem.link_option, strict=True)
        names += [f"x_{LOUNGES[lounge]}_{options[option]}" for lounge, option in links]
    if columns.n_loads:
        pairs = zip(problem.stations.point, problem.stations.by, strict=True)
        names += [f"f_{POINTS[point]}_{options[option]}" for point, option in pairs]
    names += [f"v_{option}_{phase + 1}" for phase in range(columns.n_phases - 1) for option in options]
    return [*names, "level"] if columns.explicit else names


def rule_text(problem: NetworkProblem, rule: Rule) -> str:
    """A rule as LP text: its sentence, its rows, its columns."""
    columns = Columns.of(problem, links=rule.needs_links, loads=rule.needs_loads)
    names = column_names(problem, columns)
    return _text(rule.sentence, "Minimize", " obj: 0", rule.rows(problem, columns), names, columns)


def objective_text(problem: NetworkProblem, objective: Objective) -> str:
    """An objective as LP text: its sentence, its terms, the rows it brings, and the cuts at the empty network."""
    master: Master = network_master(problem, [], [Goal(PeopleCovered()), Goal(objective)], np.array([0, 1]))
    columns, layout = master.layout.columns, master.layout
    keys = [f"{key}_{n}" for n, key in enumerate(layout.key)]
    names = [*column_names(problem, columns), *(f"theta_{key}" for key in keys), "helper", "helper_1"]
    terms = objective.terms(problem, layout)
    cost = _sum(np.flatnonzero(terms.cost), terms.cost[np.flatnonzero(terms.cost)], names)
    sense = "Maximize" if objective.maximise else "Minimize"
    cut = master.behind.cut(np.zeros(columns.count))
    parts = master.counted(terms)
    lines = [f"\\ theta_{keys[k]} <= {cut.constants[k]:g} + {_row(cut.slopes, k, names)}" for k in parts]
    rows = terms.rows or Rows.stacked([], layout.count)
    text = _text(objective.sentence, sense, f" obj: {cost} + {terms.offset:g}", rows, names, columns)
    return "\n".join([*lines, text]) if lines else text


def _text(sentence: str, sense: str, objective: str, rows: Rows, names: list[str], columns: Columns) -> str:
    lines = [f"\\ {sentence}", sense, objective, "Subject To"]
    for row, (low, high) in enumerate(zip(rows.lower, rows.upper, strict=True)):
        left = _row(rows.matrix, row, names)
        if low == high:
            lines.append(f" r{row}: {left} = {low:g}")
        else:
            lines += [f" r{row}a: {left} >= {low:g}"] * bool(np.isfinite(low))
            lines += [f" r{row}b: {left} <= {high:g}"] * bool(np.isfinite(high))
    whole = [names[at] for at in np.flatnonzero(columns.whole)]
    lines += ["Binary", *(f" {name}" for name in whole), "End", ""]
    return "\n".join(lines)


def _row(matrix: object, row: int, names: list[str]) -> str:
    start, end = matrix.indptr[row : row + 2]  # type: ignore[attr-defined]
    return _sum(matrix.indices[start:end], matrix.data[start:end], names)  # type: ignore[attr-defined]


def _sum(columns: np.ndarray, values: np.ndarray, names: list[str]) -> str:
    order = np.argsort(columns, kind="stable")
    terms = [f"{'-' if values[k] < 0 else '+'} {abs(values[k]):.6g} {names[columns[k]]}" for k in order if values[k]]
    return " ".join(terms).removeprefix("+ ") or "0"
