"""The client library: one person's encrypted store on one device, in step with the server.

Public, and promised by the version, is what stands here and in the modules `errors`, `events`,
`codegen` and `testing`.
"""

from device_sdk.aio import AsyncDevice
from device_sdk.device import Device
from device_sdk.draft import Draft, RowId
from device_sdk.forms import Form, FormField
from device_sdk.inbox import Entered, Item, Lost
from device_sdk.keys import FileKeyProvider, KeyProvider, Keys
from device_sdk.lost import LostWork
from device_sdk.rebuild import Rebuilt
from device_sdk.report import Progress, SyncReport
from device_sdk.rows import Row
from device_sdk.status import DeviceStatus, Problem
from device_sdk.transport import HttpTransport, Response, Transport
from device_sdk.verify import Finding, Heals, Verification
from device_sdk.watch import Result, Watch
from syncengine.model.changeset import Objection
from syncengine.model.environment import Environment
from syncengine.model.errors import Advice, SyncError
from syncengine.model.fields import Stored, Value

__all__ = [
    "Advice",
    "AsyncDevice",
    "Device",
    "DeviceStatus",
    "Draft",
    "Entered",
    "Environment",
    "FileKeyProvider",
    "Finding",
    "Form",
    "FormField",
    "Heals",
    "HttpTransport",
    "Item",
    "KeyProvider",
    "Keys",
    "Lost",
    "LostWork",
    "Objection",
    "Problem",
    "Progress",
    "Rebuilt",
    "Response",
    "Result",
    "Row",
    "RowId",
    "Stored",
    "SyncError",
    "SyncReport",
    "Transport",
    "Value",
    "Verification",
    "Watch",
]
