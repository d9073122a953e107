"""The difference of two plans: stations, people by area and group, links and cost, as text and as tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

__all__ = ["Difference", "compare", "coverage_table"]

_WORDS = {
    "kept": "保留 kept",
    "retyped": "改型 retyped",
    "moved": "换址 moved",
    "added": "新增 added",
    "dropped": "取消 dropped",
}


class _Comparable(Protocol):
    """A plan, or the record of one."""

    @property
    def stations(self) -> pd.DataFrame: ...

    @property
    def measures(self) -> pd.DataFrame: ...


@dataclass(frozen=True)
class Difference:
    """What changed from one plan (before) to another (after).

    ``stations``   by site: ``before`` and ``after`` (type, blank where there is none), ``change`` (kept, retyped,
                   moved, added, dropped) and ``to``, the site that a moved station went to
    ``measures``   by measure and group: ``before``, ``after``, ``gain``, ``unit``
    ``coverage``   by area and group: people covered ``before``, ``after``, ``gain``
    ``links``      by lounge, only those that changed: the station ``before`` and ``after``
    """

    stations: pd.DataFrame
    measures: pd.DataFrame
    coverage: pd.DataFrame
    links: pd.DataFrame

    @property
    def changes(self) -> int:
        """The number of stations of either plan that are not as before; a moved one counts once."""
        return int((self.stations["change"] != "kept").sum()) - int((self.stations["to"] != "").sum())

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the difference as sheets of a workbook, by title."""
        return {
            "站点 stations": self.stations.rename_axis("site").reset_index(),
            "指标 measures": self.measures.reset_index(),
            "覆盖 coverage": self.coverage.reset_index(),
            "联动 links": self.links.rename_axis("lounge").reset_index(),
        }

    def __str__(self) -> str:
        """Return the difference in lines."""
        lines = []
        for change, words in _WORDS.items():
            rows = self.stations[(self.stations["change"] == change) & ~self.stations.index.isin(self.stations["to"])]
            sites = [f"{site} → {to}" if to else str(site) for site, to in rows["to"].items()]
            lines.append(f"{words}: {len(sites)}" + (f"  ({', '.join(sites)})" if change != "kept" and sites else ""))
        for row in self.measures.reset_index().to_dict("records"):
            if row["gain"]:
                change = f"{row['before']:.6g} → {row['after']:.6g} ({row['gain']:+.6g} {row['unit']})"
                lines.append(f"{row['measure']} {row['group']}: {change}")
        for row in self.coverage[self.coverage["gain"] != 0].reset_index().to_dict("records"):
            lines.append(f"{row['area'] or '街道外 outside'} · {row['group']}: {row['gain']:+.6g} 人 people")
        lines.append(f"联动变化 links changed: {len(self.links)}")
        return "\n".join(lines)


def compare(before: _Comparable, after: _Comparable) -> Difference:
    """Return what has changed from one plan (or record of a plan) to another.

    A station is moved when its site is given up and another site of the same centre takes its type.

    >>> print(compare(plan, again))  # doctest: +SKIP
    """
    return Difference(
        _stations(before.stations, after.stations),
        _measures(before.measures, after.measures),
        _coverage(_coverage_of(before), _coverage_of(after)),
        _links(_links_of(before), _links_of(after)),
    )


def coverage_table(demand: pd.DataFrame) -> pd.DataFrame:
    """Return ``people`` and ``covered`` people by area and group.

    >>> coverage_table(plan.demand).loc[("海门街道", "riders"), "covered"]  # doctest: +SKIP
    """
    table = demand[["area", "group"]].assign(people=demand["weight"], covered=demand["weight"] * demand["covered"])
    return pd.DataFrame(table.groupby(["area", "group"], sort=True)[["people", "covered"]].sum())


def _stations(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    sites = before.index.union(after.index)
    table = pd.DataFrame(
        {"before": before["type"].reindex(sites).fillna(""), "after": after["type"].reindex(sites).fillna("")},
        index=sites,
    )
    table["change"] = [
        "kept" if old == new else "added" if not old else "dropped" if not new else "retyped"
        for old, new in zip(table["before"], table["after"], strict=True)
    ]
    table["to"] = ""
    arrived = {
        (after["centre"][site], after["type"][site]): site
        for site in sites[table["change"] == "added"]
        if after["centre"][site]
    }
    for site in sites[table["change"] == "dropped"]:
        target = arrived.pop((before["centre"][site], before["type"][site]), "")
        if target:
            table.loc[[site, target], "change"] = "moved"
            table.loc[site, "to"] = target
    return table


def _measures(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    keys = ["measure", "group"]
    joined = before[[*keys, "value"]].merge(after[[*keys, "value", "unit"]], on=keys, suffixes=("_before", "_after"))
    table = joined.rename(columns={"value_before": "before", "value_after": "after"}).set_index(keys)
    table["gain"] = (table["after"] - table["before"]).fillna(0.0)
    return table[["before", "after", "gain", "unit"]]


def _coverage_of(plan: _Comparable) -> pd.DataFrame:
    own: pd.DataFrame | None = getattr(plan, "coverage", None)
    return coverage_table(plan.demand) if own is None else own  # type: ignore[attr-defined]


def _coverage(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    keys = before.index.union(after.index)
    table = pd.DataFrame(
        {name: part["covered"].reindex(keys, fill_value=0.0) for name, part in (("before", before), ("after", after))}
    )
    gain = table["after"] - table["before"]
    table["gain"] = gain.where(gain.abs() > 1e-9 * max(1.0, math.fabs(float(table["before"].sum()))), 0.0)
    return table.rename_axis(["area", "group"])


def _links_of(plan: _Comparable) -> pd.Series[str]:
    links = plan.links  # type: ignore[attr-defined]
    found: pd.Series[str] = links["station"] if isinstance(links, pd.DataFrame) else links
    return found


def _links(before: pd.Series[str], after: pd.Series[str]) -> pd.DataFrame:
    lounges = before.index.union(after.index)
    table = pd.DataFrame({"before": before.reindex(lounges), "after": after.reindex(lounges)}).fillna("")
    return table[table["before"] != table["after"]]
