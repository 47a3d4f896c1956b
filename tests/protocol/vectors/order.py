"""Messages of a request and an answer in their order, and the state that they end in."""

from __future__ import annotations

from collections.abc import Iterator

from tests.protocol.vectors.sample import Case

GOOD = {
    "request": [("Hello", "greeted"), ("Hello Push Push", "greeted"), ("", "start")],
    "answer": [
        ("", "start"), ("Failure", "done"), ("Welcome", "greeted"),
        ("Welcome Unchanged", "done"), ("Welcome Checkpoint", "done"),
        ("Welcome EarlyCheckpoint", "done"), ("Welcome Grants Chunk EarlyCheckpoint", "done"),
        ("Welcome Failure", "done"), ("Welcome Verdicts Verdicts Unchanged", "done"),
        ("Welcome Verdicts Grants Chunk Grants Chunk", "streaming"),
        ("Welcome Ranges Chunk Checkpoint", "done"),
        ("Welcome Grants Chunk Ranges Chunk Ranges", "streaming"),
        ("Welcome Chunk Checkpoint", "done"), ("Welcome Grants Failure", "done"),
    ],
}  # fmt: skip
BAD = {
    "request": ["Push", "Hello Hello", "Hello Push Hello"],
    "answer": [
        "Unchanged", "Verdicts", "Grants", "Chunk", "Ranges", "Checkpoint", "Welcome Welcome",
        "Welcome Grants Verdicts", "Welcome Grants Unchanged", "Welcome Chunk Unchanged",
        "Welcome Ranges Unchanged",
        "Welcome Unchanged Failure", "Welcome Checkpoint Chunk",
        "Welcome EarlyCheckpoint Chunk", "Failure Welcome",
    ],
}  # fmt: skip


def make() -> Iterator[Case]:
    """The cases."""
    for of in ("request", "answer"):
        for names, state in GOOD[of]:
            yield {"name": names or "nothing", "of": of, "names": names.split(), "state": state}
        for names in BAD[of]:
            yield {"name": names, "of": of, "names": names.split(), "error": "request.malformed"}
