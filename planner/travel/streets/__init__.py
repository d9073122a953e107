"""From streets as read to the graph of one mode: rights, speeds, barriers, turns, changes."""
