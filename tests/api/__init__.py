"""The API for other systems."""
