"""What the tests in a browser have in common: a running server, pages that are watched, axe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from syncengine.store.store import Store

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
VIOLATIONS = "found => found.violations"  # what passed is ten times as much
SERIOUS = ("serious", "critical")


@dataclass
class Stage:
    """A browser before a running server."""

    address: str
    store: Store
    browser: Browser


def visit(
    stage: Stage, language: str, theme: str = "light", width: int = 1280, zone: str | None = None
) -> BrowserContext:
    """A browser of its own, in that language and time zone; whatever it logs as an error ends the
    test.
    """
    context = stage.browser.new_context(viewport={"width": width, "height": 900}, timezone_id=zone)
    context.set_default_timeout(10_000)
    for name, value in (("language", language), ("theme", theme)):
        context.add_cookies(
            [{"name": name, "value": value, "domain": "127.0.0.1", "path": "/portal"}]
        )
    return context


def watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """A page, and what the browser complains of: the policy's violations are among it."""
    page, said = context.new_page(), list[str]()
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return page, said


def faults(page: Page, name: str) -> list[str]:
    """What axe calls serious or worse. It is put in past the page's policy."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run({{resultTypes: ['violations']}}).then({VIOLATIONS})")
    return [
        f"{name}: {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]
