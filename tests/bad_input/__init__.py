"""bad-input.md, sync endpoints: each row against a real server process, with the stated answer."""
