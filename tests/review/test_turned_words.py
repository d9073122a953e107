"""Opinions whose words are turned, from afar or twice: what they seem to say at first sight is not what they say."""

from __future__ import annotations

import pytest

from planner.review.decisions.verdicts import read_verdict


@pytest.mark.parametrize(
    "text",
    [
        "不太同意", "不太可行", "不完全同意", "不再同意", "未经批准", "非同意", "不得不同意", "不是不同意",
        "不予否决", "不再反对", "不同意取消", "不取消", "不撤销", "有不同意见", "不同的意见",
        "不建议换址", "取消换址", "拒绝换址", "反对换址", "不能换址", "不得换址", "没有换址", "解除缓建", "不建议缓建",
        "请同意", "请领导批示", "待同意", "预同意", "暂定同意", "尚未同意", "还没通过", "先不建", "今年不建",
        "撤回同意", "同意收回", "原同意意见作废", "同意已失效", "原已同意", "曾同意", "先同意", "删除，同意", "同意。取消", "撤回否决", "原否决", "换址作废", "收回缓建",
        "同意拆除", "不同意删除", "同意关闭该站", "同意合并", "同意并入东门站", "同意用东门站代替", "同意换成东门站",
        "同意备选点", "同意S0002", "同意上会", "同意上报市局", "同意提交讨论", "同意公示", "暂无意见",
        "修改后同意", "取得业主同意后建", "需经业主同意", "须消防批准", "应经规划局同意", "2票反对", "3人同意", "多数同意",
        "not yet approved", "unapproved", "approval withdrawn", "pending approval", "approved subject to checks",
        "conditionally approved", "approval needed", "to be approved", "agree to close", "under review, approved",
        "同意×", "不同意×", "× 同意", "don't move", "not rejected", "approve, do not move", "remove", "removed",
    ],
)  # fmt: skip
def test_turned_words_are_for_a_person(text: str) -> None:
    """None of them is taken for the verdict whose word stands in it."""
    assert read_verdict(text) is None


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("同意，不影响交通", "approved"), ("同意，无障碍设施请完善", "approved"), ("同意（非独立产权）", "approved"),
        ("无不同意见", "approved"), ("同意建设，不得推迟", "approved"), ("面积2×3米，同意", "approved"),
        ("不同意，无法满足消防", "rejected"), ("不通过，不符合规划", "rejected"), ("没有同意", "rejected"),
        ("未通过，换址至东门", "moved"), ("不合适，换址到S02", "moved"), ("moved to S02", "moved"),
        ("经研究后同意", "approved"), ("经现场踏勘后同意建设", "approved"), ("同意，可容纳30人", "approved"),
        ("同意，原建筑拆除", "approved"), ("不同意，该楼将拆除", "rejected"), ("优先支持", "approved"),
        ("应予支持", "approved"), ("建议换址，原址撤销", "moved"), ("同意换址至S0002", "moved"), ("同意迁至东门备用地块", "moved"), ("一致同意", "approved"), ("同意，落后建筑先行改造", "approved"),
        ("暂不同意", "deferred"), ("缓建，资金未落实", "deferred"),
    ],
)  # fmt: skip
def test_words_turned_elsewhere_stay(text: str, verdict: str) -> None:
    """A negation in another clause, or one that belongs to the word, leaves the verdict as it is."""
    assert read_verdict(text) == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("同意☑ 否决☐", "approved"), ("同意□否决√", "rejected"), ("同意（√） 否决（ ）", "approved"),
        ("（ ）同意 （√）否决", "rejected"), ("□同意 ■否决", "rejected"), ("同意□ 否决□ 换址☑ 缓建□", "moved"),
        ("☑同意 ☑否决 □换址", None), ("□同意 □否决 再议", None), ("同意☐ 否决☐", None), ("同意（ ）/否决（ ）", None),
    ],
)  # fmt: skip
def test_boxes_stand_before_or_behind_their_words(text: str, verdict: str | None) -> None:
    """What is ticked counts on whichever side its word stands: 同意☑ 否决☐ was a rejection."""
    assert read_verdict(text) == verdict
