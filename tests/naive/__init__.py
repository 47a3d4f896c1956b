"""A second, deliberately naive client: written from docs/PROTOCOL.md alone, on plain dictionaries.

It imports nothing of this project, so that what it can do is what the document says.
"""
