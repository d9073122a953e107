"""CPU time against size for every problem type: ``python -m benchmarks.sizes [TYPE …] [--more] [--draw]``.

Without a TYPE all are measured (about an hour); ``--more`` measures what has no time yet; ``--draw`` only draws. Each
solve runs in a process of its own, after a small warm-up that loads the compiled code, from tables to answer, on one
thread. Time is that of the processor, the peer's solver process included, and so is the time limit of 20 s, so that
other work on the machine decides little; code that the warm-up left to compile, once per machine, counts in neither; solvers called from outside have a limit by the clock, which ``PATIENCE=2`` in
the environment doubles. Peers get the same instances as arrays, with the same limit for their solver; one that lasts
several times as long, building included, is stopped, and none is asked for sizes beyond its first without a proof.
Writes ``results/sizes.json``, each row as soon as it is measured, and draws ``docs/images/locate-sizes.png``.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import locate_peers
from benchmarks.generators import CoverInstance, mclp

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "benchmarks" / "results" / "sizes.json"
IMAGE = ROOT / "docs" / "images" / "locate-sizes.png"
SECONDS, PATIENCE = 20.0, float(os.environ.get("PATIENCE", "1"))
LIMIT = SECONDS * PATIENCE


@dataclass(frozen=True)
class Type:
    """A panel: what its sizes count, how an instance is made, our lines and the peers', each a function of it."""

    counts: str
    sizes: tuple[int, ...]
    instance: Callable[[int], Any]
    ours: dict[str, Callable[[Any], Any]]
    peers: dict[str, Callable[[Any], locate_peers.Told]] = field(default_factory=dict)


@dataclass(frozen=True)
class Town:
    """Random demand and sites; every demand has about ten sites within the standard, a third of its pairs."""

    data: CoverInstance

    @property
    def p(self) -> int:
        return len(self.data.sites) // 25

    @property
    def near(self) -> float:
        return self.data.radius / 3**0.5

    @property
    def weights(self) -> Any:
        return self.data.weights.astype(float)

    def table(self) -> Any:
        return self.data.pairs()

    def covering(self) -> tuple[Any, Any]:
        """Return the pairs within the standard and the weights of the demand that has one."""
        pairs = self.data.pairs()
        pairs.data[pairs.data > self.near] = 0
        pairs.eliminate_zeros()
        some = np.diff(pairs.indptr) > 0
        return pairs[some], self.weights[some]

    def dense(self) -> tuple[Any, Any]:
        """Return all distances, and the weights, of the demand that some site covers."""
        far = np.hypot(*(self.data.demand[:, None, k] - self.data.sites[None, :, k] for k in (0, 1)))
        some = far.min(axis=1) <= self.near
        return far[some], self.weights[some]


@dataclass(frozen=True)
class Places:
    """Random places of whole coordinates, each a demand and a candidate, and how many people live there."""

    xy: Any
    people: Any

    @property
    def tenth(self) -> int:
        return len(self.xy) // 10

    @property
    def capacity(self) -> float:
        return float(np.ceil(1.1 * self.people.sum() / self.tenth))

    def far(self) -> Any:
        return np.hypot(*(self.xy[:, None, k] - self.xy[None, :, k] for k in (0, 1)))

    def table(self) -> pd.DataFrame:
        ids = [f"{k:05d}" for k in range(len(self.xy))]
        return pd.DataFrame(self.far(), ids, ids)

    def points(self) -> Any:
        from planner import locate

        return locate.Points(self.xy)

    def weights(self) -> pd.Series:
        return pd.Series(self.people, [f"{k:05d}" for k in range(len(self.xy))])


