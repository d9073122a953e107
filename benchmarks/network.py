"""The joint model against the plain full model through HiGHS, in the same run; writes results/network.json."""

from __future__ import annotations

import json
import math
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

import planner
from benchmarks.districts import random_district, street_district
from planner.locate.network.constraints import Columns, Rows, Rule
from planner.locate.network.model import NetworkSolution, solve_network
from planner.locate.network.problem import NetworkProblem
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock
from planner.plan import Plan
from planner.rule_settings import LinkRules, NetworkRules, ObjectiveRule, Phase
from planner.scenario import Scenario

ROOT = Path(__file__).resolve().parent.parent
STREETS = Path(os.environ.get("PLANNER_SHARED", ROOT.parent / "shared")) / "data/osm/wuhan_streets_osm_utm50n.parquet"
REPEATS = 3
CLUSTERED = {"clusters": 40, "radius": 0.03}
WORK = [
    ("400 sites x 3 types x 10,000 points x 61 lounges, clustered", (400, 10_000, 61, (6, 4, 3)), CLUSTERED, 10, True),
    ("400 sites x 3 types x 10,000 points x 61 lounges, dense", (400, 10_000, 61, (6, 4, 3)), {"radius": 0.06}, 10, True),
    ("1,000 x 3 x 50,000 x 200, clustered", (1000, 50_000, 200, (10, 8, 6)), {"clusters": 80, "radius": 0.03}, 300, False),
    ("1,000 x 3 x 50,000 x 200, dense", (1000, 50_000, 200, (10, 8, 6)), {"radius": 0.06}, 300, False),
    ("2,000 x 3 x 200,000, 100 stations, clustered", (2000, 200_000, 200, (40, 30, 30)), {"clusters": 200, "radius": 0.02}, 600, False),
    ("2,000 x 3 x 200,000, 100 stations, dense", (2000, 200_000, 200, (40, 30, 30)), {"radius": 0.04}, 600, False),
]  # fmt: skip
PEER_LIMIT = 120.0


def plain(problem: NetworkProblem, rules: list[Rule]) -> mip.Model:
    """Return the full model as one would write it: a row per point, a column per link, nothing merged."""
    columns = Columns.of(problem, links=True)
    n_points = len(problem.weights)
    direct = sp.csr_array(
        (np.ones(len(problem.stations.point)), (problem.stations.point, problem.stations.by)),
        (n_points, problem.n_options),
    )
    through = sp.csr_array(
        (np.ones(len(problem.outreach.point)), (problem.outreach.point, problem.outreach.by)),
        (n_points, problem.n_lounges),
    )
    width = columns.count + n_points
    cover = sp.hstack([-direct, -through, sp.csr_array((n_points, columns.n_links + 1)), sp.eye_array(n_points)])
    n = columns.n_links
    at = (np.tile(np.arange(n), 2), np.concatenate([columns.links, problem.link_option]))
    stands = sp.csr_array((np.concatenate([np.ones(n), -np.ones(n)]), at), (n, width))
    at = (
        np.concatenate([np.arange(problem.n_lounges), problem.link_lounge]),
        np.concatenate([columns.lounges, columns.links]),
    )
    linked = sp.csr_array((np.concatenate([np.ones(problem.n_lounges), -np.ones(n)]), at), (problem.n_lounges, width))
    own = Rows.stacked([rule.rows(problem, columns) for rule in rules], columns.count)
    matrix = sp.vstack([cover, stands, linked, sp.hstack([own.matrix, sp.csr_array((own.matrix.shape[0], n_points))])])
    zero = np.zeros(n_points + n)
    integer = np.zeros(width, dtype=bool)
    integer[: problem.n_options] = integer[columns.links] = True
    return mip.Model(
        cost=np.concatenate([np.zeros(columns.count), problem.weights]),
        matrix=sp.csc_array(matrix),
        row_lower=np.concatenate([np.full(n_points + n, -np.inf), np.zeros(problem.n_lounges), own.lower]),
        row_upper=np.concatenate([zero, np.zeros(problem.n_lounges), own.upper]),
        lower=np.zeros(width),
        upper=np.ones(width),
        integer=integer,
        maximise=True,
    )


