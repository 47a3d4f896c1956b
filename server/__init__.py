"""The server's composition root: HTTP, command line, importer, demo. Only it names modules."""
