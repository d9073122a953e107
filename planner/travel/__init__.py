"""Travel: streets and a mode make a network; points on it make the table of legal trips."""

from planner.travel.places.snapping import Snapped, snap
from planner.travel.reach.isochrones import coverage_area, isochrones
from planner.travel.routes.route import Route, route, routes
from planner.travel.streets.added import with_link, with_links
from planner.travel.streets.changes import with_closed
from planner.travel.streets.modes import MODES, Mode, get_mode, truck
from planner.travel.streets.network import Network, network
from planner.travel.streets.speed_table import with_speed_table
from planner.travel.trips.cluster import on_cluster
from planner.travel.trips.matrix import Direction, travel_matrix, travel_parts

__all__ = [
    "MODES",
    "Direction",
    "Mode",
    "Network",
    "Route",
    "Snapped",
    "coverage_area",
    "get_mode",
    "isochrones",
    "network",
    "on_cluster",
    "route",
    "routes",
    "snap",
    "travel_matrix",
    "travel_parts",
    "truck",
    "with_closed",
    "with_link",
    "with_links",
    "with_speed_table",
]
