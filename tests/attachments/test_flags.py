"""Attachments that rows say are to be kept, and those that come when they are asked for."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from tests.attachments.scene import Field, content_of

CONTENTS = (b"one photo", b"another")


def test_where_rows_say_so_they_are_kept_and_else_come_when_asked_for(tmp_path: Path) -> None:
    field = Field(tmp_path)
    rows = field.customers("a", 2)
    field.update("customer", rows[1], active=False)
    with field.enrol("a") as device, field.enrol("boss") as other:
        device.sync()
        kept, asked = (device.attachments.attach(BytesIO(content)) for content in CONTENTS)
        with device.changeset() as changes:
            changes.update("customer", rows[0], photo=kept)
            changes.update("customer", rows[1], photo=asked)
        device.sync()
        other.attachments.flags["customer"] = "active"
        other.attachments.quota_bytes = 0
        other.sync()
        assert [other.attachments.is_here(d) for d in (kept, asked)] == [True, False]
        other.attachments.fetch(asked)
        assert content_of(other, asked) == CONTENTS[1]
        other.sync()
        assert [other.attachments.is_here(d) for d in (kept, asked)] == [True, False]
        field.update("customer", rows[1], active=True)
        other.sync()
        assert [other.attachments.is_here(d) for d in (kept, asked)] == [True, True]
    field.close()
