"""The conformance suite: what docs/PROTOCOL.md promises, asked of any server over HTTP."""
