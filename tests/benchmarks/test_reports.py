"""`syncengine bench reports` at a tiny scale: what it found, not the times."""

from __future__ import annotations

from benchmarks.reports import Scale, measure


def test_every_template_is_on_the_device_and_some_apply() -> None:
    """`measure` itself refuses when a template is missing on the device."""
    result = measure(None, Scale(customers=60, templates=20, asked=5))
    figures = result["figures"]
    assert {"first_ms", "applying_ms", "applying_worst_ms"} <= figures.keys()
    assert figures["found"]["median"] >= 4  # those that name the owner
