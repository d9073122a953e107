"""Pairs in pieces: demand too large for one table is merged piece by piece and never held as a whole.

A piece is ``(pairs, weights)`` and holds all the pairs of its demand. Pairs are anything that
:func:`planner.locate.problem.make_problem` reads; a sparse matrix (a row per demand, a column per site; stored entries
are the reachable pairs) is the fastest. Memory is that of one piece and of the distinct covering rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from planner.errors import Fault, InputError
from planner.locate.cover.rows import cover_rows
from planner.locate.cover.sets import CoverSets, join, merge
from planner.locate.problem import Problem, make_problem
from planner.locate.solver.clock import Clock
from planner.locate.standard import StandardInput, Steps, read_steps
from planner.locate.tables import PairsInput, ValuesInput, listing
from planner.ragged import starts

__all__ = ["Piece", "Streamed", "is_pieces", "read_stream"]

Piece: TypeAlias = "tuple[PairsInput, ValuesInput | None]"
_JOIN_AT = 2_000_000


@dataclass(frozen=True, eq=False)
class Streamed:
    """The sites and rules (a problem without demand rows), the merged covering rows, and what was read."""

    problem: Problem
    sets: CoverSets
    steps: Steps
    notes: tuple[str, ...]
    weight: float


def is_pieces(pairs: object) -> bool:
    """Return whether the pairs come in pieces rather than as one table or matrix."""
    whole = isinstance(pairs, pd.DataFrame | pd.Series | np.ndarray | str | Mapping) or sparse.issparse(pairs)
    return isinstance(pairs, Iterable) and not whole


def read_stream(pieces: Iterable[Piece], standard: StandardInput, clock: Clock, rules: dict[str, Any]) -> Streamed:
    """Return the merged covering rows of all pieces; ``rules`` are those of :func:`make_problem`."""
    reader = _Reader(standard)
    for number, piece in enumerate(pieces, start=1):
        with clock.stage("merge"):
            reader.add(number, piece)
    if reader.first is None:
        raise InputError([Fault("there is no piece of pairs", repair="Give at least one (pairs, weights).")])
    columns = {"origin": [], "destination": pd.Categorical([], categories=reader.sites), "impedance": []}
    problem = make_problem(pd.DataFrame(columns), **rules)
    rank = pd.Index(problem.sites).get_indexer(pd.Index(reader.sites, dtype=object))
    sets = reader.merged(rank, len(problem.sites))
    closed = problem.excluded[sets.site]
    if closed.any():
        sets = _without(sets, ~closed)
    count = f"{reader.demand:,} demand points of weight {reader.weight:,.10g} in pieces: no assignment is kept"
    return Streamed(problem, sets, reader.steps, (*reader.notes, count), reader.weight)


def _without(sets: CoverSets, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> CoverSets:
    start = starts(keep)[sets.start]
    return merge(start, sets.site[keep], sets.weight, sets.sites)[0]


class _Reader:
    """Collects pieces: known site ids, merged rows so far, totals."""

    def __init__(self, standard: StandardInput) -> None:
        self.standard = standard
        self.first: Problem | None = None
        self.sites: list[str] = []
        self.known: dict[str, int] = {}
        self.parts: list[CoverSets] = []
        self.notes: tuple[str, ...] = ()
        self.steps = Steps((), ())
        self.demand, self.weight, self.unread = 0, 0.0, 0
        self.seen = np.empty(0, np.uint64)

    def add(self, number: int, piece: Piece) -> None:
        if not isinstance(piece, tuple) or len(piece) != 2:
            raise InputError([Fault(f"piece {number} is not (pairs, weights)")])
        try:
            problem = make_problem(*piece)
        except InputError as error:
            raise InputError([Fault(f"piece {number}: {fault}") for fault in error.faults]) from None
        if self.first is not None and sparse.issparse(piece[0]) and len(problem.sites) != len(self.first.sites):
            many = f"piece {number} has {len(problem.sites)} columns, the first one {len(self.first.sites)}"
            raise InputError([Fault(many, repair="Give matrices with a column for each site.")])
        self._refuse_again(number, piece[0], problem)
        self.steps, notes = read_steps(self.standard, problem)
        if self.first is None:
            self.first, self.notes = problem, notes
        for one in problem.sites:
            if one not in self.known:
                self.known[one] = len(self.sites)
                self.sites.append(one)
        at = np.array([self.known[one] for one in problem.sites], dtype=np.int32)
        sets = cover_rows(problem, self.steps)
        self.parts.append(CoverSets(sets.start, at[sets.site], sets.weight, len(self.sites)))
        self.demand += len(problem.demand)
        self.weight += float(problem.weights.sum())
        self.unread += len(sets.site)
        if self.unread > _JOIN_AT:
            self.parts, self.unread = [self.merged(np.arange(len(self.sites)), len(self.sites))], 0

    def _refuse_again(self, number: int, pairs: PairsInput, problem: Problem) -> None:
        """Demand of an earlier piece would count twice; arrays and tables without ids cannot tell.

        Ids are known by hashes of 64 bits: among ten million, two that differ have the same one in 3 of 10^6 cases.
        """
        if not isinstance(pairs, pd.DataFrame):
            return
        if "origin" not in pairs.columns and pairs.index.equals(pd.RangeIndex(len(pairs))):
            return
        keys = pd.util.hash_array(problem.demand)
        at = np.searchsorted(self.seen, keys)
        again = np.flatnonzero(np.append(self.seen, 0)[at] == keys)
        again = again[at[again] < len(self.seen)]
        if len(again):
            what = f"piece {number}: this demand is in an earlier piece too: {listing(problem.demand[again])}"
            raise InputError([Fault(what, repair="A piece holds all the pairs of its demand: join them.")])
        self.seen = np.sort(np.concatenate([self.seen, keys]), kind="stable")

    def merged(self, rank: Any, sites: int) -> CoverSets:
        """Return all rows so far as one, sites renumbered and ascending in each row."""
        parts = []
        for part in self.parts:
            site = rank[part.site].astype(np.int32)
            parts.append(CoverSets(part.start, site[np.lexsort((site, part.row))], part.weight, sites))
        return join(parts)
