"""The station-network planner: sites, types and links of service stations, proven best on real streets."""
