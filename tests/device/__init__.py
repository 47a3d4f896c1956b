"""Tests of the SDK against the real store, without a network."""
