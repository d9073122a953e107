"""Rule packs: a region's standards as data, and how they reach a scenario: as defaults that it may override."""

from planner.rules.apply import apply_rule_pack, with_open_sites, with_rule_pack
from planner.rules.pack import RulePack, read_rules

__all__ = ["RulePack", "apply_rule_pack", "read_rules", "with_open_sites", "with_rule_pack"]
