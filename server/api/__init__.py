"""The API for other systems, under /api/v1: JSON, the same rights, the same one write path."""
