"""A device's attachments for asyncio apps: the same work, in threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from device_sdk.attachments.facade import Attachments

__all__ = ["AsyncAttachments"]


class AsyncAttachments:
    """Around a device's; `attachments` is what does the work."""

    def __init__(self, attachments: Attachments) -> None:
        self.attachments = attachments

    async def attach(self, source: Path | str | BinaryIO) -> bytes:
        """As Attachments.attach; a file that is given is read in another thread."""
        return await asyncio.to_thread(self.attachments.attach, source)

    async def is_here(self, digest: bytes) -> bool:
        """As Attachments.is_here."""
        return await asyncio.to_thread(self.attachments.is_here, digest)

    async def read(self, digest: bytes, start: int = 0) -> AsyncIterator[bytes]:
        """`async for piece in attachments.read(digest): ...`, as Attachments.read."""
        pieces = await asyncio.to_thread(self.attachments.read, digest, start)
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield piece

    async def keep(self, digest: bytes, kept: bool = True) -> None:
        """As Attachments.keep."""
        await asyncio.to_thread(self.attachments.keep, digest, kept)

    async def fetch(self, digest: bytes) -> None:
        """As Attachments.fetch."""
        await asyncio.to_thread(self.attachments.fetch, digest)
