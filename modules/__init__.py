"""Domain modules: declarations that sit on top of the engine."""
