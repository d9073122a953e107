"""A location problem as arrays: text ids outside, positions inside, reachable pairs only.

Sites and demand are sorted by id, so that the order of the user's rows changes nothing, and ties go to the smaller
id. A missing pair is unreachable; a zero is a distance of zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError, ScenarioError
from planner.locate.median.nearest import rising
from planner.locate.points import Points
from planner.locate.setting import Flags, Setting, positions, read_rules, unreached_note
from planner.locate.tables import (
    Floats,
    Ids,
    Ints,
    PairsInput,
    PairTable,
    ValuesInput,
    listing,
    read_pairs,
    read_values,
    text_ids,
)
from planner.ragged import row_of, starts
from planner.units import tolerance

__all__ = ["Flags", "Problem", "make_problem"]


@dataclass(frozen=True, eq=False)
class Problem(Setting):
    """Demand, sites and the reachable pairs between them.

    ``start``, ``site`` and ``impedance`` hold the pairs by demand (row i: ``start[i]:start[i + 1]``), sites ascending.
    """

    start: Ints
    site: Ints
    impedance: Floats

    @cached_property
    def row(self) -> Ints:
        """The demand position of each pair."""
        return row_of(self.start)

    @cached_property
    def nearest_first(self) -> Ints:
        """The pair positions by demand, then impedance, then site id: row i is again ``start[i]:start[i + 1]``."""
        return rising(self.start, self.impedance)

    @cached_property
    def reached(self) -> Flags:
        """Which demand has a reachable site that is not excluded."""
        flags = np.zeros(len(self.demand), bool)
        flags[self.row[~self.excluded[self.site]]] = True
        return flags

    def within(self, standard: float) -> tuple[Ints, Ints]:
        """Return the covering pairs as (start, site), excluded sites left out: ≤ the standard and its tolerance."""
        keep = (self.impedance <= standard + tolerance(standard)) & ~self.excluded[self.site]
        return _starts(self.row[keep], len(self.demand)), self.site[keep]

    def nearest(self, opened: Flags, limit: float = np.inf) -> tuple[Ints, Floats]:
        """Return each demand's nearest open site within the limit (−1: none) and its impedance (NaN: none)."""
        keep = np.flatnonzero(opened[self.site] & (self.impedance <= limit + tolerance(limit)))
        row = self.row[keep]
        order = np.lexsort((self.impedance[keep], row))
        keep, row = keep[order], row[order]
        first = np.append(True, row[1:] != row[:-1])[: len(row)]
        site = np.full(len(self.demand), -1)
        impedance = np.full(len(self.demand), np.nan)
        site[row[first]], impedance[row[first]] = self.site[keep[first]], self.impedance[keep[first]]
        return site, impedance

    def times_within(self, opened: Flags, standard: float) -> Ints:
        """Return how many open sites each demand has within the standard."""
        near = opened[self.site] & (self.impedance <= standard + tolerance(standard))
        return np.bincount(self.row[near], minlength=len(self.demand))

    def typical(self) -> float:
        """Return the median impedance of the pairs, zero without any."""
        return float(np.median(self.impedance)) if len(self.impedance) else 0.0


