"""Working time: what a rep records of each day, and how it comes to the office."""
