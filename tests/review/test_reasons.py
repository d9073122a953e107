"""Reasons of refused places and of lounges without a station, in Chinese."""

from __future__ import annotations

import re

import pytest

from planner.review.map.reasons import in_chinese, reason_columns

SAID = {
    "in no centre": "不在任何中心内",
    "outside the study area": "在规划范围之外",
    "inside the exclusion 前所油库 管控红线": "位于禁建范围“前所油库 管控红线”内",
    "the centre has 6 better candidates": "同一中心有 6 个更合适的候选点",
    "floor area 9 m² is less than 12 m²": "建筑面积 9 平方米，少于 12 平方米",
    "no street open to truck (limit 80 m)": "附近没有货车可行道路（限 80 米）",
    "1.2 km from the nearest street open to ebike (limit 1 km)": "距最近的电动自行车可行道路 1.2 公里（限 1 公里）",
    "the same place as S1 (甲), 3.5 m away": "与 S1 (甲) 为同一地点，相距 3.5 米",
    "costs 1,200,000, more than 900,000": "费用 1,200,000，高于 900,000",
    "no street front; not open round the clock": "不临街；不能全天开放",
    "existing station; in no centre": "现有驿站；不在任何中心内",
    "no candidate site within 15 min": "15 分钟内没有候选点",
    "no chosen station within 12.5 min; costs 5,000 yuan": "12.5 分钟内没有入选的驿站；代价 5,000 元",
}


@pytest.mark.parametrize("reason", SAID)
def test_reasons_are_said_in_chinese_without_english(reason: str) -> None:
    """Every kind of reason has its Chinese sentence; ids and names stay."""
    assert in_chinese(reason) == SAID[reason]
    assert not re.search(r"[a-z]{2,}", in_chinese(reason))


def test_a_reason_of_somebodys_own_stays_as_it_is() -> None:
    """What is not known is shown like a name; each distinct reason travels once."""
    columns = reason_columns(["房东不同意 landlord says no", None, "in no centre", "in no centre"])
    assert columns["reason"] == [0, 1, 2, 2]
    assert [each["zh"] for each in columns["reason_texts"]] == ["房东不同意 landlord says no", "", "不在任何中心内"]
    assert columns["reason_texts"][2]["en"] == "in no centre"
