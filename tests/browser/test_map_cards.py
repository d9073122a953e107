"""What each card answers equals the tables: served people, losses, next best place, areas, any place."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from playwright.sync_api import Page

from planner.locate.network.problem import covered_shares
from planner.review.map.save import save_map

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
VIEW = "#14/28.67/121.43/en/"


@pytest.fixture(scope="module")
def map_file(small_plan: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_map(small_plan, tmp_path_factory.mktemp("cards") / "map.html")


def found(page: Page, query: str) -> str:
    """Open what the search finds first, and return its card."""
    page.locator(".search").fill(query)
    page.locator(".search").press("Enter")
    return page.locator(".leaflet-popup").last.inner_text()


def fact(card: str, label: str) -> str:
    return re.search(rf"^{re.escape(label)}\s+(.*)$", card, re.MULTILINE)[1]  # type: ignore[index]


def figures(text: str) -> list[float]:
    return [float(each.replace(",", "").replace("−", "-")) for each in re.findall(r"[−-]?\d[\d,]*\.?\d*", text)]


def objective(plan: Any, options: list[int]) -> tuple[float, float, int]:
    """Weighted objective, people covered and lounges linked of a choice of options, by the model's own code."""
    chosen = np.array(sorted(options), dtype=np.int64)
    lounges = np.unique(plan.problem.link_lounge[np.isin(plan.problem.link_option, chosen)])
    covered = covered_shares(plan.problem, chosen, lounges)
    people = plan.tables.demand["weight"].to_numpy()
    return float(plan.problem.weights @ covered), float(people @ covered), len(lounges)


def test_a_station_says_whom_it_serves_and_what_is_lost_without_it(
    opened: Open, map_file: Path, small_plan: Any
) -> None:
    """People whose nearest it is, mean and longest travel, people and lounges lost: from the tables and the model."""
    page = opened(map_file, fragment=VIEW)
    options = list(small_plan.solution.options)
    table = small_plan.tables.options
    for site in small_plan.stations.index[:3]:
        card = found(page, site)
        served = small_plan.demand[(small_plan.demand["station"] == site) & (small_plan.demand["covered"] > 0)]
        weight = served["weight"]
        assert figures(fact(card, "Covered, with it as nearest"))[0] == pytest.approx(weight.sum(), abs=0.05)
        if len(served):
            mean = (weight * served["impedance"]).sum() / weight.sum() / 60
            assert figures(fact(card, "Mean travel"))[0] == pytest.approx(mean, abs=0.051)
            assert figures(fact(card, "Longest travel"))[0] == pytest.approx(served["impedance"].max() / 60, abs=0.051)
        rest = [each for each in options if table["site"].iloc[each] != site]
        (_, now, linked), (_, after, still) = objective(small_plan, options), objective(small_plan, rest)
        assert figures(fact(card, "People lost"))[0] == pytest.approx(now - after, abs=0.05)
        assert figures(fact(card, "Lounges unlinked"))[0] == linked - still


def test_the_next_best_place_is_the_best_of_all_exchanges(opened: Open, map_file: Path, small_plan: Any) -> None:
    """Trying every free option of the same type by the model's own code finds no better one."""
    page = opened(map_file, fragment=VIEW)
    table, options = small_plan.tables.options, list(small_plan.solution.options)
    centre = small_plan.candidates["centre"]
    for site in small_plan.stations.index[:3]:
        card = found(page, site)
        own = next(each for each in options if table["site"].iloc[each] == site)
        rest = [each for each in options if each != own]
        taken = {centre[table["site"].iloc[each]] for each in rest}
        free = [
            each
            for each in range(len(table))
            if table["type"].iloc[each] == table["type"].iloc[own]
            and table["site"].iloc[each] not in {table["site"].iloc[k] for k in options}
            and centre[table["site"].iloc[each]] not in taken
        ]
        best = max(objective(small_plan, [*rest, each])[0] for each in free)
        change = best - objective(small_plan, options)[0]
        assert figures(fact(card, "Next best place"))[-1] == pytest.approx(change, abs=0.051)
        assert figures(card[card.index("Out of") :])[0] == len(free)


