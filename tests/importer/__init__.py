"""Tests of the importer (D1)."""
