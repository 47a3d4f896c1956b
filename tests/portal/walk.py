"""A page that is walked by keyboard alone: whatever has the focus is seen to have it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

MOST = 400  # presses of Tab until the end of a page must have come
SCROLLING = 20  # looks at a page that may still be moving
STOP = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const label = e.labels && e.labels.length ? e.labels[0].textContent : '';
  const said = e.getAttribute('aria-label') || label || e.textContent || '';
  const x = Math.max(0, box.left) / 2 + Math.min(innerWidth, box.right) / 2;
  const y = Math.max(0, box.top) / 2 + Math.min(innerHeight, box.bottom) / 2;
  const hit = document.elementFromPoint(x, y);
  let faint = 1;
  for (let one = e; one; one = one.parentElement) { faint *= getComputedStyle(one).opacity; }
  return {
    id: e.id, name: said.replace(/\\s+/g, ' ').trim(), body: e === document.body,
    marked: style.outlineStyle !== 'none' || style.boxShadow !== 'none',
    there: Boolean(hit && (e.contains(hit) || hit.contains(e))) && faint > 0.9,
  };
}"""


class Walk:
    """The keyboard before a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def begin(self, address: str) -> None:
        """At the content of a page."""
        self.page.goto(address)
        self.skip()

    def skip(self) -> None:
        """Past the navigation of a page that has just come."""
        self.to("To the content", 1)
        self.press("Enter")

    def press(self, *keys: str) -> None:
        """One after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Where the focus is, instead of what is there."""
        self.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def to(self, wanted: str, most: int = MOST) -> None:
        """Press Tab until what has this name, or begins with it, or this #id, has the focus. Every
        stop on the way is marked, in the window and not covered.
        """
        for _ in range(most):
            self.press("Tab")
            stop = self._stop()
            assert stop["marked"] or stop["body"], f"the focus is not seen: {stop}"
            assert stop["there"] or stop["body"], f"the focus is covered or out of sight: {stop}"
            if stop["name"].startswith(wanted) or "#" + stop["id"] == wanted:
                return
        raise AssertionError(f"{wanted} is not reached")

    def _stop(self) -> dict[str, Any]:
        """Where the focus is, when the page has scrolled there."""
        for _ in range(SCROLLING):
            stop: dict[str, Any] = self.page.evaluate(STOP)
            if stop["there"] or stop["body"]:
                break
            self.page.wait_for_timeout(50)
        return stop
