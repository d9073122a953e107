"""Among networks of equal values the first in the order of the options: the same plan on any machine.

Networks come one by one: each is cut off (Σ_{o ∈ Y} y_o - Σ_{o ∉ Y} y_o ≤ |Y| - 1) and the master asked for another
that keeps every value. Where there are only a few, the first is taken; where there are many, the options are decided
in their order, some at a time. Then, with the stations fixed, each in its order opens as early as the values allow; and
with links explicit, as many lounges are linked and with as little travel as the values allow, and each lounge in order
goes to the first station.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from planner.locate.network.constraints import Rows
from planner.locate.network.master import linear_bound
from planner.locate.network.objectives import LinkTravel, LoungesLinked, Network, Objective, Terms
from planner.locate.network.rounds import (
    Answer,
    Goal,
    Search,
    as_loads,
    cut_off,
    keep,
    keeps_values,
    near_enough,
    network_of,
    sign_of,
    slack,
)
from planner.locate.network.whole import solve_whole
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["settle"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_FEW = 6
_GRACE = 10.0
_BLOCK = 10


class _OutOfTimeError(Exception):
    """The clock ran out before the ties were settled."""


def settle(search: Search, network: Network, *, proven: bool) -> tuple[Network, bool]:
    """Return the first of the networks that keep every value, and whether the time sufficed to tell.

    Ties may take as long as the objectives took, and a short time more. Of a network that is not ``proven`` to be best
    only the links are settled.
    """
    search = replace(search, until=time.perf_counter() + search.clock.seconds()["total"] + _GRACE)
    settled = proven
    if proven:
        try:
            network = _first_phases(search, _first_options(search, network))
        except _OutOfTimeError:
            settled = False
    late = search if settled else replace(search, clock=Clock(_GRACE), until=math.inf)
    columns = search.master.layout.columns
    try:
        if columns.explicit:
            network = _first_links(late, network)
        if network.loads is not None:
            network = _loaded_afresh(late, network)
    except _OutOfTimeError:
        return network, False
    return network, settled


def _first_options(search: Search, network: Network) -> Network:
    """Return the network that comes first by its options."""
    equals = [network]
    for other in _others(search, network, _option_signs):
        equals.append(other)
        if len(equals) > _FEW:
            return _in_order(search)
    return min(equals, key=lambda one: _place(search, one))


def _others(search: Search, network: Network, signs: Callable[[Search, Network], Floats]) -> Iterator[Network]:
    """Iterate over all other networks that keep every value, one for each choice that ``signs`` tells apart.

    ``signs`` gives a column that the network uses 1, one that it does not use -1, and all others 0.
    """
    last, floor = search.floors[-1]
    own = last.terms(search.problem, search.master.layout)
    terms = Terms(-own.cost, own.rows, -own.offset) if last.maximise else own
    dearest = 2 * slack(search, last, floor) - floor
    before, last_only = replace(search, kept=search.kept[:-1]), replace(search, floors=[(last, floor)])
    seen: list[Rows] = []
    while True:
        row = signs(search, network)
        used = np.flatnonzero(row)
        most = float((row > 0).sum()) - 1.0
        seen.append(Rows.of([(used, row[used])], -np.inf, most, search.master.layout.count))
        found = _best(before, terms, seen, dearest, near_enough(search, last))
        if found is None or not keeps_values(last_only, found):
            return
        network = found
        yield network


def _option_signs(search: Search, network: Network) -> Floats:
    signs = np.zeros(search.master.layout.count)
    signs[: search.problem.n_options] = -1.0
    signs[network.options] = 1.0
    return signs


def _link_signs(search: Search, network: Network) -> Floats:
    problem = search.problem
    signs = np.zeros(search.master.layout.count)
    chosen = network.links[problem.link_lounge] == problem.link_option
    signs[search.master.layout.columns.links] = np.where(chosen, 1.0, -1.0)
    return signs


def _in_order(search: Search) -> Network:
    """Return the first network by deciding the options in their order, a block at a time."""
    left = np.setdiff1d(np.arange(search.problem.n_options), np.union1d(search.closed, search.opened))
    network = _decided(search, left, lambda found: np.isin(left, found.options))
    if network is None:
        raise mip.SolverError("The solver found several networks where all is decided; please report it.")
    return network


def _first_phases(search: Search, network: Network) -> Network:
    """Return the network in which each station, in the order of the options, opens as early as the values allow."""
    phases = range(search.problem.n_phases - 1)
    if not phases or not len(network.options):
        return network
    columns = search.master.layout.columns
    places = np.column_stack([columns.by_end(phase)[network.options] for phase in phases]).ravel()

    def chosen(found: Network) -> npt.NDArray[np.bool_]:
        assert found.phases is not None
        return np.column_stack([found.phases <= phase for phase in phases]).ravel()

    return _decided(_standing(search, replace(network, phases=None)), places, chosen) or network


def _decided(search: Search, places: Ints, chosen: Callable[[Network], npt.NDArray[np.bool_]]) -> Network | None:
    """Return the network in which each of these columns, in their order, is open if it can be; None without columns.

    ``chosen`` tells which of the columns a network uses. Some columns are decided at a time.
    """
    fixed, network = search, None
    for start in range(0, len(places), _BLOCK):
        block = slice(start, start + _BLOCK)
        cost = np.zeros(search.master.layout.count)
        cost[places[block]] = -(2.0 ** np.arange(len(places[block]))[::-1])
        network = _best(fixed, Terms(cost))
        if network is None:
            raise mip.SolverError("The solver lost a network that it had found; please report it.")
        used = chosen(network)[block]
        fixed = replace(
            fixed,
            opened=np.union1d(fixed.opened, places[block][used]),
            closed=np.union1d(fixed.closed, places[block][~used]),
        )
    return network


def _standing(search: Search, network: Network) -> Search:
    """Return the search with the stations of a network, and their phases where it states them, taken as decided."""
    columns, n = search.master.layout.columns, search.problem.n_options
    opened, closed = [network.options], [np.setdiff1d(np.arange(n), network.options)]
    if network.phases is not None:
        for phase in range(search.problem.n_phases - 1):
            at = columns.by_end(phase)[network.options]
            opened.append(at[network.phases <= phase])
            closed.append(at[network.phases > phase])
    return replace(search, opened=np.concatenate(opened), closed=np.concatenate(closed))


def _first_links(search: Search, network: Network) -> Network:
    """Return the network with the links of least travel, and of these the first: lounge by lounge."""
    fixed = _standing(search, network)
    fixed = replace(fixed, more=list(search.more), kept=list(search.kept), floors=list(search.floors))
    nearest = network
    for objective in (LoungesLinked(), LinkTravel()):
        nearest = _reached(fixed, objective)
    equals = [nearest]
    for other in _others(fixed, nearest, _link_signs):
        equals.append(other)
        if len(equals) > _FEW:
            return _lounge_by_lounge(fixed, nearest)
    last = search.problem.n_options
    return min(equals, key=lambda one: tuple(np.where(one.links < 0, last, one.links).tolist()))


def _lounge_by_lounge(fixed: Search, nearest: Network) -> Network:
    """Return the first network by deciding the lounges in their order, under rows that each adds to ``fixed``."""
    problem, columns = fixed.problem, fixed.master.layout.columns
    for lounge in np.unique(problem.link_lounge).tolist():
        own = np.flatnonzero(problem.link_lounge == lounge)
        own = own[np.isin(problem.link_option[own], nearest.options)]
        if not len(own):
            continue
        cost = np.zeros(fixed.master.layout.count)
        cost[columns.links[own]] = -(len(own) - np.argsort(np.argsort(problem.link_option[own])))
        found = _best(fixed, Terms(cost))
        if found is None:
            raise mip.SolverError("The solver lost the links that it had found; please report it.")
        nearest = found
        value = float(cost[columns.links[own]] @ (found.links[lounge] == problem.link_option[own]))
        fixed.more.append(Rows.of([(columns.links[own], cost[columns.links[own]])], -np.inf, value + 0.5, len(cost)))
    return nearest


def _loaded_afresh(search: Search, network: Network) -> Network:
    """Return the network served anew: as much as its values allow, whatever was asked of the programs before."""
    master, columns = search.master, search.master.layout.columns
    assert master.behind.limited is not None
    fixed = _standing(search, network)
    opened, closed = fixed.opened, fixed.closed
    if columns.explicit:
        run = network.links[search.problem.link_lounge] == search.problem.link_option
        opened, closed = np.append(opened, columns.links[run]), np.append(closed, columns.links[~run])
    limited = master.behind.limited.afresh()
    fresh = replace(master, behind=replace(master.behind, limited=limited))
    everybody = master.layout.units_of("covered")
    bound = linear_bound(fresh, everybody, search.clock, fixed.kept, closed=closed, opened=opened)
    if bound is None or search.clock.stop():
        raise _OutOfTimeError
    asked = master.behind.of_limited(bound.x[master.layout.theta])
    loads = limited.afresh().loads(fresh.decided(bound.x), asked)
    if loads is None or not keeps_values(search, again := replace(network, loads=as_loads(loads))):
        raise _OutOfTimeError
    return again


def _reached(search: Search, objective: Objective) -> Network:
    """Return the network that is best for one more objective, and keep its value from now on."""
    terms = objective.terms(search.problem, search.master.layout)
    found = _best(search, Terms(-sign_of(objective) * terms.cost))
    if found is None:
        raise mip.SolverError("The solver lost the links that it had found; please report it.")
    keep(search, Goal(objective), Answer("optimal", found, objective.value(search.problem, found), 0.0))
    return found


def _best(
    search: Search, terms: Terms, more: Sequence[Rows] = (), most: float = math.inf, near: float = 1e-6
) -> Network | None:
    """Return the network of least cost that keeps every value; None where there is none, or it costs over ``most``."""
    search.seen.clear()
    while not search.clock.stop():
        model = search.program(terms, maximise=False, more=more)
        patience = max(search.until - time.perf_counter(), 0.0)
        outcome = solve_whole(
            model, search.master, search.clock, time_limit=patience, absolute_gap=near, **search.solver
        )
        if outcome.status == "infeasible" or outcome.bound > most:
            return None
        if outcome.x is None or outcome.status != "optimal":
            raise _OutOfTimeError
        overstated, rows = cut_off(search, outcome.x)
        if not overstated:
            network = network_of(search, outcome.x)
            if network is None:
                raise _OutOfTimeError
            return network
        search.more.append(rows)
    raise _OutOfTimeError


def _place(search: Search, network: Network) -> tuple[int, ...]:
    """Return the place of a network in the order: the earlier options it opens, the smaller."""
    closed = np.ones(search.problem.n_options, dtype=np.int64)
    closed[network.options] = 0
    return tuple(closed.tolist())
