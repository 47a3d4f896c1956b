"""A short soak, and that it would notice."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from tests.soak import run
from tests.soak.run import Soak, grown, stretches
from tests.support.world import DAY


@pytest.mark.parametrize("drops", [True, False])
def test_nothing_grows_unless_nothing_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drops: bool
) -> None:
    monkeypatch.setattr(run, "KEPT", 3)
    monkeypatch.setattr("syncengine.store.told.RETENTION", 3 * DAY)
    if not drops:
        monkeypatch.setattr(run, "compact", lambda _store, _retention: None)
    soak = Soak(f"sqlite:///{tmp_path / 'server.db'}", tmp_path, 1)
    first, early, late = islice(stretches(soak), 3)
    if drops:
        assert grown(early, late) == {}
    else:
        assert {"changeset", "operation", "verdict"} <= grown(first, late).keys()
    assert soak.is_sound()
    soak.world.close()