def make_problem(
    pairs: PairsInput,
    weights: ValuesInput | None = None,
    *,
    required: Iterable[object] = (),
    excluded: Iterable[object] = (),
    existing: Iterable[object] = (),
    cost: ValuesInput | float | None = None,
    capacity: ValuesInput | float | None = None,
) -> Problem:
    """Return the checked problem of the user's tables; every fault found is raised in one InputError.

    Demand ids in ``weights`` that no pair names are unreachable: they stay in the problem and are named in the notes.

    >>> pairs = pd.DataFrame({"origin": ["a", "b"], "destination": ["s", "s"], "impedance": [0.0, 90.0]})
    >>> make_problem(pairs, {"a": 5, "b": 1, "c": 2}).notes
    ('no site reaches c (weight 2)',)
    """
    if isinstance(pairs, Points):
        repair = 'Give pairs: points.pairs("800m") lists those within a cutoff.'
        raise ScenarioError(f"Points are for p_median, p_center, capacitated_p_median, evaluate and check. {repair}")
    faults: list[Fault] = []
    table = read_pairs(pairs, faults)
    if faults and not len(table.sites):
        raise InputError(faults)
    ids, numbers = _weights(table, weights, faults)
    sites = _all_sites(table, (cost, capacity), faults)
    rules = read_rules(
        sites,
        faults,
        by_position=table.by_position[1],
        required=required,
        excluded=excluded,
        existing=existing,
        cost=cost,
        capacity=capacity,
    )
    if faults:
        raise InputError(faults)
    rank = np.arange(len(ids)) if pd.Index(ids).is_monotonic_increasing else np.argsort(ids, kind="stable")
    demand = ids[rank]
    start, site, impedance = _rows(table, demand, sites, faults)
    if faults:
        raise InputError(faults)
    problem = Problem(
        demand=demand,
        sites=sites,
        weights=numbers[rank],
        start=start,
        site=site,
        impedance=impedance,
        rules=rules,
        order=np.arange(len(demand)) if weights is None else np.argsort(rank, kind="stable"),
        attrs=table.attrs,
        notes=tuple(table.notes),
        by_position=table.by_position,
    )
    return replace(problem, notes=problem.notes + unreached_note(problem))


def _weights(table: PairTable, weights: ValuesInput | None, faults: list[Fault]) -> tuple[Ids, Floats]:
    if weights is None:
        return table.demand, np.ones(len(table.demand))
    before = len(faults)
    ids, numbers = read_values(weights, "weights", faults, by_position=table.by_position[0])
    if ids is table.demand or (len(faults) > before and not len(ids)):
        return ids, numbers
    used = np.flatnonzero(table.named)
    lacking = used[positions(table.demand[used], ids) < 0]
    if len(lacking):
        repair = "Add their weights (0 for none), or take them out of the pairs."
        faults.append(Fault(f"the weights lack demand of the pairs: {listing(table.demand[lacking])}", repair=repair))
    return ids, numbers


def _all_sites(table: PairTable, values: Iterable[ValuesInput | float | None], faults: list[Fault]) -> Ids:
    """Return the sites of the pairs and of the tables by site, sorted."""
    lists = [table.sites]
    lists += [text_ids(v.index, "site", []) for v in values if isinstance(v, pd.Series | pd.DataFrame)]
    lists += [text_ids(list(v), "site", []) for v in values if isinstance(v, Mapping)]
    return np.array(sorted(set().union(*lists)), dtype=object)


def _rows(table: PairTable, demand: Ids, sites: Ids, faults: list[Fault]) -> tuple[Ints, Ints, Floats]:
    """Return the pairs by demand as (start, site, impedance); equal repeated pairs count once, others are faults."""
    row = positions(table.demand, demand)[table.row]
    column = positions(table.sites, sites)[table.column]
    impedance = table.impedance
    key = row * np.int64(len(sites)) + column
    if not bool((key[1:] > key[:-1]).all()):
        order = np.lexsort((impedance, key))
        key, row, column, impedance = key[order], row[order], column[order], impedance[order]
        again = np.append(False, key[1:] == key[:-1])[: len(key)]
        other = again & np.append(False, impedance[1:] != impedance[:-1])[: len(key)]
        for i in np.flatnonzero(other)[:10]:
            where, digits = (
                f"{demand[row[i]]} → {sites[column[i]]}",
                10 if impedance[i] > impedance[i - 1] * 1.0001 else 17,
            )
            both = f"{impedance[i - 1]:.{digits}g} and {impedance[i]:.{digits}g}"
            faults.append(Fault(f"the pair has two impedances, {both}", id=where, repair="Keep one of them."))
        if again.any():
            pairs = "1 pair was" if again.sum() == 1 else f"{int(again.sum())} pairs were"
            table.notes.append(f"{pairs} given more than once with the same impedance")
        row, column, impedance = row[~again], column[~again], impedance[~again]
    return _starts(row, len(demand)), column, impedance


def _starts(positions: Ints, count: int) -> Ints:
    return starts(np.bincount(positions[positions >= 0], minlength=count))
