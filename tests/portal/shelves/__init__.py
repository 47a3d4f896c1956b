"""A module that brings a page to the portal."""
