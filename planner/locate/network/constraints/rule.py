"""What a rule is: a sentence, and linear rows over the columns of the joint model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.problem import NetworkProblem, kinds_of_points
from planner.ragged import starts

__all__ = ["Adjustable", "Columns", "LimitsLoads", "Rows", "Rule", "by_option", "limits_of_loads"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Where each kind of variable stands.

    y (options); when links are explicit, u (lounges), x (links) and one level; when loads are, f (station pairs, one
    for all points of a kind); for each phase but the last, v (options that are open at its end; at the end of the last
    that is y). The level is the number of lounges that every station runs at least, as a share of all lounges.
    """

    n_options: int
    n_lounges: int = 0
    n_links: int = 0
    n_loads: int = 0
    explicit: bool = False
    n_phases: int = 1
    load_of: Ints | None = None

    @classmethod
    def of(cls, problem: NetworkProblem, *, links: bool, loads: bool = False) -> Columns:
        """Return the columns of a problem, with or without explicit links and loads."""
        n_loads, load_of = _loads_of(problem) if loads else (0, None)
        n_lounges, n_links = (problem.n_lounges, len(problem.link_option)) if links else (0, 0)
        return cls(problem.n_options, n_lounges, n_links, n_loads, links, problem.n_phases, load_of)

    @classmethod
    def asked_by(cls, problem: NetworkProblem, rules: Iterable[Rule]) -> Columns:
        """Return the columns of a problem in which these rules can be said."""
        asked = [(rule.needs_links, rule.needs_loads) for rule in rules]
        return cls.of(problem, links=any(links for links, _ in asked), loads=any(loads for _, loads in asked))

    @property
    def lounges(self) -> Ints:
        """The columns u."""
        return self.n_options + np.arange(self.n_lounges)

    @property
    def links(self) -> Ints:
        """The columns x, in the order of the problem's links."""
        return self.n_options + self.n_lounges + np.arange(self.n_links)

    @property
    def loads(self) -> Ints:
        """The columns f, in the order of the problem's station pairs; pairs of points of a kind share theirs."""
        of = np.empty(0, dtype=np.int64) if self.load_of is None else self.load_of
        return self.n_options + self.n_lounges + self.n_links + of

    def by_end(self, phase: int) -> Ints:
        """Return the columns that say which options are open at the end of a phase (0, 1, …): v, in the last one y."""
        last = phase == self.n_phases - 1
        first = 0 if last else self.n_options * (1 + phase) + self.n_lounges + self.n_links + self.n_loads
        return first + np.arange(self.n_options)

    @property
    def level(self) -> int:
        """The column of the least number of lounges that a station runs, as a share of all lounges."""
        return self.n_options * self.n_phases + self.n_lounges + self.n_links + self.n_loads

    @property
    def whole(self) -> npt.NDArray[np.bool_]:
        """Which columns are whole numbers: y, x and v; the others then come out right by themselves."""
        marks = np.zeros(self.count, dtype=bool)
        for phase in range(self.n_phases):
            marks[self.by_end(phase)] = True
        marks[self.links] = True
        return marks

    @property
    def count(self) -> int:
        """The number of all columns."""
        return self.level + int(self.explicit)


@dataclass(frozen=True)
class Rows:
    """Linear rows: ``lower ≤ matrix · x ≤ upper``."""

    matrix: sp.csr_array
    lower: Floats
    upper: Floats

    @classmethod
    def of(
        cls, entries: Sequence[tuple[Ints, float | Floats]], lower: npt.ArrayLike, upper: npt.ArrayLike, width: int
    ) -> Rows:
        """Build rows from one (columns, coefficients) pair per row; a single limit holds for all rows.

        Coefficients of a column that is named twice in a row are added up.
        """
        indptr = starts([len(columns) for columns, _ in entries])
        indices = np.concatenate([columns for columns, _ in entries]) if entries else np.empty(0, dtype=np.int64)
        data = [np.broadcast_to(np.asarray(value, dtype=float), len(columns)) for columns, value in entries]
        values = np.concatenate(data) if data else np.empty(0)
        matrix = sp.csr_array((values, indices, indptr), shape=(len(entries), width))
        matrix.sum_duplicates()
        limits = [np.broadcast_to(np.asarray(limit, dtype=float), len(entries)) for limit in (lower, upper)]
        return cls(matrix, *limits)

    @classmethod
    def stacked(cls, blocks: Sequence[Rows], width: int) -> Rows:
        """Return the rows of all blocks, one after the other."""
        if not blocks:
            return cls(sp.csr_array((0, width)), np.empty(0), np.empty(0))
        matrix = sp.csr_array(sp.vstack([block.matrix for block in blocks]))
        return cls(matrix, *(np.concatenate([getattr(b, side) for b in blocks]) for side in ("lower", "upper")))


class Rule(Protocol):
    """A rule of the network.

    ``sentence`` says what must hold, ``facts`` what in the data decides whether it can, in Chinese and in English.
    ``needs_links`` says that the rule speaks of single links, ``needs_loads`` that it speaks of how many people a
    station serves; the model otherwise leaves these out.
    """

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        ...

    @property
    def needs_links(self) -> bool:
        """Whether the rule speaks of single links."""
        ...

    @property
    def needs_loads(self) -> bool:
        """Whether the rule speaks of how many people a station serves."""
        ...

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the rule's mathematics."""
        ...

    def facts(self, problem: NetworkProblem) -> str:
        """Return what the data offers for this rule."""
        ...

    def eased(self, amount: float) -> str:
        """Return in words the smallest change of this rule that lets the others hold (``amount`` in its units)."""
        ...


@runtime_checkable
class Adjustable(Protocol):
    """A rule with numbers that can be set lower or higher, of which people think as the size of the rule."""

    def looser(self, problem: NetworkProblem) -> Sequence[Sequence[tuple[str, Rule]]]:
        """Return for each number the rule with looser ones, the tightest first, each with the change in words."""
        ...


@runtime_checkable
class LimitsLoads(Rule, Protocol):
    """A rule on how many people the options serve; ``people`` are those of each point, the same in all such rules."""

    @property
    def people(self) -> Floats:
        """The people of each point."""
        ...

    def limits(self) -> tuple[Floats, Floats]:
        """Return how many people each option must and may serve, if it is open."""
        ...


def limits_of_loads(rules: Sequence[Rule]) -> list[LimitsLoads]:
    """Return the rules that speak of loads; all of them must say their limits, and count the same people."""
    loads = [rule for rule in rules if rule.needs_loads]
    limits = [rule for rule in loads if isinstance(rule, LimitsLoads)]
    if len(limits) < len(loads):
        raise TypeError("A rule with needs_loads has no limits(): docs/adding.md says what it must have.")
    if any(not np.array_equal(rule.people, limits[0].people) for rule in limits):
        raise ValueError("Rules on loads count different people; give all of them the same.")
    return limits


def _loads_of(problem: NetworkProblem) -> tuple[int, Ints]:
    """Return the number of columns f, and which of them each station pair is."""
    kind = kinds_of_points(problem)[problem.stations.point]
    pairs, of = np.unique(kind * problem.n_options + problem.stations.by, return_inverse=True)
    return len(pairs), of.astype(np.int64)


def by_option(of: Ints, n_options: int) -> Iterator[tuple[int, Ints]]:
    """Iterate over the options with the positions in ``of`` that name each (none where there is none)."""
    order = np.argsort(of, kind="stable")
    ends = np.searchsorted(of[order], np.arange(n_options + 1))
    return ((option, order[ends[option] : ends[option + 1]]) for option in range(n_options))
