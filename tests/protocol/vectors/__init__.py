"""The makers of tests/vectors/: fixed keys, ids and times, so that the files are always the same.

`python -m tests.protocol.vectors` writes them anew. A maker gives the content of one file.
"""
