"""Planted bugs: what the simulator has to find, each a place of the engine's text made wrong."""
