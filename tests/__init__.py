"""The tests, a package so that tests/server is not taken for the server."""
