"""Acceptance tests of the store, on both databases."""
