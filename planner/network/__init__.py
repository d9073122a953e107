"""From the scenario, in ids, to the joint model, in positions, and back."""
