"""Which datum undeclared coordinates are in: each hypothesis is tried against things whose place is known.

Places stand beside streets: seldom on the carriageway, seldom far from every street. Under the right datum the points
of a layer show this; shifted by a few hundred metres they lie like points thrown at random. The comparison is with the
same points moved by many other offsets, so it needs no assumption on the town. Each point is on a carriageway (o), far
from all streets (f) or beside one (b). With the shares q of the moved points, and the shares p expected of true places
(p_o = q_o / 4, p_f = q_f / 4, p_b the rest), a hypothesis scores the log-likelihood ratio Σ log(p / q), divided by its
overdispersion among the moved points, because places cluster. It can only win if it fits better than 95 % of the
offsets: else none of the three may be right.

Against outlines, points that fall outside, and points that name another area than they lie in, speak against a
hypothesis. The best one is named when the odds against each other one are more than 10 to 1 (Good, Probability and the
Weighing of Evidence, 1950), and the odds are told; else the answer is "cannot tell".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from planner.inputs.coordinates.datums import Datum, in_mainland, to_wgs84
from planner.inputs.coordinates.projections import working_crs
from planner.inputs.roads.read import Roads

__all__ = ["Verdict", "judge"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Places = dict[Datum, tuple[Array, Array]]

_HYPOTHESES: Final[tuple[Datum, ...]] = ("wgs84", "gcj02", "bd09")
_TITLES: Final = {"wgs84": "WGS 84", "gcj02": "GCJ-02", "bd09": "BD-09"}
_DECISIVE: Final = math.log(10.0)
_RARER: Final = 4.0  # true places are this much rarer on carriageways and far from streets
_BETTER_THAN_CHANCE: Final = 1.645  # standard deviations: fits better than 95 % of arbitrary offsets
_FEWEST: Final = 20  # points beside streets
_SAMPLE: Final = 1500
_CELL: Final = 2e-4  # degrees, some 20 m: places nearer to each other count as one
_FEWEST_OFFSETS: Final = 30  # arbitrary offsets with enough points beside streets
_RAREST, _COMMONEST = 0.02, 0.45  # shares of points thrown at random that are believed
_FAR, _REACH = 80.0, 300.0  # metres from the next street: far, and beyond what the network covers
_HALF_WIDTHS: Final = {
    "motorway": 9.0, "trunk": 9.0, "primary": 8.0, "secondary": 7.5, "tertiary": 6.5, "residential": 5.0,
    "unclassified": 5.0, "living_street": 4.0, "service": 3.5,
}  # fmt: skip
_OUTSIDE: Final = math.log(4.0)  # weight of a point outside the outline
_LEAK: Final = 3  # points outside under the best hypothesis weigh this much against it
_WRONG_NAME: Final = math.log(10.0)  # weight of a point in another area than the one it names


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the test found: the datum (None: cannot tell), its evidence in a sentence, and the figures.

    ``evidence`` has a row per hypothesis: points near streets, shares on carriageways and far from streets, points
    outside the outlines and in another area than named, and ``lead``, the log odds against its best rival.
    """

    datum: Datum | None
    sentence: str
    evidence: pd.DataFrame

    def __str__(self) -> str:
        """Return the sentence."""
        return self.sentence


@dataclass(frozen=True, slots=True)
class _Streets:
    lines: shapely.STRtree
    carriageways: shapely.STRtree

    def kinds(self, x: Array, y: Array) -> tuple[Mask, Mask, Mask]:
        """Return which points the network covers, which lie on a carriageway and which far from all streets."""
        points = shapely.points(x, y)
        hit, distance = self.lines.query_nearest(points, max_distance=_REACH, return_distance=True, all_matches=False)
        covered, far, on = (np.zeros(len(x), dtype=bool) for _ in range(3))
        covered[hit[0]] = True
        far[hit[0]] = distance > _FAR
        on[self.carriageways.query(points, predicate="intersects")[0]] = True
        return covered, on, far


