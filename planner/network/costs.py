"""What a network costs, in yuan: opening and running stations, changing existing ones, lounges left unlinked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.candidates import EXISTING
from planner.network.tables import NetworkTables
from planner.scenario import Scenario

__all__ = ["NetworkCosts", "network_costs"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NetworkCosts:
    """What each option costs where it opens, what it saves, and the cost of each lounge left unlinked (None: nothing).

    ``fixed`` is spent in any case: closing every existing station. What stands in place of one saves that again:
    ``saved`` is negative there.
    """

    opened: Floats
    saved: Floats
    lounges: Floats | None
    fixed: float

    @property
    def options(self) -> Floats:
        """The cost of each option, less what it saves."""
        return self.opened + self.saved


def network_costs(scenario: Scenario, tables: NetworkTables) -> NetworkCosts:
    """Return the costs that the candidates and the scenario state.

    A site whose cost is unknown counts as the dearest known one. A new station costs its site, its type's
    ``cost_to_open`` and running it for ``rules.years``. An existing station costs running it, and upgrading it if its
    type changes; closing it costs ``cost_to_close``, or ``cost_to_move`` where another station opens in its centre
    (at most one stands there, so both are sums over options).
    """
    kinds = {kind.id: kind for kind in scenario.types}
    types = tables.options["type"]
    run = scenario.rules.years * types.map({name: kind.cost_to_run for name, kind in kinds.items()}).to_numpy(float)
    opening = types.map({name: kind.cost_to_open for name, kind in kinds.items()}).to_numpy(float)
    site = tables.options["site"]
    cost = np.asarray(_site_cost(tables).reindex(site), dtype=np.float64) + opening + run
    saved = np.zeros(len(cost))
    fixed, existing = 0.0, scenario.rules.existing
    if existing is not None:
        centre = tables.sites["centre"].reindex(site).to_numpy(dtype=object)
        for station, row in tables.sites[tables.sites["source"] == EXISTING].iterrows():
            here = (site == station).to_numpy()
            same = here & (types == str(row["types"]).split(";")[0]).to_numpy()
            cost[here], saved[here] = run[here], -existing.cost_to_close
            cost[here & ~same] += existing.cost_to_upgrade
            if row["centre"] != "":
                beside = (centre == row["centre"]) & ~here
                cost[beside] += existing.cost_to_move
                saved[beside] -= existing.cost_to_close
            fixed += existing.cost_to_close
    price = scenario.links.unlinked_price
    return NetworkCosts(cost, saved, np.full(len(tables.lounges), price) if price else None, fixed)


def _site_cost(tables: NetworkTables) -> pd.Series[float]:
    if "cost" not in tables.sites:
        return pd.Series(0.0, index=tables.sites.index)
    cost = tables.sites["cost"].astype(float)
    known: pd.Series[float] = cost.fillna(cost.max() if cost.notna().any() else 0.0)
    return known
