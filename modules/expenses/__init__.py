"""Trips and what they cost: stages, per diems, kilometres, receipts, and how they are settled."""
