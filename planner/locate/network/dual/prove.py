"""A branching on options whose leaves together hold every network, each with multipliers that bound its networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.locate.network.constraints import Rule
from planner.locate.network.dual.by_cuts import ByCuts
from planner.locate.network.dual.multipliers import Multipliers, Relaxation, Relaxed
from planner.locate.network.dual.with_loads import WithLoads
from planner.locate.network.problem import NetworkProblem
from planner.locate.solver.clock import Clock

__all__ = ["Leaf", "Proof", "prove"]


@dataclass(frozen=True)
class Leaf:
    """Options taken as closed and as opened, and the multipliers that bound the covered weight of all such networks."""

    closed: tuple[int, ...]
    opened: tuple[int, ...]
    multipliers: Multipliers


@dataclass(frozen=True)
class Proof:
    """Leaves that together hold every network; ``complete`` where none of them is of more weight than was to be proven.

    If not, they prove a larger bound; there are none where not even that of all networks was found in time.
    """

    leaves: tuple[Leaf, ...]
    complete: bool


@dataclass(frozen=True)
class _Node:
    """A part of the networks and what bounds it: its own relaxation or, where that has no point, the one above."""

    closed: tuple[int, ...]
    opened: tuple[int, ...]
    relaxed: Relaxed
    own: bool = True


def prove(
    problem: NetworkProblem, rules: Sequence[Rule], enough: float, *, most_leaves: int = 64, time_limit: float = 60.0
) -> Proof:
    """Return a proof, by branching on options, that no network that keeps the rules covers more than ``enough`` weight.

    ``rules`` speak of options and of how many people they serve. Leaving out others is sound: what holds for more
    networks holds for fewer, though the proof may then not be ``complete``; nor is it where that takes more than
    ``most_leaves`` or the time. The part with the largest bound is split first, so that stopping leaves a good one.
    """
    clock = Clock(time_limit)
    problem = replace(problem, n_phases=1)
    loads = any(rule.needs_loads for rule in rules)
    relaxation: Relaxation = (WithLoads if loads else ByCuts)(problem, rules, clock)
    whole = relaxation.solve((), ())
    nodes = [] if whole is None else [_Node((), (), whole)]
    while nodes and len(nodes) < most_leaves:
        worst = max(nodes, key=lambda node: node.relaxed.bound)
        if worst.relaxed.bound <= enough or not worst.own or clock.stop():
            break
        option = relaxation.option(worst.relaxed, worst.closed, worst.opened, enough)
        if option is None:
            break
        nodes.remove(worst)
        nodes += [
            _part(relaxation, worst, (*worst.closed, option), worst.opened),
            _part(relaxation, worst, worst.closed, (*worst.opened, option)),
        ]
    leaves = tuple(Leaf(node.closed, node.opened, node.relaxed.multipliers) for node in nodes)
    return Proof(leaves, complete=bool(nodes) and all(node.relaxed.bound <= enough for node in nodes))


def _part(relaxation: Relaxation, above: _Node, closed: tuple[int, ...], opened: tuple[int, ...]) -> _Node:
    relaxed = relaxation.solve(closed, opened, above.relaxed.start)
    return _Node(closed, opened, relaxed or above.relaxed, own=relaxed is not None)