def row(work: str, seconds: float, goal: str, *, good: bool, note: str, peer_s: float | None = None) -> dict[str, Any]:
    """Return one row of the table."""
    ratio = None if peer_s is None else round(peer_s / seconds, 1)
    memory = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    made = {"work": work, "ours_s": round(seconds, 3), "peer": None if peer_s is None else "plain full model, HiGHS",
            "peer_s": peer_s and round(peer_s, 2), "ratio": ratio, "goal": goal, "ok": bool(good), "memory_mb": memory,
            "note": note}  # fmt: skip
    print(json.dumps(made, ensure_ascii=False), flush=True)
    return made


def told(solution: NetworkSolution) -> str:
    """Return status, value and gap in words."""
    ties = "settled" if solution.settled else "open"
    return f"{solution.status}, value {solution.objective:.10g}, gap {solution.gap:.4%}, ties {ties}"


def sizes() -> Iterator[dict[str, Any]]:
    """Time every size, and the plain model in turn with ours where it can be solved; the best of several runs."""
    for work, (sites, points, lounges, quota), shape, limit, against in WORK:
        problem, rules = random_district(sites, points, lounges, quota, **shape)
        ours, peer = math.inf, math.inf if against else None
        for _ in range(REPEATS if against else 1):
            begun = time.perf_counter()
            solution = solve_network(problem, rules, time_limit=limit)
            ours = min(ours, time.perf_counter() - begun)
            if peer is not None:
                begun = time.perf_counter()
                plain_answer = mip.solve(plain(problem, rules), Clock(PEER_LIMIT))
                peer = min(peer, time.perf_counter() - begun)
        goal = f"proven in {limit} s and 10 x faster" if against else f"gap at most 0.5 % in {limit} s"
        good = ours <= limit and solution.gap <= (0.0 if against else 0.005) + 1e-9 and (not peer or peer / ours >= 10)
        note = told(solution) + (f"; plain HiGHS {plain_answer.status}, {plain_answer.objective:.0f}" if peer else "")
        yield row(work, ours, goal, good=good, note=note, peer_s=peer)


def every_rule(scenario: Scenario, first: Plan) -> Scenario:
    """The demonstration district with every rule of the scenario on, at values that bind."""
    a, b = (str(site) for site in first.stations.index[:2])
    crowded = {"people": 200, "within": "300m", "at_least": "150m"}
    rules = {
        "spacing": [
            {"at_least": "300m", "crowded": crowded},
            {"at_least": "800m", "types": ["truck_stop"], "by": "street"},
        ],
        "counts": [
            {"areas": [first.stations["area"].iloc[0]], "at_least": 1, "at_most": 2},
            {"kinds": ["industrial_park"], "at_least": 1},
            {"sites": [a, b], "at_least": 1},
            {"types": ["rider_home", "streamer_station"], "at_most": 10},
        ],
        "implications": [{"first": a, "then": b}],
        "shares": [{"what": "open 24 hours", "least": 0.2, "places": ["charging", "parking", "truck_stop", "fuel"]}],
        "budget": 9_000_000,
        "years": 2,
    }
    links = {
        "limit": "15min", "at_least": 1, "at_most": 8, "most_difference": 6, "backup": True, "unlinked_price": 20000,
        "types": [{"kinds": ["building"], "types": ["rider_home", "streamer_station"]}],
    }  # fmt: skip
    losses = {"people_covered": 0.01, "worst_group": 0.01, "lounges_linked": 0.0, "link_travel": 0.0}
    costs = {"cost_to_open": 50_000.0, "cost_to_run": 30_000.0}
    return scenario.model_copy(
        update={
            "rules": NetworkRules.model_validate(rules),
            "links": LinkRules.model_validate(links),
            "objectives": tuple(ObjectiveRule(name=name, allowed_loss=loss) for name, loss in losses.items()),
            "types": tuple(kind.model_copy(update=costs) for kind in scenario.types),
        }
    )


def with_room(scenario: Scenario) -> Scenario:
    """The scenario with room for so many people a station, and a least load."""
    room = dict(zip((kind.id for kind in scenario.types), (150.0, 120.0, 60.0), strict=True))
    types = (kind.model_copy(update={"capacity": room[kind.id], "least_load": 20.0}) for kind in scenario.types)
    return scenario.model_copy(update={"types": tuple(types)})


