"""The distribution's browser, driven by playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--disable-domain-reliability", "--no-pings",
    "--disable-dev-shm-usage", "--disable-gpu",
)  # fmt: skip


class NoBrowser(Exception):
    """There is none on this machine."""


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that talks to nobody but the page's server; NoBrowser."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise NoBrowser("There is no chromium: `apt-get install chromium`.")
    root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=found, args=[*QUIET, *root])
        try:
            yield launched
        finally:
            launched.close()
