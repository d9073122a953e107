"""The integer master with links in parts: they come out whole, or are made so, or are whole from the start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from planner.locate.network.constraints import Columns, LinkBalance, LinksPerStation, LoungesLinked, OnePerCentre, Rule
from planner.locate.network.coverage import Measure
from planner.locate.network.master import Master, make_master
from planner.locate.network.objectives import Terms
from planner.locate.network.problem import Covering, NetworkProblem, cover_rows
from planner.locate.network.whole import solve_whole
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock


def every_link(n_stations: int, n_lounges: int) -> NetworkProblem:
    """Return stations each of which can run every lounge, a minute further for each step in the order."""
    none = Covering(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    lounge, option = (a.ravel() for a in np.meshgrid(np.arange(n_lounges), np.arange(n_stations), indexing="ij"))
    stations = np.arange(n_stations)
    return NetworkProblem(
        np.empty(0), stations, np.zeros(n_stations, np.int64), stations, 1, n_lounges, none, none, lounge, option,
        1.0 + (lounge + option) % 3,
    )  # fmt: skip


def program(problem: NetworkProblem, rules: list[Rule], cost: np.ndarray) -> tuple[mip.Model, Master]:
    """Return the program of least cost in which every station is open, and its master."""
    columns = Columns.of(problem, links=True)
    master = make_master(problem, rules, [Measure.of(problem, columns, "covered", cover_rows(problem))], columns)
    wide = np.zeros(master.layout.count)
    wide[: len(cost)] = cost
    model = master.model(Terms(wide), maximise=False)
    model.lower[: problem.n_options] = 1.0
    return model, master


def costs(problem: NetworkProblem) -> np.ndarray:
    """Return the travel of each link."""
    cost = np.zeros(Columns.of(problem, links=True).count)
    cost[Columns.of(problem, links=True).links] = problem.link_effort
    return cost


def test_links_that_only_parts_can_balance_are_impossible() -> None:
    """Five lounges on three stations that run equally many: 5/3 each would do in parts only."""
    problem = every_link(3, 5)
    rules: list[Rule] = [LinkBalance(0), LoungesLinked(tuple(range(5)), tuple("abcde"))]
    model, master = program(problem, rules, costs(problem))
    parts = mip.solve(replace(model, integer=None), Clock(10.0))
    assert parts.status == "optimal"
    assert solve_whole(model, master, Clock(10.0), absolute_gap=1e-6).status == "infeasible"


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("difference", [0, 1, 2])
def test_the_answer_is_that_with_whole_links(seed: int, difference: int) -> None:
    """Under balance, limits and a row that ties the links to one another the value is that of whole links."""
    chance = np.random.default_rng(seed)
    problem = every_link(3, 6)
    rules: list[Rule] = [LinksPerStation(1, 3), LinkBalance(difference)]
    price = costs(problem)
    links = Columns.of(problem, links=True).links
    price[links] = chance.integers(-5, 6, len(links)).astype(float)
    model, master = program(problem, rules, price)
    weight = np.zeros(master.layout.count)
    weight[links] = chance.integers(1, 8, len(links)).astype(float)
    tied = replace(
        model,
        matrix=sp.csc_array(sp.vstack([model.matrix, sp.csr_array(weight[None, :])])),
        row_lower=np.append(model.row_lower, -np.inf),
        row_upper=np.append(model.row_upper, 13.5),
    )
    whole = mip.solve(tied, Clock(10.0))
    found = solve_whole(tied, master, Clock(10.0), absolute_gap=1e-6)
    assert (found.status, found.objective) == (whole.status, pytest.approx(whole.objective, abs=1e-6, nan_ok=True))
    if found.x is not None:
        chosen = found.x[links]
        assert np.abs(chosen - np.round(chosen)).max() <= 1e-6


def test_a_centre_of_several_sites_chooses_as_before() -> None:
    """Columns for what each centre chooses change no answer: the best site of each centre, and no column more."""
    stations = np.arange(6)
    problem = replace(every_link(6, 2), site_centre=stations // 3)
    columns = Columns.of(problem, links=True)
    one_each: list[Rule] = [OnePerCentre(), LoungesLinked((0, 1), ("a", "b"))]
    model, master = program(problem, one_each, np.append([5.0, 3.0, 4.0, 9.0, 8.0, 7.0], costs(problem)[6:]))
    model.lower[:6] = 0.0
    assert master.choices.shape[0] == 2
    whole, found = mip.solve(model, Clock(10.0)), solve_whole(model, master, Clock(10.0))
    assert found.x is not None
    assert len(found.x) == len(model.cost)
    assert found.objective == pytest.approx(whole.objective)
    assert found.x[: columns.n_options].tolist() == np.round(whole.x).tolist()[:6]
