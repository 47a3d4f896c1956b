"""The office: its users, their roles, and what these may do."""
