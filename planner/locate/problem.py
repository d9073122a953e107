"""A location problem as arrays: text ids outside, positions inside, reachable pairs only.

Sites and demand are sorted by id, so that the order of the user's rows changes nothing, and ties go to the smaller
id. A missing pair is unreachable; a zero is a distance of zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import Fault, InputError, ScenarioError
from planner.locate.median.nearest import rising
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
    unknown,
)

__all__ = ["TOLERANCE", "Flags", "Problem", "make_problem"]

Flags = NDArray[np.bool_]
TOLERANCE = 1e-3
"""What counts as equal to a standard: 1 mm or 1 ms."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Demand, sites and the reachable pairs between them.

    ``start``, ``site`` and ``impedance`` hold the pairs by demand (row i: ``start[i]:start[i + 1]``), sites ascending.
    ``required`` sites are open and count among the p; ``existing`` ones are open, free and do not count;
    ``excluded`` ones stay closed. ``order`` is the order in which results list the demand.
    """

    demand: Ids
    sites: Ids
    weights: Floats
    start: Ints
    site: Ints
    impedance: Floats
    required: Flags
    excluded: Flags
    existing: Flags
    cost: Floats | None
    capacity: Floats | None
    order: Ints
    attrs: dict[str, Any]
    notes: tuple[str, ...]

    @property
    def unit(self) -> str:
        """The unit of the impedances: "s", "m", or blank when unknown."""
        return str(self.attrs.get("unit", ""))

    @cached_property
    def row(self) -> Ints:
        """The demand position of each pair."""
        return np.repeat(np.arange(len(self.demand)), np.diff(self.start))

    @cached_property
    def nearest_first(self) -> Ints:
        """The pair positions by demand, then impedance, then site id: row i is again ``start[i]:start[i + 1]``."""
        return rising(self.start, self.impedance)

    @cached_property
    def by_site(self) -> tuple[Ints, Ints]:
        """The pairs by site: (start, pair positions), demand ascending within a site."""
        return _starts(self.site, len(self.sites)), np.argsort(self.site, kind="stable")

    @cached_property
    def reached(self) -> Flags:
        """Which demand has a reachable site that is not excluded."""
        flags = np.zeros(len(self.demand), bool)
        flags[self.row[~self.excluded[self.site]]] = True
        return flags

    @cached_property
    def candidates(self) -> Ints:
        """The sites that may be newly opened, required ones included."""
        return np.flatnonzero(~self.excluded & ~self.existing)

    def within(self, standard: float) -> tuple[Ints, Ints]:
        """Return the covering pairs as (start, site); the rule is "≤, tolerance 1 mm", excluded sites left out."""
        keep = (self.impedance <= standard + TOLERANCE) & ~self.excluded[self.site]
        return _starts(self.row[keep], len(self.demand)), self.site[keep]

    def nearest(self, opened: Flags, limit: float = np.inf) -> tuple[Ints, Floats]:
        """Return each demand's nearest open site within the limit (−1: none) and its impedance (NaN: none)."""
        keep = np.flatnonzero(opened[self.site] & (self.impedance <= limit + TOLERANCE))
        row = self.row[keep]
        order = np.lexsort((self.impedance[keep], row))
        keep, row = keep[order], row[order]
        first = np.append(True, row[1:] != row[:-1])[: len(row)]
        site = np.full(len(self.demand), -1)
        impedance = np.full(len(self.demand), np.nan)
        site[row[first]], impedance[row[first]] = self.site[keep[first]], self.impedance[keep[first]]
        return site, impedance

    def flags(self, sites: Iterable[object]) -> Flags:
        """Return which sites are among these ids; unknown ids raise :class:`planner.errors.InputError`."""
        faults: list[Fault] = []
        flags = _flags(sites, self.sites, "sites", faults)
        if faults:
            raise InputError(faults)
        return flags

    def check_count(self, p: object) -> int:
        """Return p as a number of new sites that the rules allow, or raise ScenarioError."""
        if isinstance(p, bool) or not isinstance(p, int | np.integer):
            raise ScenarioError(f"p = {p!r} is not a whole number. Say how many new sites to open.")
        required, most = int((self.required & ~self.existing).sum()), len(self.candidates)
        if p < 0:
            raise ScenarioError(f"p = {p} is negative. Say how many new sites to open.")
        if p > most:
            raise ScenarioError(f"p = {p} is more than the {most} candidate sites. Lower p or add candidates.")
        if p < required:
            names = listing(self.sites[self.required & ~self.existing])
            raise ScenarioError(f"p = {p} is less than the {required} required sites ({names}). Raise p.")
        return int(p)


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
    faults: list[Fault] = []
    table = read_pairs(pairs, faults)
    ids, numbers = _weights(table, weights, faults)
    rank = np.arange(len(ids)) if pd.Index(ids).is_monotonic_increasing else np.argsort(ids, kind="stable")
    demand, sites = ids[rank], _all_sites(table, (cost, capacity), faults)
    start, site, impedance = _rows(table, demand, sites, faults)
    rules = {"required": required, "excluded": excluded, "existing": existing}
    flags = {name: _flags(given, sites, name, faults) for name, given in rules.items()}
    _refuse_contradictions(sites, flags, faults)
    values = {"cost": cost, "capacity": capacity}
    numbers_by_site = {name: _site_values(given, sites, name, faults) for name, given in values.items()}
    if faults:
        raise InputError(faults)
    problem = Problem(
        demand=demand,
        sites=sites,
        weights=numbers[rank],
        start=start,
        site=site,
        impedance=impedance,
        required=flags["required"],
        excluded=flags["excluded"],
        existing=flags["existing"],
        cost=numbers_by_site["cost"],
        capacity=numbers_by_site["capacity"],
        order=np.arange(len(demand)) if weights is None else np.argsort(rank, kind="stable"),
        attrs=table.attrs,
        notes=tuple(table.notes),
    )
    return replace(problem, notes=problem.notes + _unreached(problem))


