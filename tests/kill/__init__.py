"""kill -9 at every point, with real processes over HTTP."""
