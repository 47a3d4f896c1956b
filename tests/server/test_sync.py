"""A sync over HTTP: the slice comes, then nothing new. What is refused: tests/bad_input."""

from __future__ import annotations

import pytest

from syncengine.protocol.messages import (
    Checkpoint,
    Chunk,
    Unchanged,
    Welcome,
    decode_rows,
)
from tests.server.conftest import CUSTOMER, Served, Start
from tests.server.wire import Device


@pytest.fixture
def served(start: Start) -> Served:
    return start()


@pytest.fixture
def device(served: Served) -> Device:
    """279's, which holds its slice."""
    device = served.device("279")
    device.sync()
    device.sync()  # proves the checkpoint
    return device


def test_first_sync_then_nothing_new(served: Served) -> None:
    device = served.device("279")
    first = device.sync()
    assert isinstance(first.messages[0], Welcome)
    assert isinstance(first.messages[-1], Checkpoint)
    rows = {
        row[1]
        for m in first.messages if isinstance(m, Chunk)
        for section in m.sections if section.tag == CUSTOMER
        for row in decode_rows(section)
    }  # fmt: skip
    assert rows == {row for number, row in served.customers.items() if number.startswith("279")}
    assert isinstance(device.sync().messages[-1], Unchanged)
    assert '"sync"' in served.log.getvalue()


def test_a_sync_without_changes_leaves_no_line_in_the_log(served: Served, device: Device) -> None:
    device.sync()
    before = served.log.getvalue()
    assert isinstance(device.sync().messages[-1], Unchanged)
    assert served.log.getvalue() == before
