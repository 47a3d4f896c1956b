"""The server side of the engine: write path, memberships, grants, feed, history. SQLAlchemy
Core.
"""
