"""What modules bring to the screen, and where it is found.

A shipped module's is its package `screen`, `modules.<name>.screen`; somebody else's is named by an
entry point in the group `syncengine.screens`, under the module's name. Each gives `SCREEN`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from starlette.responses import Response

from device_sdk.device import Device
from device_sdk.rows import Row
from device_sdk.screen.asked import Asked
from syncengine.model.errors import Advice, SyncError

if TYPE_CHECKING:
    from device_sdk.screen.screen import Screen

ENTRY_POINTS = "syncengine.screens"
SHIPPED = "modules"
HOME = "home"  # the place of blocks on the first page; other places are entities' names

Page = Callable[["Screen", Asked], Response]
Block = Callable[["Screen", Asked, Row | None], str]


class ScreenInvalid(SyncError):
    """What a module names as its screen is none."""

    code = "screen.invalid"
    advice = Advice.FIX


@dataclass(frozen=True)
class Link:
    """A line of the navigation. path: below /<module>. label: a message of the module's catalogue.
    icon: of the screen's icons.
    """

    path: str
    label: str
    icon: str


@dataclass(frozen=True)
class ModuleScreen:
    """What a module brings: `SCREEN` of its package.

    folder: of `templates` and `static`, whose files are named <module>/<file>. locale: the folder
    of its catalogues, <language>.po. pages: by path below /<module>; a Page answers GET and POST.
    blocks: by their place, the first page (`HOME`) or the page of a row of an entity; each gives
    HTML, nothing for no block. first: they come before those of other modules, for what somebody
    has to see. opened: told each device that somebody signs in to, before it syncs.
    """

    folder: Path
    locale: Path
    pages: Mapping[str, Page] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    blocks: Mapping[str, Block] = field(default_factory=dict)
    first: bool = False
    opened: Callable[[Device], object] | None = None


def found_screens() -> dict[str, ModuleScreen]:
    """By the modules' names. ScreenInvalid."""
    found: dict[str, ModuleScreen] = {}
    for name, given in _named():
        screen = getattr(given, "SCREEN", None)
        if not isinstance(screen, ModuleScreen):
            raise ScreenInvalid(f"What the module {name} names as its screen gives no SCREEN.")
        found[name] = screen
    return found


def _named() -> Iterator[tuple[str, object]]:
    spec = find_spec(SHIPPED)
    for module in iter_modules(spec.submodule_search_locations if spec else None):
        if module.ispkg and find_spec(f"{SHIPPED}.{module.name}.screen"):
            yield module.name, import_module(f"{SHIPPED}.{module.name}.screen")
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: p.name):
        yield point.name, point.load()
