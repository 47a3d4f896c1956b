"""The client library: one person's encrypted store on one device, in step with the server."""

from device_sdk.aio import AsyncDevice
from device_sdk.device import Device
from device_sdk.inbox import Entered, Item, Lost
from device_sdk.keys import FileKeyProvider, KeyProvider, Keys
from device_sdk.rows import Row
from device_sdk.status import DeviceStatus, Problem
from device_sdk.sync import Progress, SyncReport
from device_sdk.transport import HttpTransport, Response, Transport
from device_sdk.watch import Watch
from syncengine.model.errors import SyncError

__all__ = [
    "AsyncDevice",
    "Device",
    "DeviceStatus",
    "Entered",
    "FileKeyProvider",
    "HttpTransport",
    "Item",
    "KeyProvider",
    "Keys",
    "Lost",
    "Problem",
    "Progress",
    "Response",
    "Row",
    "SyncError",
    "SyncReport",
    "Transport",
    "Watch",
]
