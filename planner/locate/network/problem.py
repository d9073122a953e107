"""The siting problem of the network as arrays: sites, types, centres, who reaches whom, which lounge can be linked.

An *option* is an allowed pair of site and type. A *point* is a demand point. All are positions; ids stay outside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.cover.sets import merge

__all__ = [
    "CoverRows",
    "Covering",
    "NetworkProblem",
    "cover_rows",
    "covered_shares",
    "kinds_of_points",
    "link_lounges",
    "linkable_lounges",
    "served_shares",
    "unmerged_rows",
]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Covering:
    """Who is reached by what, and how much that counts: parallel arrays, one entry per reachable pair.

    ``point`` and ``by`` (an option or a lounge) are positions, ``share`` lies in (0, 1].
    """

    point: Ints
    by: Ints
    share: Floats

    @classmethod
    def nobody(cls) -> Covering:
        """Return that nobody is reached."""
        none = np.empty(0, dtype=np.int64)
        return cls(none, none, np.empty(0))


@dataclass(frozen=True)
class NetworkProblem:
    """The siting problem as arrays.

    ``weights``      weight of each point
    ``option_site``, ``option_type``    site and type of each option
    ``site_centre``  centre of each site
    ``stations``     which option reaches which point
    ``outreach``     which lounge, once linked, reaches which point
    ``link_lounge``, ``link_option``, ``link_effort``   which option can run which lounge, and the travel between
    ``n_phases``     the number of phases in which stations are opened
    ``alike``        points of one number (people of one group, say) that are reached alike may be served alike: their
                     people are to their weights as those of the others; without it each point is served by itself
    """

    weights: Floats
    option_site: Ints
    option_type: Ints
    site_centre: Ints
    n_types: int
    n_lounges: int
    stations: Covering
    outreach: Covering
    link_lounge: Ints
    link_option: Ints
    link_effort: Floats
    n_phases: int = 1
    alike: Ints | None = None

    @property
    def n_options(self) -> int:
        """The number of allowed pairs of site and type."""
        return len(self.option_site)

    @property
    def n_sites(self) -> int:
        """The number of sites."""
        return len(self.site_centre)


@dataclass(frozen=True)
class CoverRows:
    """What the points amount to once steps of a standard are unfolded and equal rows are merged.

    ``reach`` is a 0/1 matrix of rows × (options, then lounges); a row counts ``weights`` when any of its columns
    is open or linked (with ``twice``, when any two are). ``label`` is the label that the points of a row share.
    """

    weights: Floats
    reach: sp.csr_array
    label: Ints
    twice: bool = False


def cover_rows(problem: NetworkProblem, label: Ints | None = None) -> CoverRows:
    """Unfold the steps of the standards and merge equal rows; lossless.

    With a ``label`` for each point (its area, say) only rows of one label are merged.
    """
    return _merged(unmerged_rows(problem, label)[0])


def unmerged_rows(problem: NetworkProblem, label: Ints | None = None) -> tuple[CoverRows, Ints]:
    """Unfold the steps of the standards: one row per point and share, and the point of each row.

    A point whose possible shares are s₁ > s₂ > … becomes one row per share: the row of s_k is reached by what
    reaches the point with a share ≥ s_k, and weighs w (s_k - s_{k+1}). The best open share is the sum of the steps.
    """
    point = np.concatenate([problem.stations.point, problem.outreach.point])
    column = np.concatenate([problem.stations.by, problem.outreach.by + problem.n_options])
    share = np.concatenate([problem.stations.share, problem.outreach.share])
    counts = problem.weights[point] > 0
    point, column, share = point[counts], column[counts], share[counts]
    # one level per distinct (point, share), in falling order of share within a point
    order = np.lexsort((column, -share, point))
    point, column, share = point[order], column[order], share[order]
    new_level = np.ones(len(point), dtype=bool)
    new_level[1:] = (point[1:] != point[:-1]) | (share[1:] != share[:-1])
    level = np.cumsum(new_level) - 1
    level_point, level_share = point[new_level], share[new_level]
    next_share = np.append(level_share[1:], 0.0)
    next_share[np.append(level_point[1:] != level_point[:-1], True)] = 0.0
    weights = problem.weights[level_point] * (level_share - next_share)
    # an entry of level k reaches level k and all later levels of the same point
    last = np.searchsorted(level_point, level_point, side="right")
    repeats = last[level] - level
    rows = np.repeat(level, repeats) + _ramps(repeats)
    columns = np.repeat(column, repeats)
    shape = (len(level_point), problem.n_options + problem.n_lounges)
    reach = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    reach.data[:] = 1.0
    labels = np.zeros(len(level_point), dtype=np.int64) if label is None else label[level_point]
    return CoverRows(weights, reach, labels), level_point


def kinds_of_points(problem: NetworkProblem) -> Ints:
    """Return the kind (0, 1, …) of each point: points of a kind are alike, and reached by the same at equal shares."""
    n = len(problem.weights)
    if problem.alike is None:
        return np.arange(n)
    reached: list[list[tuple[int, int, float]]] = [[] for _ in range(n)]
    for which, covering in enumerate((problem.stations, problem.outreach)):
        for point, by, share in zip(
            covering.point.tolist(), covering.by.tolist(), covering.share.tolist(), strict=True
        ):
            reached[point].append((which, by, share))
    number: dict[tuple[int, tuple[tuple[int, int, float], ...]], int] = {}
    keys = ((own, tuple(sorted(by))) for own, by in zip(problem.alike.tolist(), reached, strict=True))
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)


def covered_shares(problem: NetworkProblem, options: Ints, lounges: Ints) -> Floats:
    """Return for each point the largest share at which an open option or a linked lounge reaches it."""
    best = np.zeros(len(problem.weights))
    for covering, chosen in ((problem.stations, options), (problem.outreach, lounges)):
        reached = np.isin(covering.by, chosen)
        np.maximum.at(best, covering.point[reached], covering.share[reached])
    return best


def served_shares(problem: NetworkProblem, loads: Floats, lounges: Ints) -> Floats:
    """Return the covered share of each point when ``loads`` (the part of a point that each station pair serves) count.

    Every part of a point counts at the larger of its station's share and that of the best linked lounge.
    """
    through = covered_shares(problem, np.empty(0, dtype=np.int64), lounges)
    stations = problem.stations
    gain = np.maximum(stations.share - through[stations.point], 0.0) * loads
    return through + np.bincount(stations.point, weights=gain, minlength=len(through))


def linkable_lounges(problem: NetworkProblem, options: Ints) -> Ints:
    """Return the lounges that some open option can run, sorted."""
    return np.unique(problem.link_lounge[np.isin(problem.link_option, options)])


def link_lounges(problem: NetworkProblem, options: Ints) -> Ints:
    """Return for each lounge the position of the open option nearest to it, -1 where none is within the limit.

    Nearest means least travel; ties go to the option that stands first.
    """
    links = np.full(problem.n_lounges, -1, dtype=np.int64)
    usable = np.isin(problem.link_option, options)
    lounge, option, effort = (
        array[usable] for array in (problem.link_lounge, problem.link_option, problem.link_effort)
    )
    order = np.lexsort((option, effort, lounge))
    found, first = np.unique(lounge[order], return_index=True)
    links[found] = option[order][first]
    return links


def _ramps(lengths: Ints) -> Ints:
    """Return 0 … n-1 for each n, one after the other."""
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.arange(len(starts)) - starts


def _merged(rows: CoverRows) -> CoverRows:
    """Merge rows with the same reach and label; the label counts as one more thing that reaches the row."""
    width = rows.reach.shape[1]
    n_rows = len(rows.weights)
    shape = (n_rows, int(rows.label.max(initial=0)) + 1)
    labels = sp.csr_array((np.ones(n_rows), (np.arange(n_rows), rows.label)), shape=shape)
    marked = sp.csr_array(sp.hstack([rows.reach, labels]))
    marked.sort_indices()
    sets, _ = merge(marked.indptr, marked.indices, rows.weights, marked.shape[1])
    label = sets.site[sets.start[1:] - 1].astype(np.int64) - width
    return CoverRows(sets.weight, sp.csr_array(sets.matrix()[:, :width]), label)
