"""The rules of a network, one file each: the sentence it means, its rows, and its explanation."""

from planner.locate.constraints.one_per_centre import OnePerCentre
from planner.locate.constraints.quota import Quota
from planner.locate.constraints.rule import Columns, Rows, Rule
from planner.locate.constraints.status import Excluded, Required

__all__ = ["Columns", "Excluded", "OnePerCentre", "Quota", "Required", "Rows", "Rule"]
