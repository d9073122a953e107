"""The graph that is searched: vertices, with extra states only where the way of arriving matters.

Two things depend on how one came to a vertex. A private street may start or end a trip but not carry it through, so a
vertex on private streets has up to three states: still in the private part where the trip began (0), on open streets
(1), in the private part where it must end (2). And after the first links of a forbidden manoeuvre some turns are shut:
the prefixes of all forbidden sequences of links are states of their own, which an automaton (Aho and Corasick, 1975,
Communications of the ACM 18) enters and leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from planner.inputs.roads.read import Floats, Ints

__all__ = ["Graph", "States", "build_states", "csr"]

Sequence = tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """Compressed rows: from state ``s`` one reaches ``head[row[s]:row[s + 1]]`` in ``seconds`` and ``metres``."""

    row: Ints
    head: Ints
    seconds: Floats
    metres: Floats


@dataclass(frozen=True)
class States:
    """The states and the moves between them; ``L`` links, ``V`` vertices, ``M`` moves.

    Move ``m`` leaves state ``source[m]`` over link ``link[m]`` for state ``target[m]``. ``start`` (L) is the state
    after travelling a link from somewhere on it (-1 for a closed link). ``vertex`` gives the vertex of each state,
    ``begin`` (V) the state in which a trip starts at a vertex (-1 where nothing is open). ``ends`` tells in which
    states a trip may end at the vertex itself: where open streets meet private ones, one stands in the open, so neither
    begins in the private part (where an open street leaves) nor comes there through it (where an open street arrives).
    """

    source: Ints
    target: Ints
    link: Ints
    start: Ints
    vertex: Ints
    begin: Ints
    ends: np.ndarray


def build_states(tail: Ints, head: Ints, private: np.ndarray, usable: np.ndarray, banned: Iterable[Sequence]) -> States:
    """Return the states for links (L) between vertices, with their rights and the forbidden sequences of links."""
    count = int(max(tail.max(initial=-1), head.max(initial=-1))) + 1
    phase = _phases(tail, head, private, usable, count)
    number = np.full((3, count), -1, np.int64)
    number[phase] = np.arange(int(phase.sum()))
    source, target, link = _moves(tail, head, private, usable, number)
    start = np.full(len(tail), -1, np.int64)
    start[usable] = np.where(private, number[0][head], number[1][head])[usable]
    vertex = np.nonzero(phase)[1]
    leaves, arrives = np.zeros((2, count), bool)
    leaves[tail[usable & ~private]] = True
    arrives[head[usable & ~private]] = True
    begin = np.where((number[1] >= 0) & (leaves | (number[0] < 0)), number[1], number[0])
    ends = ~(np.nonzero(phase)[0] == 2) | ~arrives[vertex]
    plain = States(source, target, link, start, vertex, begin, ends)
    sequences = sorted(set(banned))
    return _with_turns(plain, head, sequences) if sequences else plain


def csr(source: Ints, head: Ints, seconds: Floats, metres: Floats, count: int) -> Graph:
    """Return the moves sorted into rows."""
    order = np.lexsort((head, source))
    row = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=count), out=row[1:])
    return Graph(row, head[order].astype(np.int32), seconds[order], metres[order])


def _phases(tail: Ints, head: Ints, private: np.ndarray, usable: np.ndarray, count: int) -> np.ndarray:
    phase = np.zeros((3, count), bool)
    for ends in (tail, head):
        phase[0][ends[usable & private]] = True
        phase[1][ends[usable & ~private]] = True
    phase[2] = phase[0]
    return phase


def _moves(tail: Ints, head: Ints, private: np.ndarray, usable: np.ndarray, number: Ints) -> tuple[Ints, Ints, Ints]:
    sources, targets, links = [], [], []
    inside, outside = np.flatnonzero(usable & private), np.flatnonzero(usable & ~private)
    for chosen, before, after in ((outside, 1, 1), (outside, 0, 1), (inside, 0, 0), (inside, 1, 2), (inside, 2, 2)):
        source, target = number[before][tail[chosen]], number[after][head[chosen]]
        there = (source >= 0) & (target >= 0)
        sources.append(source[there])
        targets.append(target[there])
        links.append(chosen[there])
    return np.concatenate(sources), np.concatenate(targets), np.concatenate(links)


def _with_turns(plain: States, head: Ints, banned: list[Sequence]) -> States:
    """Split the states that follow a prefix of a forbidden sequence from the others."""
    turns = _Automaton(banned)
    at_end = {int(head[prefix[-1]]) for prefix in turns.prefixes}
    here = np.isin(plain.vertex, np.fromiter(at_end, np.int64, len(at_end)))
    states_at: dict[int, list[int]] = {}
    for state in np.flatnonzero(here).tolist():
        states_at.setdefault(int(plain.vertex[state]), []).append(state)
    moves_of: dict[int, list[tuple[int, int]]] = {}
    for move in np.flatnonzero(here[plain.source]).tolist():
        moves_of.setdefault(int(plain.source[move]), []).append((int(plain.link[move]), int(plain.target[move])))
    split: dict[tuple[Sequence, int], int] = {}
    for prefix in turns.prefixes:
        for state in states_at.get(int(head[prefix[-1]]), []):
            split[prefix, state] = len(plain.vertex) + len(split)
    added = []
    for (prefix, state), source in split.items():
        for link, target in moves_of.get(state, []):
            history = turns.after(prefix, link)
            if history is not None:
                added.append((source, split.get((history, target), target), link))
    after = turns.first_links
    more = np.asarray(added, np.int64).reshape(-1, 3)
    return States(
        source=np.append(plain.source, more[:, 0]),
        target=np.append(_entered(plain.link, plain.target, after, split), more[:, 1]),
        link=np.append(plain.link, more[:, 2]),
        start=_entered(np.arange(len(head)), plain.start, after, split),
        vertex=np.append(plain.vertex, [plain.vertex[state] for _, state in split]).astype(np.int64),
        begin=plain.begin,
        ends=np.append(plain.ends, [plain.ends[state] for _, state in split]).astype(bool),
    )


def _entered(links: Ints, states: Ints, first_links: list[int], split: dict[tuple[Sequence, int], int]) -> Ints:
    """Return the states, those right after the first link of a sequence replaced by their split ones."""
    result = states.copy()
    for i in np.flatnonzero(np.isin(links, first_links) & (states >= 0)).tolist():
        result[i] = split[(int(links[i]),), int(states[i])]
    return result


class _Automaton:
    """Which links end a forbidden sequence, and which history matters after a link."""

    def __init__(self, banned: list[Sequence]) -> None:
        self._shut = set(banned)
        self.prefixes = sorted({sequence[:size] for sequence in banned for size in range(1, len(sequence))})
        self._known = set(self.prefixes)
        self.first_links = [prefix[0] for prefix in self.prefixes if len(prefix) == 1]

    def after(self, history: Sequence, link: int) -> Sequence | None:
        """Return the longest history that matters after a link (empty: none), or None when the link is forbidden."""
        path = (*history, link)
        endings = [path[i:] for i in range(len(path))]
        if any(ending in self._shut for ending in endings):
            return None
        return next((ending for ending in endings if ending in self._known), ())
