"""`syncengine bench sdk`, once instead of many times: what is measured, not how long it takes."""

from __future__ import annotations

from benchmarks.imports import measure


def test_both_are_measured_in_processes_of_their_own() -> None:
    result = measure(1)
    assert result["times"] == 1
    assert result["libraries_cpu_ms"] > 0
    assert result["device_sdk_cpu_ms"] > 0
    assert result["spread"].keys() == {"libraries_cpu_ms", "device_sdk_cpu_ms"}
