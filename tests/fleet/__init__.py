"""A whole fleet: random work against an oracle, and the promises by name."""
