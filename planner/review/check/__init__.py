"""``planner check``: read everything, solve nothing, and say whether a plan made from it could be trusted."""

from planner.review.check.findings import Finding
from planner.review.check.page import write_check_page
from planner.review.check.result import CheckResult, FileAccount, check
from planner.review.check.tables import check_text
from planner.review.check.workbook import write_check_workbook

__all__ = [
    "CheckResult",
    "FileAccount",
    "Finding",
    "check",
    "check_text",
    "write_check_page",
    "write_check_workbook",
]
