"""What users really give: each form is read right, or refused by an error that names the id and says what to do."""

from __future__ import annotations

import contextlib
import dataclasses
import decimal
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from planner import locate
from planner.errors import PlannerError

DENSE = pd.DataFrame({"s": [100.0, 900.0, 400.0], "t": [800.0, 300.0, 450.0], "u": [50.0, 700.0, np.nan]}, list("abc"))
PEOPLE = pd.Series({"a": 5.0, "b": 7.0, "c": 2.0})
LONG = DENSE.rename_axis("origin").reset_index().melt("origin", var_name="destination", value_name="impedance").dropna()
APART = pd.DataFrame([[0, 1.0, 2], [1, 0, 3], [2, 3, 0]], index=list("stu"), columns=list("stu"))
ROUTES = pd.DataFrame(
    {"route": ["a", "a", "b"], "site": ["s", "t", "t"], "detour": [0.0, 5.0, 1.0], "position": [10.0, 50.0, 20.0]}
)
TRUCKS = {"a": 80, "b": 30}
PLACES = pd.DataFrame({"x": [0.0, 3.0, 9.0], "y": [0.0, 4.0, 1.0]}, list("abc"))
TWICE = pd.Series([99.0, 99, 99, 99], index=list("aabc"))


def cover(pairs: Any = DENSE, weights: Any = PEOPLE, standard: Any = 500, p: Any = 1, **more: Any) -> locate.Solution:
    return locate.mclp(pairs, weights, standard, p, **more)


def _renamed(**names: Any) -> pd.DataFrame:
    return LONG.assign(**{column: LONG[column].map(mapping) for column, mapping in names.items()})


def numbered(heading: str) -> pd.DataFrame:
    """Return the dense table with numbers for ids in a first column, as a file without an index is read."""
    return DENSE.set_axis(pd.Index([101, 102, 103], name=heading)).reset_index()


def pieces(*ids: str) -> list[tuple[pd.DataFrame, None]]:
    """Return a piece for each text of ids."""
    return [(DENSE.reindex(list(some)), None) for some in ids]


NUMBERED = _renamed(origin={"a": 1, "b": 2, "c": 3})

