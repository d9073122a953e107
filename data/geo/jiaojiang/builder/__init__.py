"""The parts of the demonstration district, each a function of a seed and of what stands before it."""
