"""Messages on a rep's device for asyncio apps: the same work, in threads."""

from __future__ import annotations

import asyncio

from device_sdk import RowId
from modules.messages.device import Message, Messages

__all__ = ["AsyncMessages"]


class AsyncMessages:
    """Around those of a device: `AsyncMessages(Messages(device.device))`, of an AsyncDevice."""

    def __init__(self, messages: Messages) -> None:
        self.messages = messages

    async def received(self) -> int:
        """As Messages.received."""
        return await asyncio.to_thread(self.messages.received)

    async def at_day_login(self) -> list[Message]:
        """As Messages.at_day_login."""
        return await asyncio.to_thread(self.messages.at_day_login)

    async def at_check_in(self, customer: RowId) -> list[Message]:
        """As Messages.at_check_in."""
        return await asyncio.to_thread(self.messages.at_check_in, customer)

    async def reminders(self) -> list[Message]:
        """As Messages.reminders."""
        return await asyncio.to_thread(self.messages.reminders)

    async def show(self, receipt: RowId) -> Message:
        """As Messages.show."""
        return await asyncio.to_thread(self.messages.show, receipt)

    async def complete_task(self, answer: RowId, value: object) -> Message:
        """As Messages.complete_task."""
        return await asyncio.to_thread(self.messages.complete_task, answer, value)

    async def confirm(self, receipt: RowId) -> None:
        """As Messages.confirm."""
        await asyncio.to_thread(self.messages.confirm, receipt)
