"""The solver as arrays, its clock, and number loops compiled to machine code."""
