"""Office users at the door: passwords, sessions, lock-out. What they may do is in the rows."""
