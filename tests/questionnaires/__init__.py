"""Questionnaires: forms as data, how far they are filled, and the steps that demand it."""
