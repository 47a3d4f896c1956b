"""Tests of the demo and its expectation."""
