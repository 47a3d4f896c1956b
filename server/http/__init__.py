"""The HTTP edge: nothing here decides anything about data; it bounds, authenticates and carries."""