def test_a_candidate_says_what_the_best_exchange_would_change(opened: Open, map_file: Path, small_plan: Any) -> None:
    """The change is that of the best allowed exchange, by the model's own code."""
    plan = small_plan
    page = opened(map_file, fragment=VIEW)
    table, options = plan.tables.options, list(plan.solution.options)
    centre, chosen = plan.candidates["centre"], set(plan.stations.index)
    free = plan.candidates[(plan.candidates["status"] == "optional") & ~plan.candidates.index.isin(chosen)]
    for site in free.index[:4]:
        here = [each for each in options if centre[table["site"].iloc[each]] == centre[site]]
        changes = []
        for old in here or options:
            new = table.index[(table["site"] == site) & (table["type"] == table["type"].iloc[old])]
            changes += [
                objective(plan, [*(each for each in options if each != old), table.index.get_loc(each)])[0]
                for each in new
            ]
        text = fact(found(page, site), "Best exchange")
        if changes:
            assert figures(text)[-1] == pytest.approx(max(changes) - objective(plan, options)[0], abs=0.051)
        else:
            assert "None that the rules allow" in text


def test_an_area_says_its_people_shares_travel_and_rank(opened: Open, map_file: Path, small_plan: Any) -> None:
    """Rows per group equal the table of demand; the rank counts areas with a higher covered share."""
    page = opened(map_file, fragment=VIEW)
    demand = small_plan.demand
    share = (demand["weight"] * demand["covered"]).groupby(demand["area"]).sum() / demand["weight"].groupby(
        demand["area"]
    ).sum()
    for area in small_plan.district.areas["name"]:
        card = found(page, area)
        rows = demand[demand["area"] == area]
        assert figures(fact(card, "People here"))[0] == pytest.approx(rows["weight"].sum(), abs=0.05)
        assert figures(fact(card, "Rank by covered share"))[0] == 1 + (share > share[area] + 1e-12).sum()
        for group in small_plan.scenario.groups:
            part = rows[rows["group"] == group.id]
            cells = page.locator(".leaflet-popup tbody tr", has_text=group.name_en).locator("td").all_inner_texts()
            covered = (part["weight"] * part["covered"]).sum() / part["weight"].sum()
            reached = part[part["station"] != ""]
            mean = (reached["weight"] * reached["impedance"]).sum() / reached["weight"].sum() / 60
            expected = [part["weight"].sum(), 100 * covered, mean]
            assert [figures(cell)[0] for cell in cells] == pytest.approx(expected, abs=0.051)


def test_any_place_says_the_station_of_the_nearest_people_of_each_group(
    opened: Open, map_file: Path, small_plan: Any
) -> None:
    """Each group's row is that of its nearest demand point; a way is drawn for each that has a station."""
    place = (121.4093, 28.6893)
    page = opened(map_file, fragment=f"#17/{place[1]}/{place[0]}/en/")
    box = page.locator(".folium-map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = page.locator(".leaflet-popup").inner_text()
    drawn = 0
    for group in small_plan.scenario.groups:
        rows = small_plan.demand[small_plan.demand["group"] == group.id]
        away = (shapely.get_coordinates(rows.geometry) - place) * [np.cos(np.radians(place[1])), 1]
        row = rows.iloc[np.hypot(*away.T).argmin()]
        text = fact(card, group.name_en)
        assert row["name"] in text
        if row["station"]:
            assert small_plan.stations.loc[row["station"], "name"] in text
            assert figures(text.split(" min")[0])[-1] == pytest.approx(row["impedance"] / 60, abs=0.051)
            drawn += 1
        else:
            assert "None within the standard" in text
    assert page.locator(".leaflet-planner-links-pane path").count() >= 2 * drawn
