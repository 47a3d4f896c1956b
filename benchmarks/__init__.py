"""Load and speed measurements; `syncengine bench`."""