def _weights(table: PairTable, weights: ValuesInput | None, faults: list[Fault]) -> tuple[Ids, Floats]:
    if weights is None:
        return table.demand, np.ones(len(table.demand))
    ids, numbers = read_values(weights, "weights", faults, size=len(table.demand))
    if ids is table.demand:
        return ids, numbers
    used = np.flatnonzero(np.bincount(table.row, minlength=len(table.demand)))
    lacking = used[_positions(table.demand[used], ids) < 0]
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
    row = _positions(table.demand, demand)[table.row]
    column = _positions(table.sites, sites)[table.column]
    impedance = table.impedance
    key = row * np.int64(len(sites)) + column
    if not bool((key[1:] > key[:-1]).all()):
        order = np.lexsort((impedance, key))
        key, row, column, impedance = key[order], row[order], column[order], impedance[order]
        again = np.append(False, key[1:] == key[:-1])[: len(key)]
        other = again & np.append(False, impedance[1:] != impedance[:-1])[: len(key)]
        for i in np.flatnonzero(other)[:10]:
            where, both = f"{demand[row[i]]} → {sites[column[i]]}", f"{impedance[i - 1]:g} and {impedance[i]:g}"
            faults.append(Fault(f"the pair has two impedances, {both}", id=where, repair="Keep one of them."))
        if again.any():
            table.notes.append(f"{int(again.sum())} pairs were given more than once with the same impedance")
        row, column, impedance = row[~again], column[~again], impedance[~again]
    return _starts(row, len(demand)), column, impedance


def _starts(positions: Ints, count: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(positions[positions >= 0], minlength=count))])


def _positions(ids: Ids, known: Ids) -> Ints:
    """Return the position of each id among the known ones, −1 where it is not known."""
    if known is ids:
        return np.arange(len(ids))
    index = pd.Index(known, dtype=object)
    first = np.flatnonzero(~index.duplicated())
    at = np.asarray(index[first].get_indexer(pd.Index(ids, dtype=object)), np.int64)
    return np.where(at >= 0, first[at], -1) if len(first) else at


def _flags(given: Iterable[object], sites: Ids, name: str, faults: list[Fault]) -> Flags:
    if isinstance(given, str):
        faults.append(Fault(f"{name} is the text {given!r}, not a list", repair=f"Write {name}=[{given!r}]."))
        given = ()
    ids = text_ids(list(dict.fromkeys(given)), name, faults)
    at = _positions(ids, sites)
    unknown(ids[at < 0], sites, name, faults)
    flags = np.zeros(len(sites), bool)
    flags[at[at >= 0]] = True
    return flags


def _refuse_contradictions(sites: Ids, flags: dict[str, Flags], faults: list[Fault]) -> None:
    for name in ("required", "existing"):
        both = flags[name] & flags["excluded"]
        if both.any():
            repair = "Take them out of one of the lists."
            faults.append(Fault(f"these sites are both {name} and excluded: {listing(sites[both])}", repair=repair))


def _site_values(given: ValuesInput | float | None, sites: Ids, name: str, faults: list[Fault]) -> Floats | None:
    if given is None:
        return None
    if isinstance(given, int | float | np.number):
        if not (np.isfinite(given) and given >= 0):
            faults.append(Fault(f"{name} = {given} is not a finite number, zero or more"))
        return np.full(len(sites), float(given))
    ids, numbers = read_values(given, name, faults, size=len(sites))
    at = _positions(sites, ids)
    if len(ids) and (at < 0).any():
        faults.append(Fault(f"{name} lacks the sites {listing(sites[at < 0])}", repair="Give a number for each site."))
    return np.where(at >= 0, numbers[at], 0.0) if len(ids) else np.zeros(len(sites))


def _unreached(problem: Problem) -> tuple[str, ...]:
    lost = np.flatnonzero(~problem.reached)
    if not len(lost):
        return ()
    weight = float(problem.weights[lost].sum())
    return (f"no site reaches {listing(problem.demand[lost])} (weight {weight:g})",)
