"""Centres: business districts, industrial parks and business centres; at most one station stands in each."""

from planner.centres.find import find_centres

__all__ = ["find_centres"]
