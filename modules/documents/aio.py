"""Documents on a rep's device for asyncio apps: the same work, in threads."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

from device_sdk import RowId
from modules.documents.device import Document, Documents, Return

__all__ = ["AsyncDocuments"]


class AsyncDocuments:
    """Around those of a device: `AsyncDocuments(Documents(device.device))`, of an AsyncDevice."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents

    async def valid(self, customer: RowId | None = None) -> list[Document]:
        """As Documents.valid."""
        return await asyncio.to_thread(self.documents.valid, customer)

    async def get(self, edition: RowId) -> Document:
        """As Documents.get."""
        return await asyncio.to_thread(self.documents.get, edition)

    async def open(self, edition: RowId) -> AsyncIterator[bytes]:
        """`async for piece in documents.open(edition): ...`, as Documents.open."""
        pieces = await asyncio.to_thread(self.documents.open, edition)
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield piece

    async def keep(self, document: RowId, kept: bool = True) -> None:
        """As Documents.keep."""
        await asyncio.to_thread(self.documents.keep, document, kept)

    async def return_form(
        self,
        edition: RowId,
        signed_file: bytes,
        signed_by: str,
        customer: RowId | None = None,
        *,
        signature: bytes | None = None,
        note: str = "",
    ) -> uuid.UUID:
        """As Documents.return_form."""
        return await asyncio.to_thread(
            self.documents.return_form, edition, signed_file, signed_by, customer,
            signature=signature, note=note,
        )  # fmt: skip

    async def return_again(
        self,
        returned: RowId,
        signed_file: bytes | None = None,
        signed_by: str | None = None,
        *,
        signature: bytes | None = None,
        note: str | None = None,
    ) -> None:
        """As Documents.return_again."""
        await asyncio.to_thread(
            self.documents.return_again, returned, signed_file, signed_by,
            signature=signature, note=note,
        )  # fmt: skip

    async def open_returns(self, customer: RowId | None = None) -> list[Return]:
        """As Documents.open_returns."""
        return await asyncio.to_thread(self.documents.open_returns, customer)
