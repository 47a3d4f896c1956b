"""Attachments of asyncio apps: the loop waits for no disk and no network."""

from __future__ import annotations

import asyncio
import io
import uuid
from pathlib import Path

import pytest

from device_sdk import AsyncDevice
from device_sdk.attachments import NotHere
from device_sdk.draft import Draft
from tests.attachments.scene import Field
from tests.blobs.scene import digest

PHOTO = bytes(range(256)) * 1_000 + b"end"  # several pieces


def test_a_photo_goes_from_one_app_to_another(tmp_path: Path) -> None:
    field = Field(tmp_path)
    row = uuid.UUID(bytes=field.customer("a", "1"))

    async def day() -> None:
        async with AsyncDevice(field.enrol("a")) as mine, AsyncDevice(field.enrol("boss")) as other:
            await mine.sync()
            attachments = await mine.attachments()
            photo = await attachments.attach(io.BytesIO(PHOTO))

            def show(changes: Draft) -> None:
                changes.update("customer", row, photo=photo)

            await mine.write(show)
            assert (await mine.sync()).verdicts == {"accepted": 1}
            theirs = await other.attachments()
            with pytest.raises(NotHere):
                await theirs.fetch(digest(b"never was"))
            await other.sync()
            await theirs.keep(photo)
            assert await theirs.is_here(photo)
            found = [piece async for piece in theirs.read(photo, 100)]
            assert len(found) > 1
            assert b"".join(found) == PHOTO[100:]

    asyncio.run(day())
    field.close()
