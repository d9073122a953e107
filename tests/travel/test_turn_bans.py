"""Each turn restriction of real towns changes the trips that would make its turn, and no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.inputs.roads.read import Restriction, Roads, read_roads
from planner.travel import network, travel_matrix

from .reference import Arc, LineGraph

TOWNS = {"Helsinki": ("helsinki_centre.osm.pbf", 45), "Monaco": ("monaco.osm.pbf", 44)}
NEAR = 1.0  # metres before and after the junction
SLACK = 0.1  # seconds: shares of a bent line in degrees are not quite those in metres


class Turns:
    """A town whose restrictions are taken away one at a time."""

    def __init__(self, path: Path) -> None:
        self.roads, self.report = read_roads(path)
        self.plain = LineGraph(self.roads, "car")
        edges = np.random.default_rng(3).choice(network(self.roads, "car").edges, 40, replace=False)
        self.sample = {f"P{edge}": self._place((int(edge), 0), 0.37) for edge in edges}

    def _place(self, arc: Arc, share: float) -> shapely.Point:
        line = self.roads.lines()[arc[0]]
        return line.interpolate(1 - share if arc[1] else share, normalized=True)

    def _near(self, arc: Arc) -> float:
        return min(NEAR / float(self.roads.metres[arc[0]]), 0.3)

    def seconds(self, roads: Roads, places: dict[str, shapely.Point]) -> pd.DataFrame:
        """Return seconds between all places; infinite where there is no way."""
        points = gpd.GeoDataFrame(index=list(places), geometry=list(places.values()), crs=4326)
        pairs = travel_matrix(roads, points, points, "car", "10h", max_access="2m")
        table = pairs.astype({"origin": str, "destination": str}).set_index(["origin", "destination"])["seconds"]
        return table.unstack().reindex(index=list(places), columns=list(places)).fillna(np.inf)  # noqa: PD010

    def changed(self, one: Restriction) -> int:
        """Check the effect of one restriction; return how many of its turns became longer."""
        turns = sorted(path for path in self.plain.bans([one]) if len(path) == 2)
        places = dict(self.sample)
        for i, (into, out) in enumerate(turns):
            places |= {f"from{i}": self._place(into, 1 - self._near(into)), f"to{i}": self._place(out, self._near(out))}
        others = tuple(r for r in self.roads.restrictions if r is not one)
        before, after = (
            self.seconds(roads, places) for roads in (replace(self.roads, restrictions=others), self.roads)
        )
        uses, longer = np.zeros(before.shape, bool), 0
        for i, (into, out) in enumerate(turns):
            turn = sum(self.plain.seconds(arc) * self._near(arc) for arc in (into, out))
            through = before[f"from{i}"].to_numpy()[:, None] + turn + before.loc[f"to{i}"].to_numpy()[None, :]
            uses |= through <= before.to_numpy() + SLACK
            if into[0] != out[0] and before.loc[f"from{i}", f"to{i}"] <= turn + SLACK:
                assert after.loc[f"from{i}", f"to{i}"] > turn + 2 * SLACK, (one.id, into, out)
                longer += 1
        assert (after >= before - 1e-6).all(axis=None), one.id
        differs = (after > before + 1e-6).to_numpy()
        assert not (differs & ~uses).any(), one.id
        return longer


def _check(shared: Path, town: str, every: int) -> None:
    name, relations = TOWNS[town]
    turns = Turns(shared / "data" / "osm" / name)
    told = [fault.what for fault in turns.report.of("skipped") if "turn restriction" in fault.what]
    listed = sum(int(what.split()[0]) if what[0].isdigit() else 1 for what in told)
    assert len(turns.roads.restrictions) + listed == relations
    chosen = turns.roads.restrictions[::every]
    longer = {one.id: turns.changed(one) for one in chosen}
    forbids = {one.id for one in chosen if turns.plain.bans([one])}
    assert len(forbids) > 0.6 * len(
        chosen
    )  # the others lie on streets that are closed to cars, or forbid what none can do
    assert {id_ for id_, count in longer.items() if count} >= {id_ for id_ in forbids if id_ not in _doubled(turns)}


def _doubled(turns: Turns) -> set[int]:
    """Return the restrictions that only forbid what others forbid as well, what nobody can do, or turning back."""
    free = LineGraph(replace(turns.roads, restrictions=()), "car")
    found = set()
    for one in turns.roads.restrictions:
        rest = turns.plain.bans(r for r in turns.roads.restrictions if r is not one)
        own = {path for path in turns.plain.bans([one]) if path not in rest and path[0][0] != path[1][0]}
        legal = {path for path in own if any(arcs[-1] == path[1] for arcs, _ in free.onward((path[0],), 1))}
        found |= {one.id} if not legal else set()
    return found


@pytest.mark.parametrize("town", TOWNS)
def test_a_restriction_changes_the_trips_through_its_turn(shared: Path, town: str) -> None:
    """A few of them: without it the turn is made, with it every trip that made it is longer, and no other changes."""
    _check(shared, town, 9)


@pytest.mark.slow
@pytest.mark.parametrize("town", TOWNS)
def test_every_restriction_changes_exactly_its_trips(shared: Path, town: str) -> None:
    """All of them, one by one."""
    _check(shared, town, 1)
