"""The objectives of a network, one file each: a sentence, its linear terms, and its true value.

A new objective is a file with a class that has ``sentence``, ``maximise``, ``measure``, ``needs_links``, ``terms``,
``value`` and ``grain``, and one line here; one that counts a measure of its own also has ``cover``.
"""

from planner.locate.network.objectives.changes import Changes
from planner.locate.network.objectives.covered_twice import CoveredTwice
from planner.locate.network.objectives.early import EarlyCover
from planner.locate.network.objectives.link_travel import LinkTravel
from planner.locate.network.objectives.lounges_linked import LoungesLinked
from planner.locate.network.objectives.mix import Mix
from planner.locate.network.objectives.money import Money
from planner.locate.network.objectives.objective import Layout, Measured, Network, Objective, Terms
from planner.locate.network.objectives.people_covered import PeopleCovered
from planner.locate.network.objectives.people_travel import PeopleTravel
from planner.locate.network.objectives.worst_share import WorstShare

__all__ = [
    "Changes",
    "CoveredTwice",
    "EarlyCover",
    "Layout",
    "LinkTravel",
    "LoungesLinked",
    "Measured",
    "Mix",
    "Money",
    "Network",
    "Objective",
    "PeopleCovered",
    "PeopleTravel",
    "Terms",
    "WorstShare",
]
