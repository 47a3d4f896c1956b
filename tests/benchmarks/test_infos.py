"""`syncengine bench infos` at a tiny scale: what it found, not the times."""

from __future__ import annotations

from benchmarks.infos import Scale, measure

TINY = Scale(people=12, turns=1)


def test_every_receipt_comes_and_goes(database_url: str) -> None:
    """`measure` itself refuses when a receipt is missing, or is on a device after the end."""
    result = measure(database_url, TINY)
    median = {key: figure["median"] for key, figure in result["figures"].items()}
    assert median["published_commits"] == 1  # an info to everybody is one changeset
    assert median["received_commits"] == median["expired_commits"] == median["plain_commits"] == 1
    assert median["withdrawn_commits"] == 2  # the office's, and the server's
    assert {"expired_ratio", "withdrawn_ratio"} <= median.keys()
