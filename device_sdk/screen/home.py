"""The first page, the line that says how the device stands, and what else there is."""

from __future__ import annotations

from starlette.responses import HTMLResponse, Response

from device_sdk.screen.asked import Asked
from device_sdk.screen.brought import HOME
from device_sdk.screen.refusals import Unclear
from device_sdk.screen.screen import Screen, own_path, to


def home(screen: Screen, asked: Asked) -> Response:
    """Today: what modules have to say, and what needs the person."""
    return screen.page(
        asked, "home.html", open_="/", today=asked.words.weekday(screen.now().date()),
        blocks=screen.blocks(asked, HOME),
    )  # fmt: skip


def more(screen: Screen, asked: Asked) -> Response:
    """What has no place in the bar."""
    return screen.page(asked, "more.html", open_="/more")


def status(screen: Screen, asked: Asked) -> Response:
    """The line at the head, for pages that are open: they ask every few seconds."""
    user = asked.signed_in
    standing = user.device.status()
    line = screen.render(
        asked, "status.html", status=standing, airplane=user.airplane, rows_so_far=user.rows_so_far
    )
    headers = {"x-mark": screen.mark(user), "x-count": str(standing.pending + standing.inbox)}
    return HTMLResponse(line, headers=headers)


def airplane(screen: Screen, asked: Asked) -> Response:
    """The switch."""
    if asked.value("on") not in ("0", "1"):
        raise Unclear
    screen.set_airplane(asked.value("on") == "1")
    return to(own_path(asked.value("back", "/")))
