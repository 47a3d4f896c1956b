"""The engine: model, protocol and store of an offline-first sync engine."""
