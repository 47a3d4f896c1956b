"""Tests of the HTTP edge, the command line and the server's life."""
