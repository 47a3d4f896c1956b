"""A small module whose fields merge, and what devices see of it."""
