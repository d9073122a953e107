"""A rule pack reaches the siting problem as defaults; the scenario may say otherwise, and the report names both."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from planner.candidates import find_candidates
from planner.errors import ScenarioError
from planner.rules import RulePack, apply_rule_pack, read_rules, with_open_sites, with_rule_pack
from planner.scenario import Scenario

GROUPS: list[dict[str, Any]] = [
    {"id": "riders", "name": "骑手", "mode": "ebike"},
    {"id": "drivers", "name": "司机", "mode": "truck", "standards": "20min"},
]
TYPES: list[dict[str, Any]] = [
    {"id": "basic", "name": "站", "groups": ["riders"], "count": 2},
    {"id": "full", "name": "大站", "groups": ["drivers"], "count": 1, "full": True},
]


def scenario(made: ModuleType, pack: str, **settings: Any) -> Scenario:
    """Riders without a standard of their own and drivers with one; a basic and a full type."""
    given = {"groups": GROUPS, "types": TYPES, **settings}
    return made.scenario(**given | {"candidates": {"rules": pack, **settings.get("candidates", {})}})  # type: ignore[no-any-return]


def told(report: Any, kind: str) -> str:
    return "\n".join(str(fault) for fault in report.of(kind))


def test_zhejiang_fills_in_what_the_scenario_does_not_say(made: ModuleType) -> None:
    """The fifteen-minute circle, the full station of 20 m², and 15 % of stations open round the clock."""
    filled, report = apply_rule_pack(scenario(made, "zhejiang"))
    assert [group.standards[-1].within for group in filled.groups] == [900.0, 1200.0]
    assert [kind.min_floor_area for kind in filled.types] == [12.0, 20.0]
    assert [(rule.least, rule.open_24h) for rule in filled.rules.shares] == [(0.15, True)]
    assumed, warned = told(report, "assumed"), told(report, "warning")
    assert "riders: the service standard is 15 min, from 浙江省" in assumed
    assert "full: the floor area is at least 20 m², from 浙江省" in assumed
    assert "at least 15% of the stations are open round the clock, from 浙江省" in assumed
    assert "drivers: the service standard of 20 min is wider than the 15 min of 浙江省" in warned
    assert report.facts["sources"]


def test_shandong_asks_for_a_street_front_unless_the_scenario_waives_it(made: ModuleType) -> None:
    """A written false stands, and the report tells it."""
    own = [{**GROUPS[0], "standards": "5min"}, GROUPS[1]]
    filled, _ = apply_rule_pack(scenario(made, "shandong", groups=own))
    assert filled.candidates.street_front
    waived, report = apply_rule_pack(scenario(made, "shandong", groups=own, candidates={"street_front": False}))
    assert not waived.candidates.street_front
    assert "山东省 asks for a street front; the scenario does not" in told(report, "warning")


def test_a_smaller_area_of_the_scenario_stands_and_is_told(made: ModuleType) -> None:
    """What the office writes itself is followed, and compared with the standard."""
    own = [{**TYPES[0], "min_floor_area": "9m2"}, {**TYPES[1], "min_floor_area": "30m2"}]
    filled, report = apply_rule_pack(
        scenario(made, "shandong", types=own, groups=[{**g, "standards": "5min"} for g in GROUPS])
    )
    assert [kind.min_floor_area for kind in filled.types] == [9.0, 30.0]
    assert "basic: a floor area of 9 m² is less than the 12 m² of 山东省" in told(report, "warning")


def test_applied_again_it_changes_nothing(made: ModuleType, tmp_path: Path) -> None:
    """A plan made from a recorded scenario has each rule once."""
    (tmp_path / "own.toml").write_text(
        'name = "某省"\nservice_circle = "12min"\nopen_24h_share = 0.3\nspacing = [{ at_least = "300m" }]\n',
        encoding="utf-8",
    )
    once, _ = apply_rule_pack(scenario(made, "own.toml", folder=tmp_path))
    again, report = apply_rule_pack(once)
    assert again == once
    assert not list(report.of("assumed"))
    assert with_rule_pack(made.scenario()) == made.scenario()


def test_a_share_of_the_scenario_stands_against_that_of_the_pack(made: ModuleType) -> None:
    """One rule on opening hours, the scenario's; a smaller one is told."""
    own = {"shares": [{"what": "全天", "least": 0.1, "open_24h": True}]}
    filled, report = apply_rule_pack(scenario(made, "zhejiang", rules=own))
    assert [rule.least for rule in filled.rules.shares] == [0.1]
    assert "smaller share" in told(report, "warning")


def test_a_group_without_a_standard_needs_a_pack_that_has_one(made: ModuleType) -> None:
    """Without a pack the scenario is refused when read; with one that is silent, when it is filled in."""
    with pytest.raises(ValueError, match="group riders has no standards"):
        made.scenario(groups=GROUPS, types=TYPES)
    with pytest.raises(ScenarioError, match=r"group riders has no standards and the rule pack 山东省"):
        apply_rule_pack(scenario(made, "shandong"))


def test_sites_that_close_at_night_do_not_count_towards_the_share(made: ModuleType) -> None:
    """A site that says no is left out; one that does not say may count, and the report names how many."""
    rooms = made.points(
        id=["A", "B", "C"],
        lon=[121.4102, 121.4108, 121.4114],
        lat=[28.611] * 3,
        name=["甲", "乙", "丙"],
        open_24h=["24小时", "9:00-21:00", ""],
        floor_area=[30.0] * 3,
    )
    district = made.district(1, rooms=rooms)
    district.pois = district.pois[:0]
    centres = made.polygons(id=["Z"], boxes=[(121.41, 28.61, 121.412, 28.612)]).assign(
        kind="business_district", area=""
    )
    filled = with_rule_pack(scenario(made, "zhejiang"))
    sites, report = find_candidates(filled, district, centres)
    assert sites["open_24h"].to_dict() == {"A": "yes", "B": "no", "C": ""}
    assert [rule.sites for rule in with_open_sites(filled, sites).rules.shares] == [("A", "C")]
    assert "of 1 of 3 usable candidates it is not known" in told(report, "assumed")


def test_the_kit_of_a_pack_becomes_the_services_of_a_type(made: ModuleType, tmp_path: Path) -> None:
    """A type that lists none gets the kit; one that lists some is told what is missing."""
    (tmp_path / "own.toml").write_text(
        'name = "某省"\nkit = ["饮水", "充电"]\nservice_circle = "9min"', encoding="utf-8"
    )
    assert read_rules("own.toml", folder=tmp_path).kit == ("饮水", "充电")
    types = [TYPES[0], {**TYPES[1], "services": ["饮水"]}]
    filled, report = apply_rule_pack(scenario(made, "own.toml", types=types, folder=tmp_path))
    assert filled.types[0].services == ("饮水", "充电")
    assert "full: 某省 also asks for 充电" in told(report, "warning")


def test_every_setting_of_a_pack_is_read_and_documented(root: Path) -> None:
    """A setting that no code reads promises what never happens; one that no page names is found by nobody."""
    read = set[str]()
    for path in (root / "planner").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "pack.py" and ("RulePack" in text or "read_rules" in text):
            nodes = list(ast.walk(ast.parse(text)))
            read |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
            read |= {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    settings = set(RulePack.model_fields)
    assert settings - read == set()
    page = (root / "docs" / "rules.md").read_text(encoding="utf-8")
    assert {name for name in settings - {"name", "name_en"} if f"`{name}`" not in page} == set()
