"""The devices that walk through the scripts of walks.json."""

from __future__ import annotations

from typing import Any, Protocol

from device_sdk import Device
from device_sdk.errors import Offline
from syncengine.model.errors import SyncError
from tests.naive.client import Client, Cut
from tests.naive.codec import Wrong


class Walker(Protocol):
    """A device that walks through a script."""

    def edit(self, entity: str, row: bytes, fields: dict[str, Any]) -> None:
        """Own work."""

    def sync(self) -> str | None:
        """What stopped it: a code or "cut"."""

    def shown(self, entity: str) -> list[list[Any]]:
        """[id, values...] of each row, by id."""


class OurWalker:
    """The SDK's device."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def edit(self, entity: str, row: bytes, fields: dict[str, Any]) -> None:
        """Own work."""
        with self._device.changeset() as changes:
            changes.update(entity, row, **fields)

    def sync(self) -> str | None:
        """What stopped it."""
        try:
            self._device.sync()
        except Offline:
            return "cut"
        except SyncError as error:
            return error.code
        return None

    def shown(self, entity: str) -> list[list[Any]]:
        """All columns of the view."""
        return [list(r) for r in self._device.query(f'SELECT * FROM "{entity}" ORDER BY id')]


class NaiveWalker:
    """The naive client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def edit(self, entity: str, row: bytes, fields: dict[str, Any]) -> None:
        """Own work."""
        self._client.store.change(("update", entity, row, fields))

    def sync(self) -> str | None:
        """What stopped it."""
        try:
            self._client.sync()
        except Cut:
            return "cut"
        except Wrong as wrong:
            return wrong.code
        return None

    def shown(self, entity: str) -> list[list[Any]]:
        """What a person sees."""
        return [[row, *found] for row, found in sorted(self._client.store.shown(entity).items())]
