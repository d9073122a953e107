"""Where the people of each group are, and how many: counted, estimated or given, never twice."""

from planner.demand.points import CELL, demand_points

__all__ = ["CELL", "demand_points"]