def town(size: int) -> Town:
    """So many demand points and a twentieth as many sites."""
    return Town(mclp(size, size // 20, 600 / size, 0))


def places(size: int) -> Places:
    """So many places in a square of 10,000 × 10,000."""
    r = np.random.default_rng(size)
    return Places(r.integers(0, 10_000, (size, 2)), r.integers(1, 21, size).astype(float))


def roads(size: int) -> tuple[pd.DataFrame, pd.Series]:
    """So many straight truck routes across a square of 100 km past a tenth as many sites: those within 5 km of a route,
    with their detour there and back and their position along it."""
    r = np.random.default_rng(size)
    a, b, sites = (r.uniform(0, 100_000, (count, 2)) for count in (size, size, size // 10))
    length = np.hypot(*(b - a).T)
    along = np.einsum("ijk,ik->ij", sites[None] - a[:, None], (b - a) / length[:, None])
    foot = a[:, None] + np.clip(along, 0, length[:, None])[..., None] * ((b - a) / length[:, None])[:, None]
    off = np.hypot(*np.moveaxis(sites[None] - foot, 2, 0))
    i, j = np.nonzero(off <= 5_000)
    table = pd.DataFrame({
        "route": [f"r{k:05d}" for k in i], "site": [f"s{k:05d}" for k in j], "detour": 2 * off[i, j],
        "position": np.clip(along, 0, length[:, None])[i, j],
    })  # fmt: skip
    ids = [f"r{k:05d}" for k in range(size)]
    return table, pd.DataFrame({"flow": r.integers(10, 200, size), "length": length}, ids)


def types() -> dict[str, Type]:
    """Every problem type, with the lines of its panel."""
    from planner import locate

    def stopped(solve: Callable[..., Any], *given: Any, **more: Any) -> Any:
        return solve(*given, **more, time_limit=LIMIT)

    def goals(t: Town) -> Any:
        order = [locate.Goal("coverage", t.near, loss=0.01), locate.Goal("travel")]
        return stopped(locate.lexicographic, t.table(), t.weights, order, t.p)

    def trucks(given: Any, p: int, **more: Any) -> Any:
        routes, lines = given
        passing = routes if more else routes.drop(columns="position")
        more |= {"lengths": lines["length"]} if more else {}
        return stopped(locate.flow_cover, passing, lines["flow"], p, detour=10_000, **more)

    demand, both, stations = "demand points, a twentieth as many sites", "places, each demand and site", "sites"
    towns, many, some = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000), (100, 200, 400, 1_000, 2_000, 5_000), (
        25, 50, 100, 200, 400)  # fmt: skip
    spopt, highs = "spopt (CBC)", "HiGHS from arrays"
    return {
        "lscp": Type(
            demand, towns, town, {"": lambda t: stopped(locate.lscp, t.table(), t.near)},
            {spopt: lambda t: locate_peers.spopt_cover(*t.dense(), t.near, None, LIMIT),
             highs: lambda t: locate_peers.highs_cover(*t.covering(), None, LIMIT)},
        ),
        "partial_lscp": Type(
            demand, towns, town,
            {f"{share:.0%}": lambda t, share=share: stopped(locate.partial_lscp, t.table(), t.weights, t.near, share)
             for share in (0.5, 0.9)},
        ),
        "mclp": Type(
            demand, towns, town, {"p = m / 25": lambda t: stopped(locate.mclp, t.table(), t.weights, t.near, t.p)},
            {spopt: lambda t: locate_peers.spopt_cover(*t.dense(), t.near, t.p, LIMIT),
             highs: lambda t: locate_peers.highs_cover(*t.covering(), t.p, LIMIT)},
        ),
        "backup_cover": Type(
            demand, towns, town,
            {"fewest": lambda t: stopped(locate.backup_cover, t.table(), t.weights, t.near),
             "mix, p = m / 25": lambda t: stopped(
                 locate.backup_cover, t.table(), t.weights, t.near, t.p, mix=0.3)},
            {spopt: lambda t: locate_peers.spopt_backup(t.dense()[0], t.near, LIMIT)},
        ),
        "p_median": Type(
            both, many, places,
            {"p = n / 10": lambda t: stopped(locate.p_median, t.points(), None, t.tenth),
             "p = 10": lambda t: stopped(locate.p_median, t.points(), None, 10)},
            {spopt: lambda t: locate_peers.spopt_median(t.far(), t.tenth, LIMIT),
             highs: lambda t: locate_peers.highs_median(t.far(), t.tenth, LIMIT)},
        ),
        "capacitated_p_median": Type(
            both, (50, 100, 200, 400, 1_000), places,
            {"p = n / 10": lambda t: stopped(
                locate.capacitated_p_median, t.table(), None, t.tenth, t.capacity, demand=t.weights())},
            {highs: lambda t: locate_peers.highs_median(t.far(), t.tenth, LIMIT, t.people, t.capacity)},
        ),
        "p_center": Type(
            both, many, places,
            {"p = n / 10": lambda t: stopped(locate.p_center, t.points(), t.tenth),
             "p = 10": lambda t: stopped(locate.p_center, t.points(), 10)},
            {spopt: lambda t: locate_peers.spopt_centre(t.far(), t.tenth, LIMIT)},
        ),
        "p_dispersion": Type(
            stations, (*some, 800), places,
            {"p = n / 5": lambda t: stopped(locate.p_dispersion, t.table(), len(t.xy) // 5),
             "p = 5": lambda t: stopped(locate.p_dispersion, t.table(), 5)},
            {spopt: lambda t: locate_peers.spopt_dispersion(t.far(), len(t.xy) // 5, LIMIT)},
        ),
        "max_sum_dispersion": Type(
            stations, (*some, 1_000), places,
            {"p = n / 5": lambda t: stopped(locate.max_sum_dispersion, t.table(), len(t.xy) // 5),
             "p = 5": lambda t: stopped(locate.max_sum_dispersion, t.table(), 5)},
        ),
        "lexicographic": Type(demand, towns, town, {"coverage less 1 %, then travel": goals}),
        "flow_cover": Type(
            "routes, a tenth as many sites", (200, 500, 1_000, 2_000, 5_000), roads,
            {"p = 10": lambda given: trucks(given, 10), "p = 5": lambda given: trucks(given, 5),
             "p = 10, range 60 km": lambda given: trucks(given, 10, driving_range=60_000)},
        ),
    }  # fmt: skip


def solve_once(name: str, line: str, size: int) -> dict[str, Any]:
    """Measure one solve in this process, after a warm-up of the same function on a small instance."""
    kind = types()[name]
    peer = line in kind.peers
    if not peer:
        kind.ours[line](kind.instance(kind.sizes[0]))
    given = kind.instance(size)
    _limit_processor_time()
    begun = _cpu()
    told = (kind.peers if peer else kind.ours)[line](given)
    cpu = _cpu() - begun - (0.0 if peer else told.seconds.get("compile", 0.0))
    value, proven = (told.value, told.proven) if peer else (told.objective, told.status == "optimal")
    gap = None if peer or not np.isfinite(told.gap) else round(told.gap, 6)
    return {"cpu_s": round(cpu, 3), "value": value, "proven": bool(proven), "gap": gap}


def _limit_processor_time() -> None:
    """Let the engines' clocks run by the processor, ``PATIENCE`` times as fast: what they leave for HiGHS is patient."""
    from planner.locate.solver.clock import Clock

    begin = Clock.__init__

    def begun(clock: Any, time_limit: float) -> None:
        begin(clock, time_limit)
        clock.begun = time.process_time()

    def left(clock: Any) -> float:
        return max(0.0, clock.limit - PATIENCE * (time.process_time() - clock.begun - clock.compiling()))

    Clock.__init__, Clock.left = begun, left  # type: ignore[method-assign]


def _cpu() -> float:
    """Return the processor's seconds of this process and of those that it started and awaited."""
    return time.process_time() + os.times().children_user + os.times().children_system


def measure(name: str, more: bool) -> None:
    """Measure all lines of a type, or only the solves that have no time yet, and keep each row."""
    kind, order = types()[name], {each: k for k, each in enumerate(types())}
    for line in (*kind.ours, *kind.peers):
        for size in kind.sizes:
            who = (name, line, size)
            row = _kept().get(who, {"cpu_s": None})
            if not more or row["cpu_s"] is None:
                row = _measured(*who) | {"peer": line in kind.peers}
                rows = sorted((_kept() | {who: row}).values(), key=lambda row: order[row["type"]])
                TARGET.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
                print(row, flush=True)
            if line in kind.peers and (not row["proven"] or row["cpu_s"] > SECONDS):
                break


def _measured(name: str, line: str, size: int) -> dict[str, Any]:
    """Solve in a process of its own; a row without a time if it gave nothing."""
    row: dict[str, Any] = {"type": name, "line": line, "size": size}
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.sizes", "--run", name, line, str(size)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=3 * LIMIT + 90)
        return row | json.loads(run.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        print(f"{line} of {name} at {size}: stopped")
    except (IndexError, json.JSONDecodeError):
        print(f"{line} of {name} at {size}: {run.stderr.strip()[-500:]}")
    return row | {"cpu_s": None, "value": None, "proven": False, "gap": None}


def _kept() -> dict[tuple[str, str, int], dict[str, Any]]:
    rows = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else []
    return {(row["type"], row["line"], row["size"]): row for row in rows}


def draw() -> None:
    """Draw a panel for each type from the results."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D
    from PIL import Image

    rows = json.loads(TARGET.read_text(encoding="utf-8"))
    names = [name for name in types() if any(row["type"] == name for row in rows)]
    figure, axes = plt.subplots(4, 3, figsize=(10.5, 12.0), dpi=100)
    for place, name in zip(axes.flat, names, strict=False):
        _panel(place, name, types()[name], [row for row in rows if row["type"] == name])
    for place in axes.flat[len(names) :]:
        place.axis("off")
    marks = [
        Line2D([], [], color=OURS[0], marker="o", label="planner.locate (colours: see panel)"),
        *(Line2D([], [], color=colour, marker="s", linestyle="--", label=peer) for peer, colour in PEERS.items()),
        Line2D(
            [],
            [],
            color="black",
            marker="o",
            markerfacecolor="white",
            linestyle="",
            label="not proven within the limit",
        ),
        Line2D([], [], color="black", marker="x", linestyle="", label="no answer, stopped"),
    ]
    axes.flat[-1].legend(handles=marks, frameon=False, loc="center", fontsize=10)
    figure.tight_layout()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    Image.open(buffer).convert("RGB").quantize(128).save(IMAGE, optimize=True)


OURS = ("#1f5a96", "#3fa7d6", "#7b4ea3")
PEERS = {"spopt (CBC)": "#d1495b", "HiGHS from arrays": "#e0a100"}


def _panel(place: Any, name: str, kind: Type, rows: list[dict[str, Any]]) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    own = dict(zip(kind.ours, OURS, strict=False))
    for line in (*kind.ours, *kind.peers):
        mine = sorted((row for row in rows if row["line"] == line), key=lambda row: row["size"])
        peer = line in kind.peers
        colour, mark = (PEERS[line], "s") if peer else (own[line], "o")
        timed = [row for row in mine if row["cpu_s"] is not None]
        x, y = [row["size"] for row in timed], [max(row["cpu_s"], 0.006) for row in timed]
        label = line if line and not peer else None
        place.plot(x, y, color=colour, marker=mark, linestyle="--" if peer else "-", markersize=5, label=label)
        hollow = [k for k, row in enumerate(timed) if not row["proven"] or row["cpu_s"] > SECONDS]
        place.plot(
            [x[k] for k in hollow], [y[k] for k in hollow], mark, color=colour, markerfacecolor="white", markersize=5
        )
        lost = [row["size"] for row in mine if row["cpu_s"] is None]
        place.plot(lost, [3 * SECONDS] * len(lost), "x", color=colour)
    place.set(xscale="log", yscale="log", ylim=(0.005, 900), xlim=(kind.sizes[0] / 1.4, kind.sizes[-1] * 1.4))
    place.set_xticks(kind.sizes[:: 2 if len(kind.sizes) > 5 else 1])
    place.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    place.xaxis.set_minor_formatter(NullFormatter())
    place.yaxis.set_major_formatter(FuncFormatter(lambda seconds, _: f"{seconds:g}"))
    place.set_title(name, fontsize=11)
    place.set_xlabel(kind.counts, fontsize=8.5)
    place.set_ylabel("CPU seconds", fontsize=8.5)
    place.grid(alpha=0.25)
    if place.get_legend_handles_labels()[1]:
        place.legend(frameon=False, fontsize=8)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--run"]:
        print(json.dumps(solve_once(arguments[1], arguments[2], int(arguments[3]))))
        return
    options = [one for one in arguments if one.startswith("--")]
    names = [one for one in arguments if not one.startswith("--")]
    unknown = [one for one in arguments if one not in (*types(), "--draw", "--more")]
    if unknown:
        sys.exit(f"Neither a problem type nor an option: {', '.join(unknown)}. There are {', '.join(types())}.")
    for name in names or ([] if options == ["--draw"] else types()):
        measure(name, "--more" in options)
    draw()


if __name__ == "__main__":
    main(sys.argv[1:])
