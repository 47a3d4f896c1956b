"""Measured values, collected over the repetitions: the median counts, with the spread."""

from __future__ import annotations

import platform
import statistics
import sys
from typing import Any


def say(text: str) -> None:
    """Progress, beside the figures."""
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """What the figures were measured on."""
    return f"{platform.platform()}, Python {platform.python_version()}"


class Figures:
    """Measured values by key."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}
        self._scales: dict[str, str] = {}

    def add(self, key: str, value: float, scales_with: str = "") -> None:
        """One more value. scales_with: what has to double for it to double."""
        self._values.setdefault(key, []).append(value)
        self._scales[key] = scales_with
        say(f"  {key}: {value:,.1f}")

    def medians(self) -> dict[str, float]:
        """Key -> median."""
        return {key: statistics.median(values) for key, values in self._values.items()}

    def spread(self) -> dict[str, list[float]]:
        """Key -> [smallest, largest]."""
        return {key: [min(values), max(values)] for key, values in self._values.items()}

    def described(self) -> dict[str, dict[str, Any]]:
        """Key -> median, spread, how often it was measured, and what it scales with."""
        medians, spread = self.medians(), self.spread()
        return {
            key: {
                "median": round(medians[key], 3),
                "spread": [round(value, 3) for value in spread[key]],
                "times": len(values),
                "scales_with": self._scales[key],
            }
            for key, values in self._values.items()
        }
