"""A benchmark says by its exit code whether its goals were met."""

from __future__ import annotations

from types import ModuleType

import pytest

from benchmarks import infos, reports


@pytest.mark.parametrize("bench", [infos, reports])
@pytest.mark.parametrize(("met", "code"), [(True, 0), (False, 1)])
def test_a_missed_goal_is_told_by_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, bench: ModuleType, met: bool, code: int
) -> None:
    monkeypatch.setattr(bench, "measure", lambda *_: {"goals": {"fast": True, "faster": met}})
    assert bench.main([]) == code
