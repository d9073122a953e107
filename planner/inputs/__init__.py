"""Reading what a planner's office really has, with an account of everything repaired or refused."""
