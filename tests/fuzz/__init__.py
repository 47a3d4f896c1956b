"""Every decoder against inputs that nobody meant to send: mutated, coverage-guided, and kept."""
