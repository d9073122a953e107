"""The rules of a network, one file each: the sentence it means, its rows, and the facts that explain it.

A new rule is a new file with a class that has ``sentence``, ``needs_links``, ``rows`` and ``facts``, and one line here.
"""

from planner.locate.constraints.budget import Budget
from planner.locate.constraints.count import Count
from planner.locate.constraints.implication import Implication
from planner.locate.constraints.links import LinksPerStation, LoungesLinked
from planner.locate.constraints.one_per_centre import OnePerCentre
from planner.locate.constraints.quota import Quota
from planner.locate.constraints.rule import Columns, Rows, Rule
from planner.locate.constraints.share import LeastShare
from planner.locate.constraints.spacing import Spacing
from planner.locate.constraints.status import Excluded, Required

__all__ = [
    "Budget",
    "Columns",
    "Count",
    "Excluded",
    "Implication",
    "LeastShare",
    "LinksPerStation",
    "LoungesLinked",
    "OnePerCentre",
    "Quota",
    "Required",
    "Rows",
    "Rule",
    "Spacing",
]
