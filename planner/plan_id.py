"""The id of a plan: another plan, another id; the same plan, the same id on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version

import geopandas as gpd
import pandas as pd
import shapely

from planner.scenario import Scenario

__all__ = ["plan_id"]

_DECIMALS = 7  # of a degree, about a centimetre


def plan_id(
    scenario: Scenario,
    hashes: Mapping[str, str],
    candidates: gpd.GeoDataFrame,
    stations: pd.DataFrame,
    links: pd.DataFrame,
) -> str:
    """Return the district's id and ten digits of a hash of all that makes the plan.

    These are the settings (paths, and how the work is done, aside), the inputs' hashes, the version of this package,
    where each candidate stands and what it may be (so a moved site counts), the chosen stations with type and phase,
    and the link of each lounge.

    >>> plan_id(scenario, hashes, candidates, stations, links)  # doctest: +SKIP
    'jiaojiang-d57c30bf23'
    """
    parts = [
        scenario.decisive_settings(),
        dict(hashes),
        version("station-network-planner"),
        list(_places(candidates)),
        sorted(
            zip(
                stations.index.astype(str),
                *(stations[name] for name in ("type", "phase") if name in stations),
                strict=True,
            )
        ),
        sorted(zip(links.index.astype(str), links["station"], strict=True)),
    ]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return f"{scenario.district.id}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def _places(candidates: gpd.GeoDataFrame) -> Iterator[tuple[str, ...]]:
    """Iterate over what a plan depends on of each candidate, by id; a place counts to a centimetre."""
    ordered = candidates.sort_index()
    coordinates = shapely.get_coordinates(ordered.geometry.to_numpy())
    columns = [ordered[name].astype(str) for name in ("name", "centre", "types", "status")]
    for site, x_y, *texts in zip(ordered.index.astype(str), coordinates.tolist(), *columns, strict=True):
        yield (site, *(f"{value:.{_DECIMALS}f}" for value in x_y), *texts)
