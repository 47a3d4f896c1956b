"""Packages of modules outside the repository: written, installed, used."""
