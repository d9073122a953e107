"""The objectives of a network: each a sentence, its linear terms, and its true value.

A new objective is a class with ``sentence``, ``maximise``, ``needs_links``, ``terms`` and ``value``, and one line here.
"""

from planner.locate.objectives.linear import Changes, LinkTravel, LoungesLinked, Money, SmallerIds
from planner.locate.objectives.objective import Layout, Network, Objective, Terms
from planner.locate.objectives.people_covered import PeopleCovered
from planner.locate.objectives.worst_share import WorstShare

__all__ = [
    "Changes",
    "Layout",
    "LinkTravel",
    "LoungesLinked",
    "Money",
    "Network",
    "Objective",
    "PeopleCovered",
    "SmallerIds",
    "Terms",
    "WorstShare",
]
