"""Tests of the module master data."""
