"""Modules whose package is gone while their data stand in the database."""
