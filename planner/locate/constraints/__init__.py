"""The rules of a network, one file each: the sentence it means, its rows, and the facts that explain it.

A new rule is a new file with a class that has ``sentence``, ``needs_links``, ``needs_loads``, ``rows``, ``facts`` and
``eased``, and one line here.
"""

from planner.locate.constraints.backup import BackupLinks
from planner.locate.constraints.balance import LinkBalance
from planner.locate.constraints.budget import Budget
from planner.locate.constraints.capacity import Capacity
from planner.locate.constraints.count import Count
from planner.locate.constraints.existing import Existing
from planner.locate.constraints.implication import Implication
from planner.locate.constraints.least_load import LeastLoad
from planner.locate.constraints.links import LinksPerStation, LoungesLinked
from planner.locate.constraints.lounge_types import LoungeTypes
from planner.locate.constraints.one_per_centre import OnePerCentre
from planner.locate.constraints.quota import Quota
from planner.locate.constraints.rule import Columns, Rows, Rule
from planner.locate.constraints.share import LeastShare
from planner.locate.constraints.spacing import Spacing
from planner.locate.constraints.status import Excluded, Required

__all__ = [
    "BackupLinks",
    "Budget",
    "Capacity",
    "Columns",
    "Count",
    "Excluded",
    "Existing",
    "Implication",
    "LeastLoad",
    "LeastShare",
    "LinkBalance",
    "LinksPerStation",
    "LoungeTypes",
    "LoungesLinked",
    "OnePerCentre",
    "Quota",
    "Required",
    "Rows",
    "Rule",
    "Spacing",
]
