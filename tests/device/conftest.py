"""A fresh world a test, or a small server that can be told to lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk import Device
from tests.device.fake import Fake
from tests.support.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """On SQLite: what differs between databases is tested with the store."""
    made = World(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    yield made
    made.close()


@pytest.fixture
def fake() -> Fake:
    """A server of one person."""
    return Fake()


@pytest.fixture
def device(fake: Fake, tmp_path: Path) -> Iterator[Device]:
    """That person's device."""
    with Device.enrol(tmp_path / "store", fake, "code", "tablet") as made:
        yield made
