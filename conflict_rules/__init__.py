"""Conflict rules: pure functions that decide when a field changed on both sides since the base."""
