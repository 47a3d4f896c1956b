"""What the screens of modules may use; nothing else of the screen is theirs to import.

A module's page is a function of the Screen and of what was Asked, as the screen's own are. It reads
`asked.device` and writes changesets there.
"""

from __future__ import annotations

from device_sdk.screen.asked import Asked as Asked
from device_sdk.screen.brought import HOME as HOME
from device_sdk.screen.brought import Link as Link
from device_sdk.screen.brought import ModuleScreen as ModuleScreen
from device_sdk.screen.forms import reason as reason
from device_sdk.screen.refusals import NotThere as NotThere
from device_sdk.screen.refusals import Unclear as Unclear
from device_sdk.screen.screen import Screen as Screen
from device_sdk.screen.screen import own_path as own_path
from device_sdk.screen.screen import to as to
from device_sdk.screen.titles import title as title
from device_sdk.screen.titles import title_of as title_of
from device_sdk.screen.values import Wrong as Wrong
from device_sdk.screen.values import read as read
from device_sdk.screen.values import shown as shown
from device_sdk.screen.values import typed as typed
from device_sdk.screen.words import Words as Words
