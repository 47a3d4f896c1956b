"""A device's attachments: loaded when an app asks for them, or when its store has some."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from device_sdk.account import Account
from device_sdk.keys import Keys
from device_sdk.report import SyncReport
from device_sdk.store import DeviceStore

if TYPE_CHECKING:
    from device_sdk.attachments import Attachments

FOLDER = "attachments"


class Attaching:
    """Of a device."""

    def __init__(
        self, store: DeviceStore, keys: Keys, account: Account, lock: AbstractContextManager[object]
    ) -> None:
        self._parts = (store, keys.database, account, lock)
        self._attachments: Attachments | None = None

    @property
    def attachments(self) -> Attachments:
        """What rows refer to: photos, documents."""
        if self._attachments is None:
            from device_sdk.attachments import Attachments

            self._attachments = Attachments(*self._parts)
        return self._attachments

    def _carrying(self, sync: Callable[[], SyncReport], stop: Callable[[], bool]) -> SyncReport:
        """A sync with its attachments, where there are any."""
        place = self._parts[0].database.path.parent / FOLDER
        if self._attachments is None and not place.exists():
            return sync()
        return self.attachments.around(sync, stop)