RIGHT: dict[str, Callable[[], locate.Solution]] = {
    "weights as text": lambda: cover(weights=PEOPLE.astype(int).astype(str)),
    "weights as decimals": lambda: cover(weights={k: decimal.Decimal(int(v)) for k, v in PEOPLE.items()}),
    "weights as one column": lambda: cover(weights=PEOPLE.to_frame("people")),
    "weights of another order": lambda: cover(weights=PEOPLE[::-1]),
    "weights as pyarrow": lambda: cover(weights=PEOPLE.astype("double[pyarrow]")),
    "weights of unknown demand": lambda: cover(weights={**PEOPLE, "d": 0}),
    "pairs twice, equal": lambda: cover(pd.concat([LONG, LONG.head(2)])),
    "number ids against text ids": lambda: cover(NUMBERED, {"1": 5, "2": 7, "3": 2}),
    "number ids against float ids": lambda: cover(NUMBERED, pd.Series([5.0, 7, 2], index=[1.0, 2.0, 3.0])),
    "further columns": lambda: cover(LONG.assign(note="x", origin_name="y")),
    "categories without rows": lambda: cover(
        LONG.assign(
            origin=pd.Categorical(LONG["origin"], list("zabc")), destination=pd.Categorical(LONG["destination"], list("utsq"))
        )
    ),
    "pyarrow strings": lambda: cover(
        LONG.astype({"origin": "string[pyarrow]", "destination": "string[pyarrow]", "impedance": "double[pyarrow]"})
    ),
    "impedance as objects": lambda: cover(LONG.astype({"impedance": object})),
    "impedance as text": lambda: cover(LONG.assign(impedance=LONG["impedance"].astype(str))),
    "infinity is unreachable": lambda: cover(DENSE.fillna(np.inf)),
    "1e20 is unreachable": lambda: cover(DENSE.fillna(1e20)),
    "nullable numbers": lambda: cover(DENSE.convert_dtypes()),
    "an array and weights by position": lambda: cover(DENSE.to_numpy(), PEOPLE.to_numpy()),
    "an array and weights by position, ids of their own": lambda: cover(weights=PEOPLE.to_numpy()),
    "ids that are other numbers, and weights by position": lambda: cover(DENSE.set_axis([2, 0, 1]), PEOPLE.to_numpy()),
    "numbered ids in any order, and weights by their number": lambda: cover(_renamed(origin={"a": 0, "b": 1, "c": 2})[::-1], [5, 7, 2]),
    "costs by position": lambda: cover(p=None, cost=[3.0, 2.0, 3.0], budget=2.0),
    "a masked array": lambda: cover(np.ma.masked_greater(DENSE.fillna(1e6).to_numpy(), 1e5), PEOPLE.to_numpy()),
    "p as a numpy number": lambda: cover(p=np.int64(1)),
    "p as a whole float": lambda: cover(p=1.0),
    "no required sites": lambda: cover(required=None),
    "required from a generator": lambda: cover(required=(one for one in ["t", "t"])),
    "excluded as an array": lambda: cover(excluded=np.array(["s", "u"])),
    "standard with its unit": lambda: cover(standard="0.5km"),
    "standard as a numpy number": lambda: cover(standard=np.float32(500)),
    "steps of one": lambda: cover(standard=[("500m", 1.0)]),
    "seed as a numpy number": lambda: cover(seed=np.int32(4)),
    "no time limit": lambda: cover(time_limit=float("inf")),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_is_read_right(name: str) -> None:
    """Nine people of fourteen are covered from t (its number where ids are positions)."""
    solution = RIGHT[name]()
    assert (solution.status, solution.objective) == ("optimal", 9.0)
    assert solution.sites in (("t",), ("1",))


REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("weights is blank, negative or infinite for b", lambda: cover(weights={"a": 5, "b": np.nan, "c": 1})),
    ("weights is blank, negative or infinite for b", lambda: cover(weights={"a": 5, "b": -1, "c": 1})),
    ("weights is blank, negative or infinite for b", lambda: cover(weights={"a": 5, "b": np.inf, "c": 1})),
    ("id b: 'x7' is not a number", lambda: cover(weights={"a": "5", "b": "x7", "c": "2"})),
    ("weights holds complex numbers", lambda: cover(weights=PEOPLE + 1j)),
    ("weights is not a table of numbers by id", lambda: cover(weights=3)),
    ("weights is not a table of numbers by id", lambda: cover(weights="people.csv")),
    ("weights lack demand of the pairs: a, b, c", lambda: cover(weights={})),
    ("weights is not a table of numbers by id", lambda: cover(LONG, weights=[5, 7, 2])),
    ("weights lack demand of the pairs: c", lambda: cover(DENSE.assign(s=[1.0, 2.0, np.nan], t=np.nan), weights={"a": 5, "b": 7})),
    ("the impedance holds yes and no", lambda: cover(LONG.assign(impedance=LONG["impedance"] > 300))),
    ("the pairs lack the column destination, impedance", lambda: cover(NUMBERED.set_axis(["origin", "site", "distance"], axis=1).assign(site=1), None)),
    ("the sparse matrix does not hold plain numbers", lambda: cover(sparse.csr_array(np.eye(3) * 1j), None)),
    ("weights has 2 columns", lambda: cover(weights=pd.DataFrame({"x": PEOPLE, "y": PEOPLE}))),
    ("occur more than once: a", lambda: cover(weights=pd.Series([1.0, 2, 3, 4], index=list("aabc")))),
    ("a → s: the pair is given with an impedance and without one", lambda: cover(pd.concat([LONG.head(1).assign(impedance=np.nan), LONG]))),
    ("a → s: the pair has two impedances, 3 and 100", lambda: cover(pd.concat([LONG, LONG.head(1).assign(impedance=3.0)]))),
    ("lack demand of the pairs: 'a ', 'b ', 'c '", lambda: cover(LONG.assign(origin=LONG["origin"] + " "))),
    ("lack demand of the pairs: 01, 02, 03", lambda: cover(_renamed(origin={"a": "01", "b": "02", "c": "03"}), {1: 5, 2: 7, 3: 2})),
    ("origin ids are blank", lambda: cover(_renamed(origin={"a": " ", "b": "b", "c": "c"}), None)),
    ("site ids are blank", lambda: cover(DENSE.set_axis(["", "t", "u"], axis=1))),
    ("origin is blank in 3 rows", lambda: cover(_renamed(origin={"a": None, "b": "b", "c": "c"}), None)),
    ("column impedance more than once", lambda: cover(pd.concat([LONG, LONG[["impedance"]]], axis=1))),
    ("'100.0m' is not a number", lambda: cover(LONG.assign(impedance=LONG["impedance"].astype(str) + "m"))),
    ("impedance -100 is negative", lambda: cover(DENSE.replace(100.0, -100.0))),
    ("the dense table has its ids in the column 'index'", lambda: cover(DENSE.reset_index())),
    ("the dense table has its ids in the column 'index'", lambda: cover(DENSE.set_axis([7, 8, 9]).reset_index())),
    ("the dense table has its ids in the column '小区编号'", lambda: cover(numbered("小区编号"))),
    ("the dense table has its ids in the column 'FID'", lambda: cover(numbered("FID"))),
    ("weights lack demand of the pairs: s, t, u", lambda: cover(DENSE.T)),
    ("yes and no, not impedances", lambda: cover(DENSE > 300)),
    ("piece 3: this demand is in an earlier piece too: a, c", lambda: cover(pieces("ab", "c", "ca"), None)),
    ("neither a table nor a matrix", lambda: cover("pairs.csv")),
    ("neither a table nor a matrix", lambda: cover(LONG.set_index(["origin", "destination"])["impedance"])),
    ("neither a table nor a matrix", lambda: locate.lscp(None, 500)),
    ("required = True is not a list", lambda: cover(required=True)),
    ("required is the text 's'", lambda: cover(required="s")),
    ("Did you mean", lambda: cover(LONG.assign(destination=LONG["destination"] + "x"), required=["s"])),
    ("both required and excluded: s", lambda: cover(required=["s"], excluded=["s"])),
    ("less than the 2 required sites (s, t)", lambda: cover(required=["s", "t"])),
    ("more than the 0 candidate sites", lambda: cover(excluded=["s", "t", "u"])),
    *((f"p = {p!r} is not a whole number", lambda p=p: cover(p=p)) for p in (2.5, "3", True, float("nan"), float("inf"), [2])),
    *((f"gap = {gap!r} must be", lambda gap=gap: cover(gap=gap)) for gap in (-1, 1, 5, float("nan"), "0.1", None)),
    *((f"seed = {seed!r} must be", lambda seed=seed: locate.lscp(DENSE, 500, seed=seed)) for seed in (-1, 1.5, None, "x")),
    ("must be a whole number from 0 to 2147483647", lambda: locate.lscp(DENSE, 500, seed=2**31)),
    *((f"threads = {n!r} must be", lambda n=n: locate.p_median(DENSE, PEOPLE, 1, threads=n)) for n in (0, 1.5, None)),
    *((f"time_limit = {t!r} must be", lambda t=t: locate.lscp(DENSE, 500, time_limit=t)) for t in (-1, float("nan"), "60", None)),
    ("cost = -1 is not a finite number", lambda: locate.lscp(DENSE, 500, cost=-1)),
    ("cost lacks the sites u", lambda: locate.lscp(DENSE, 500, cost={"s": 1, "t": 2})),
    ("cost is not a table of numbers by id", lambda: locate.lscp(DENSE, 500, cost="x")),  # type: ignore[arg-type]
    ("id u: '3 万' is not a number", lambda: locate.lscp(DENSE, 500, cost={"s": "1", "t": "2", "u": "3 万"})),  # type: ignore[dict-item]
    ("capacity = True is not a number", lambda: cover(capacity=True)),
    ("capacity lacks the sites t, u", lambda: locate.capacitated_p_median(DENSE, PEOPLE, 2, {"s": 9})),
    ("Each further standard needs", lambda: cover(standard=[(800, 1.0), (500, 0.5)])),
    ("Each further standard needs", lambda: cover(standard=[(500, 0.5), (800, 1.0)])),
    ("share 1.2 of a standard", lambda: cover(standard=[(500, 1.2)])),
    ("decay curve must give one share", lambda: cover(standard=lambda d: "x")),
    ("decay curve must give one share", lambda: cover(standard=lambda d: 1 / 0)),
    ("decay curve must give one share", lambda: cover(standard=lambda d: 50 / (d - 50))),
    ("decay curve rises: a share of 0.05 at 50 and of 0.1 at 100", lambda: cover(standard=lambda d: d / 1000)),
    ("some are times", lambda: cover(standard=[("500m", 1.0), ("10min", 0.5)])),
    ("some are times", lambda: locate.flow_cover(ROUTES, TRUCKS, 1, detour="5min", driving_range="60km", lengths=[60, 30])),
    ("no unit", lambda: cover(standard="500")),
    ("share = 80 must be a number from 0 to 1", lambda: locate.partial_lscp(DENSE, PEOPLE, 500, 80)),
    ("mix = 1.5 must be", lambda: locate.backup_cover(DENSE, PEOPLE, 500, 2, mix=1.5)),
    ("is not a Goal", lambda: locate.lexicographic(DENSE, PEOPLE, ["travel"], 1)),  # type: ignore[list-item]
    ("loss = 'x' must be", lambda: locate.lexicographic(DENSE, PEOPLE, [locate.Goal("travel", loss="x")], 1)),  # type: ignore[arg-type]
    ("no id is in both the rows (a, b, c) and the columns", lambda: locate.p_dispersion(APART.set_axis(list("abc")), 2)),
    ("have no distance: t – u", lambda: locate.max_sum_dispersion(APART.replace(3.0, np.nan), 2)),
    ("impedance -1 is negative", lambda: locate.flow_cover(ROUTES.assign(detour=-1.0), TRUCKS, 1)),
    ("a → t: position 50 is beyond the end of the route", lambda: locate.flow_cover(ROUTES, TRUCKS, 1, driving_range=100, lengths={"a": 40, "b": 30})),
    ("position -5.0 is not a number", lambda: locate.flow_cover(ROUTES.assign(position=-5.0), TRUCKS, 1, driving_range=100, lengths={"a": 60, "b": 30})),
    ("id b: the route has no length", lambda: locate.flow_cover(ROUTES, TRUCKS, 1, driving_range=100, lengths={"a": 60})),
    ("sites is the text 's'", lambda: locate.evaluate(DENSE, PEOPLE, "s")),
    ("solution = 'text' is no Solution", lambda: locate.check("text", DENSE)),  # type: ignore[arg-type]
    ("solution = None is no Solution", lambda: locate.check(None, DENSE)),  # type: ignore[arg-type]
    ("required holds ['s'], which is no id", lambda: cover(required=[["s"]])),
    ("weights is not a table of numbers by id", lambda: cover(weights=[[1], [2, 3]])),
    ("neither a table nor a matrix", lambda: locate.lscp([[1.0], [2.0, 3.0]], 500)),  # type: ignore[arg-type]
    ("weights is above 1e+12 for b", lambda: cover(weights={"a": 5, "b": 1e300, "c": 1})),
    ("cost = 1e+300 is not a finite number, zero or more, 1e+12 at most", lambda: locate.p_median(DENSE, PEOPLE, cost=1e300)),
    ("capacity is not given", lambda: locate.split_p_median(DENSE, PEOPLE, 2, None)),  # type: ignore[arg-type]
    ("these demand ids occur more than once: a", lambda: locate.p_median(DENSE, PEOPLE, 1, capacity=20, demand=TWICE)),
    ("these lengths ids occur more than once: a", lambda: locate.flow_cover(ROUTES, TRUCKS, 1, driving_range=99, lengths=TWICE)),
    ("the routes have the column route more than once", lambda: locate.flow_cover(pd.concat([ROUTES, ROUTES[["route"]]], axis=1), TRUCKS, 1)),
    ("a → s: position (10+1j) is not a number", lambda: locate.flow_cover(ROUTES.assign(position=ROUTES["position"] + 1j), TRUCKS, 1, driving_range=99, lengths=[60, 30])),
    ("the routes are no table", lambda: locate.flow_cover("routes.csv", TRUCKS, 1)),  # type: ignore[arg-type]
    ("goals = 'travel' is not a list of goals", lambda: locate.lexicographic(DENSE, PEOPLE, "travel", 1)),  # type: ignore[arg-type]
    ("cutoff = None must be a finite number", lambda: locate.Points(DENSE.to_numpy()[:, :2]).pairs(None)),  # type: ignore[arg-type]
    ("the demand points have the column x more than once", lambda: locate.Points(pd.concat([PLACES, PLACES[["x"]]], axis=1))),
    ("the demand points hold no plain numbers", lambda: locate.Points(PLACES > 1)),
    ("the demand points hold no plain numbers", lambda: locate.Points(PLACES + 1j)),
    ("id c: the demand point has no finite x and y", lambda: locate.Points(PLACES.assign(x=[0, 3, 1e300]))),
    ("piece 2 has 12 columns, the first one 3", lambda: cover([(sparse.csr_array(np.ones((2, m))), None) for m in (3, 12)], None)),
    ("sites = 5 is not a list", lambda: locate.evaluate(DENSE, PEOPLE, 5)),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize(("words", "call"), REFUSED, ids=[str(k) for k in range(len(REFUSED))])
def test_is_refused_by_name(words: str, call: Callable[[], object]) -> None:
    """The error is the planner's own, says what is wrong and where, and no stray second fault comes with it."""
    with pytest.raises(PlannerError) as told:
        call()
    assert words in str(told.value)
    assert "two impedances" not in str(told.value) or "two impedances" in words


COVERED = {"pairs": DENSE, "weights": PEOPLE, "standard": 500}
CALLS: dict[str, dict[str, Any]] = {
    "lscp": {"pairs": DENSE, "standard": 500},
    "partial_lscp": {**COVERED, "share": 0.5},
    "mclp": {**COVERED, "p": 1},
    "backup_cover": {**COVERED, "p": 2},
    "p_median": {"pairs": DENSE, "weights": PEOPLE, "p": 1},
    "p_center": {"pairs": DENSE, "weights": PEOPLE, "p": 2},
    "weighted_p_center": {"pairs": DENSE, "weights": PEOPLE, "p": 2},
    "capacitated_p_median": {"pairs": DENSE, "weights": PEOPLE, "p": 2, "capacity": 20},
    "split_p_median": {"pairs": DENSE, "weights": PEOPLE, "p": 2, "capacity": 20},
    "p_dispersion": {"pairs": APART, "p": 2},
    "max_sum_dispersion": {"pairs": APART, "p": 2},
    "lexicographic": {"pairs": DENSE, "weights": PEOPLE, "goals": [locate.Goal("travel")], "p": 1},
    "flow_cover": {"routes": ROUTES, "flows": TRUCKS, "p": 1},
    "evaluate": {"pairs": DENSE, "weights": PEOPLE, "sites": ["s"]},
    "check": {"solution": locate.mclp(DENSE, PEOPLE, 500, 1), "pairs": DENSE, "weights": PEOPLE},
    "Points": {"demand": DENSE.to_numpy()[:, :2]},
}
ODD: list[Any] = [
    None, True, "x", "", b"1", -1, 2.5, float("nan"), 10**400, 1j, pd.NA, object(), int, [None], [["s"]], [[1], [2, 3]],
    np.array(1), np.zeros((2, 2, 2)), pd.DataFrame(), LONG.iloc[:0], DENSE.astype(object).replace(100.0, "x"), TWICE,
    {"a": 1e300, "b": 1, "c": 1, "s": 1e300, "t": 1, "u": 1}, {"a": [1], "b": 1, "c": 1, "s": [1], "t": 1, "u": 1},
    [locate.Goal("travel")], [(100, "x")], {None: 1, "a": 1},
]  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_no_odd_argument_brings_a_traceback(name: str) -> None:
    """Whatever stands for any one argument, there is an answer or an error of the planner's own."""
    function = getattr(locate, name)
    function(**CALLS[name])
    for argument in inspect.signature(function).parameters:
        for odd in ODD:
            call = {**CALLS[name], argument: odd}
            if argument == "lengths" and name == "flow_cover":
                call["driving_range"] = 100
            if argument == "budget":
                call["cost"] = 1
            if argument == "demand" and name == "p_median":
                call["capacity"] = 20
            with contextlib.suppress(PlannerError):
                function(**call)


def test_arrays_of_any_size_go_by_position() -> None:
    """More than ten rows and sites: weights, costs, capacities and demand meet the array by position."""
    apart = np.abs(np.arange(12.0)[:, None] - np.arange(12.0)) * 100
    for pairs in (
        apart,
        pd.DataFrame(apart),
        sparse.csr_array(apart + 1),
        locate.Points(np.arange(24.0).reshape(12, 2)),
    ):
        some = np.arange(12.0)
        solution = locate.p_median(pairs, some, 1, capacity=np.full(12, 99.0), demand=some)
        assert solution.status == "optimal"
        assert locate.check(solution, pairs, some, capacity=np.full(12, 99.0), demand=some) == []
    assert locate.mclp(apart, np.arange(12.0), 0, cost=np.arange(12.0) + 1, budget=12.0).sites == ("11",)


def test_notes_do_not_ask_for_the_order_of_the_rows() -> None:
    """The first unreachable pairs that a note names are the first by id."""
    blank = LONG.assign(impedance=np.nan)
    first = locate.lscp(pd.concat([blank] * 2), 500).notes
    assert first == locate.lscp(pd.concat([blank] * 2).sample(frac=1, random_state=1), 500).notes
    assert "a → s, a → s, a → t" in first[0]


def test_edges_that_are_answers() -> None:
    """Nothing to serve, nothing reachable, no time, a sparse zero, and demand too large for any site."""
    assert locate.lscp(LONG.iloc[:0], 500).sites == ()
    plain = DENSE.reset_index(drop=True)
    assert cover([(plain, None), (plain, None)], None).objective == 2 * cover(plain, None).objective
    assert "driving_range" in locate.flow_cover(ROUTES, TRUCKS, 1, lengths=[60, 30]).notes[-1]
    assert locate.mclp(LONG.iloc[:0], PEOPLE, 500, 0).measures["covered_share_of_weight"] == 0
    assert np.isnan(cover([(LONG, PEOPLE * 0)], None).measures["covered_share_of_weight"])
    assert locate.mclp(sparse.csr_array(([0.0], [0], [0, 1]), shape=(1, 1)), None, 0, 1).objective == 1
    assert locate.capacitated_p_median(DENSE, PEOPLE, 2, 10, time_limit=0).status == "no_solution"
    small = locate.capacitated_p_median(DENSE, PEOPLE, 3, 6)
    assert small.status == "infeasible"
    assert any("no site is large enough for b" in note for note in small.notes)
    for nothing in (LONG.iloc[:0], pd.DataFrame(index=list("abc"))):
        assert locate.backup_cover(nothing, None, 500).status == "optimal"
        assert locate.lexicographic(nothing, None, [locate.Goal("travel")], 0).status == "optimal"
        assert locate.capacitated_p_median(nothing, None, 0, 9).status == "optimal"
    assert locate.flow_cover(ROUTES.iloc[:0], None, 0, driving_range=9, lengths={}).status == "optimal"
    assert cover(standard=lambda d: d.__imul__(0) + 0.5).assignment["impedance"].max() > 0
    triangle = pd.DataFrame({"origin": ["s", "s", "t"], "destination": ["t", "u", "u"], "impedance": [1.0, 2, 3]})
    early = locate.p_dispersion(triangle, 2, time_limit=0)
    assert early.bound == 3
    assert early.notes == ()
    spread = locate.p_dispersion(APART.replace(3.0, np.inf), 2)
    assert (spread.status, spread.sites, spread.gap) == ("optimal", ("t", "u"), 0)


def test_notes_say_what_is_so() -> None:
    """A budget is not told as sites that add nothing, a lack of time not as what cannot be, all but one not as all."""
    poor = cover(p=2, cost=1.0, budget=1.0)
    assert not any("would add nothing" in note for note in poor.notes)
    few = locate.backup_cover(DENSE, PEOPLE, 500, 1)
    assert "1 new site cannot cover all demand once: raise p, or give a mix" in few.notes
    lone = DENSE.assign(s=[1.0, np.nan, np.nan], t=np.nan, u=np.nan)
    short = locate.partial_lscp(lone, {"a": 1e9, "b": 1, "c": 0}, 500, 1)
    assert "at most 99.9999999 % of the weight can be covered" in short.notes
    twice = pd.concat([LONG, LONG.head(1).assign(impedance=100 + 1e-9)])
    with pytest.raises(PlannerError, match=r"two impedances, 100 and 100\.000000001"):
        cover(twice)
    light = locate.lexicographic(DENSE, {"a": 5, "b": 0, "c": 2}, [locate.Goal("centre")], 1)
    assert "demand of weight 0 does not count for the goal centre: b" in light.notes
    broken = locate.lscp(DENSE.set_axis(["s", "t", "u\n1"], axis=1), 500)
    assert "1 pair is blank, so unreachable: c → 'u\\n1'" in broken.notes
    DENSE.attrs["unit"] = None
    assert cover(standard="0.5km").objective == 9
    DENSE.attrs.clear()


def test_reports_read_well() -> None:
    """One site is one site, no number is lost or called nan, and what is not known is not told in per cent."""
    solution = cover(DENSE.set_axis(["s ", "t", "u"], axis=1), PEOPLE * 0, required=["s "], standard=1234567.5)
    assert "1 open site: 's '" in solution.report()
    assert "standard = 1234567.5 (unit of the pairs): within means ≤" in solution.report()
    assert "covered share of weight: undefined" in solution.report()
    early = cover(APART, None, 0, 2, time_limit=0, required=["s"])
    nothing = dataclasses.replace(early, status="feasible", objective=0.0, bound=3.0)
    assert "not proven: how far from the best is not known" in nothing.report()
    with pytest.raises(PlannerError, match=r"budget = 2,345,678 does not pay for the required sites .s: 2,345,679"):
        cover(p=None, cost={"s": 2345679, "t": 1, "u": 1}, budget=2345678, required=["s"])
    told = locate.evaluate(DENSE, PEOPLE * 0, ["s"]).report()
    assert "1 site: s" in told
    assert "mean travel: undefined" in told
    assert "max weighted travel: 0 weight × impedance" in told
    with pytest.raises(PlannerError, match="There is no measure 'covered_share'"):
        locate.evaluate(DENSE, PEOPLE, ["s"])["covered_share"]