def judge(points: gpd.GeoDataFrame, *references: Roads | gpd.GeoDataFrame | None) -> Verdict:
    """Return which datum fits points whose numbers (degrees, taken as they stand) declare none.

    ``references`` are of known datum, in WGS 84: streets (:class:`planner.inputs.roads.read.Roads` or lines) and
    outlines (polygons; where they have a ``name`` that the points' column ``area`` uses, names are compared too).

    >>> judge(points, roads, boundary).datum  # doctest: +SKIP
    'gcj02'
    """
    lon, lat, names = _sample(points)
    places = {datum: to_wgs84(lon, lat, datum) for datum in _HYPOTHESES}
    if not len(lon) or not in_mainland(lon, lat).any():
        empty = pd.DataFrame(index=pd.Index(_HYPOTHESES))
        return Verdict("wgs84" if len(lon) else None, "outside the mainland no vendor shifts coordinates", empty)
    crs = working_crs((lon.min() - 0.02, lat.min() - 0.02, lon.max() + 0.02, lat.max() + 0.02))
    figures, leads = pd.DataFrame(index=pd.Index(_HYPOTHESES, name="datum")), np.zeros((3, 3))
    for reference in references:
        if reference is None or not len(reference):
            continue
        if (
            isinstance(reference, gpd.GeoDataFrame)
            and (shapely.get_dimensions(reference.geometry.to_numpy()) == 2).any()
        ):
            table, lead = _against_outlines(places, names, reference)
        else:
            table, lead = _against_streets(places, _streets(reference, crs), crs)
        again = {name: f"{name} again" for name in table.columns if name in figures}
        figures, leads = pd.concat([figures, table.rename(columns=again)], axis=1), leads + lead
    return _verdict(figures, leads)


def _sample(points: gpd.GeoDataFrame) -> tuple[Array, Array, npt.NDArray[Any]]:
    """Return up to 1,500 distinct positions and area names; the order of rows does not matter."""
    xy = shapely.get_coordinates(shapely.point_on_surface(points.geometry.to_numpy()))
    names = points["area"].astype(str).to_numpy() if "area" in points else np.full(len(xy), "")
    cells = np.round(xy / _CELL).astype(np.int64)
    order = np.lexsort((xy[:, 1], xy[:, 0], cells[:, 1], cells[:, 0]))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(cells[order], axis=0) != 0).any(axis=1)
    kept = order[new]
    kept = kept[np.linspace(0, len(kept) - 1, min(len(kept), _SAMPLE)).astype(np.intp)]
    return xy[kept, 0], xy[kept, 1], names[kept]


def _streets(reference: Roads | gpd.GeoDataFrame, crs: pyproj.CRS) -> _Streets:
    if isinstance(reference, gpd.GeoDataFrame):
        lines = reference.to_crs(crs).geometry.to_numpy()
        classes = reference["highway"] if "highway" in reference else pd.Series("residential", index=reference.index)
        words: Iterable[Any] = classes.astype(str)
    else:
        lines = gpd.GeoSeries(reference.lines(), crs=4326).to_crs(crs).to_numpy()
        by_tag = [str(tags.get("highway", "")) for tags in reference.tags]
        words = (by_tag[tag] for tag in reference.tag)
    half = np.array([_HALF_WIDTHS.get(word.removesuffix("_link"), 0.0) for word in words])
    wide = half > 0
    return _Streets(shapely.STRtree(lines), shapely.STRtree(shapely.buffer(lines[wide], half[wide], quad_segs=2)))


def _against_streets(places: Places, streets: _Streets, crs: pyproj.CRS) -> tuple[pd.DataFrame, Array]:
    """Return the figures per hypothesis and the log odds of each (row) against each other (column)."""
    forward = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    metres = {datum: forward.transform(*place) for datum, place in places.items()}
    counts = np.array([_count(streets, *metres[datum]) for datum in _HYPOTHESES])
    moved = np.array([_count(streets, x + dx, y + dy) for x, y in metres.values() for dx, dy in _offsets()])
    names = ["points near streets", "share on carriageways", "share far from streets"]
    table = pd.DataFrame(counts, columns=names, index=pd.Index(_HYPOTHESES, name="datum"))
    null = moved[moved[:, 0] >= _FEWEST, 1:]
    common = counts[:, 0].min()
    if common < _FEWEST or len(null) < _FEWEST_OFFSETS:
        return table, np.zeros((3, 3))
    q = np.clip(null.mean(axis=0), _RAREST, _COMMONEST)
    q = np.append(q, 1 - q.sum())
    p = np.append(q[:2] / _RARER, 1 - (q[:2] / _RARER).sum())
    gain = np.log(p / q)
    each = q @ gain**2 - (q @ gain) ** 2  # variance of one point among points thrown at random
    thrown = null @ (gain[:2] - gain[2])
    spread = max(thrown.var() * common / each, 1.0)
    fit = counts[:, 1:] @ (gain[:2] - gain[2])
    scores = fit * common / spread
    lead = scores[:, None] - scores[None, :]
    chance = (fit - thrown.mean()) / max(float(thrown.std()), 1e-9) < _BETTER_THAN_CHANCE
    lead[chance] = np.minimum(lead[chance], 0.0)  # what fits no better than an arbitrary offset cannot win by streets
    return table, lead