def with_loads(scenario: Scenario) -> Scenario:
    """The demonstration district with room for so many people, a least load, and links by rule."""
    links = LinkRules.model_validate({"limit": "15min", "at_least": 1, "at_most": 8})
    return with_room(scenario).model_copy(update={"links": links})


def in_phases(scenario: Scenario) -> Scenario:
    """The demonstration district in three phases, as early as possible."""
    phases = [{"name": "1", "budget": 300_000, "at_most": 5}, {"name": "2", "at_most": 5}, {"name": "3"}]
    goals = (ObjectiveRule(name="people_covered"), ObjectiveRule(name="early"))
    return scenario.model_copy(update={"phases": tuple(map(Phase.model_validate, phases)), "objectives": goals})


def demonstration() -> Iterator[dict[str, Any]]:
    """The demonstration district: as it is, with every rule on, with loads, in phases, and again after one decision."""
    scenario = planner.read_scenario(ROOT / "data" / "geo" / "jiaojiang" / "scenario.toml")
    begun = time.perf_counter()
    first = planner.plan(scenario)
    total, solving = time.perf_counter() - begun, first.solution.seconds["total"]
    note = f"{told(first.solution)}; planner.plan {total:.1f} s, from the files on"
    good = solving <= 10 and first.solution.gap == 0
    yield row("demonstration district", solving, "proven in 10 s", good=good, note=note)
    rejected = pd.DataFrame({"site": [first.stations.index[0]], "verdict": ["rejected"]})
    begun = time.perf_counter()
    again = planner.plan(scenario, decisions=rejected, previous=first)
    total, solving = time.perf_counter() - begun, again.solution.seconds["total"]
    note = f"{told(again.solution)}; the solve alone; planner.plan {total:.1f} s, from the files on"
    good = solving <= 1 and again.solution.status == "optimal"
    yield row("demonstration district, again after one decision", solving, "solved in 1 s", good=good, note=note)
    begun = time.perf_counter()
    whole = planner.plan(every_rule(scenario, first))
    total, solving = time.perf_counter() - begun, whole.solution.seconds["total"]
    good = solving <= 10 and whole.solution.status == "optimal"
    note = f"{told(whole.solution)}, four objectives in order; planner.plan {total:.1f} s"
    yield row("demonstration district, every rule on", solving, "proven in 10 s", good=good, note=note)
    for work, changed, limit in (
        (
            "demonstration district, every rule on, capacity and least load too",
            with_room(every_rule(scenario, first)),
            10,
        ),
        ("demonstration district, capacity, least load and links by rule", with_loads(scenario), 60),
        ("demonstration district, in three phases, as early as possible", in_phases(scenario), 60),
    ):
        made = planner.plan(changed).solution
        solving = made.seconds["total"]
        good = solving <= limit and made.status == "optimal"
        yield row(work, solving, f"proven in {limit} s", good=good, note=told(made))


def wuhan() -> Iterator[dict[str, Any]]:
    """Places at random corners of Wuhan's streets, all travel along the streets."""
    if not STREETS.is_file():
        return
    problem, rules = street_district(STREETS, 400, 10_000, 61, (6, 4, 3))
    begun = time.perf_counter()
    solution = solve_network(problem, rules, time_limit=10)
    ours = time.perf_counter() - begun
    begun = time.perf_counter()
    peer = mip.solve(plain(problem, rules), Clock(PEER_LIMIT))
    peer_s = time.perf_counter() - begun
    good = solution.gap == 0 and ours <= 10 and peer_s / ours >= 10
    note = f"{told(solution)}; plain HiGHS {peer.status}, {peer.objective:.0f}"
    work = "400 sites x 3 types x 10,000 points x 61 lounges, on Wuhan's streets"
    yield row(work, ours, "proven in 10 s and 10 x faster", good=good, note=note, peer_s=peer_s)


def main() -> None:
    """Time all of it and write the table."""
    solve_network(*random_district(20, 50, 3, (1, 1), radius=0.2))  # what is compiled at first use
    rows = [*demonstration(), *wuhan(), *sizes()]
    path = ROOT / "benchmarks" / "results" / "network.json"
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
