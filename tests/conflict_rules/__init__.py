"""Tests of the conflict rules."""
