"""Office users: rights, signing in, the last administrator."""
