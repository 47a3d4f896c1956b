"""Days upon days of work on one database: whether anything grows that should not."""
