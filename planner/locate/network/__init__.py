"""The joint model of sites, types and links: problem, rules, objectives, solution, explanation."""
