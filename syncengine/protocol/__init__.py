"""Messages <-> bytes and the order of frames. No I/O."""
