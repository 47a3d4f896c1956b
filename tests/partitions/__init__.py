"""Real servers over PostgreSQL, real devices, and a network and processes that fail at random."""