def _count(streets: _Streets, x: Array, y: Array) -> tuple[int, float, float]:
    covered, on, far = streets.kinds(x, y)
    n = int(covered.sum())
    return n, float((on & covered).sum() / max(n, 1)), float((far & covered).sum() / max(n, 1))


def _offsets() -> list[tuple[float, float]]:
    """Return 24 offsets of 150 to 800 m in all directions."""
    radii = np.linspace(150.0, 800.0, 24)
    angles = np.arange(24) * 2.399963  # golden angle: even in direction at every radius
    return list(zip(radii * np.cos(angles), radii * np.sin(angles), strict=True))


def _against_outlines(
    places: Places, names: npt.NDArray[Any], outlines: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, Array]:
    """Return the figures per hypothesis and the log odds of each (row) against each other (column).

    An outline speaks for h against g only as far as points would also fall out on the opposite side, at 2h − g: else
    the edge there is empty, and moving away from the outline's other edge would always look better.
    """
    whole = shapely.union_all(outlines.geometry.to_numpy())
    shapely.prepare(whole)

    def outside(place: tuple[Array, Array]) -> int:
        return int(np.count_nonzero(~shapely.contains_xy(whole, *place)))

    out = [outside(places[datum]) for datum in _HYPOTHESES]
    wrong = _wrong_names(places, names, outlines)
    index = pd.Index(_HYPOTHESES, name="datum")
    table = pd.DataFrame({"points outside": out, "points in another area": wrong}, index=index)
    lead = np.zeros((3, 3))
    for i, h in enumerate(_HYPOTHESES):
        for j, g in enumerate(_HYPOTHESES):
            if i != j and out[j] > _LEAK * out[i]:
                x, y = (2 * a - b for a, b in zip(places[h], places[g], strict=True))
                support = _OUTSIDE * max(min(out[j], outside((x, y))) - _LEAK * out[i], 0)
                lead[i, j] += support
                lead[j, i] -= support
            if i != j and wrong[j] > _LEAK * wrong[i]:
                support = _WRONG_NAME * (wrong[j] - _LEAK * wrong[i])
                lead[i, j] += support
                lead[j, i] -= support
    return table, lead


def _wrong_names(places: Places, names: npt.NDArray[Any], outlines: gpd.GeoDataFrame) -> list[int]:
    """Return per hypothesis how many points lie in areas, but in none of the name they state.

    The name may be that of the area itself or of the larger one it belongs to (columns ``name``, ``area``): the one
    that most points bear out. Where not even half of them do under any hypothesis, names say nothing.
    """
    tree = shapely.STRtree(outlines.geometry.to_numpy())
    pairs = [tree.query(shapely.points(*places[datum]), predicate="intersects") for datum in _HYPOTHESES]
    best, wrong = 0.5, [0] * len(pairs)
    for column in ("name", "area"):
        titles = outlines[column].astype(str).to_numpy() if column in outlines else np.array([], dtype=str)
        stated = np.isin(names, titles[titles != ""])
        counts = []
        for point, area in pairs if stated.any() else ():
            within, right = np.zeros(len(names), dtype=bool), np.zeros(len(names), dtype=bool)
            within[point] = True
            right[point[titles[area] == names[point]]] = True
            counts.append((int((stated & right).sum()), int((stated & within & ~right).sum())))
        share = max((good / max(good + bad, 1) for good, bad in counts), default=0.0)
        if share > best:
            best, wrong = share, [bad for _, bad in counts]
    return wrong


def _verdict(table: pd.DataFrame, leads: Array) -> Verdict:
    figures = "; ".join(f"{_TITLES[datum]}: {_figures(table, datum)}" for datum in _HYPOTHESES)
    against = np.where(np.eye(3, dtype=bool), np.inf, leads)
    table = table.assign(lead=against.min(axis=1))
    best = int(np.argmax(against.min(axis=1)))
    lead, second = float(against[best].min()), int(np.argmin(against[best]))
    if lead < _DECISIVE:
        return Verdict(None, f"cannot tell the datum from this evidence ({figures})", table)
    odds = "more than a million" if lead > 14 else f"about {math.exp(lead):,.0f}"
    named, other = _TITLES[_HYPOTHESES[best]], _TITLES[_HYPOTHESES[second]]
    return Verdict(_HYPOTHESES[best], f"{named} fits best, {odds} to 1 against {other} ({figures})", table)


def _figures(table: pd.DataFrame, datum: str) -> str:
    words = []
    for name in table.columns:
        value = float(table[name][datum])
        words.append(f"{name} {value:.1%}" if name.startswith("share") else f"{name} {value:.0f}")
    return ", ".join(words) or "no evidence"
