"""The rules of a network, one file each: the sentence it means, its rows, and the facts that explain it.

A new rule is a new file with a class that has ``sentence``, ``needs_links``, ``needs_loads``, ``rows``, ``facts`` and
``eased``, and one line here.
"""

from planner.locate.network.constraints.backup import BackupLinks
from planner.locate.network.constraints.balance import LinkBalance
from planner.locate.network.constraints.budget import Budget
from planner.locate.network.constraints.capacity import Capacity
from planner.locate.network.constraints.count import Count
from planner.locate.network.constraints.existing import Existing
from planner.locate.network.constraints.implication import Implication
from planner.locate.network.constraints.least_load import LeastLoad
from planner.locate.network.constraints.links import LinksPerStation, LoungesLinked
from planner.locate.network.constraints.lounge_types import LoungeTypes
from planner.locate.network.constraints.one_per_centre import OnePerCentre
from planner.locate.network.constraints.phases import Deferred, PhaseBudget, PhaseCount, Standing
from planner.locate.network.constraints.quota import Quota
from planner.locate.network.constraints.rule import Adjustable, Columns, LimitsLoads, Rows, Rule, limits_of_loads
from planner.locate.network.constraints.share import LeastShare
from planner.locate.network.constraints.spacing import Spacing
from planner.locate.network.constraints.status import Excluded, Required

__all__ = [
    "Adjustable",
    "BackupLinks",
    "Budget",
    "Capacity",
    "Columns",
    "Count",
    "Deferred",
    "Excluded",
    "Existing",
    "Implication",
    "LeastLoad",
    "LeastShare",
    "LimitsLoads",
    "LinkBalance",
    "LinksPerStation",
    "LoungeTypes",
    "LoungesLinked",
    "OnePerCentre",
    "PhaseBudget",
    "PhaseCount",
    "Quota",
    "Required",
    "Rows",
    "Rule",
    "Spacing",
    "Standing",
    "limits_of_loads",
]
