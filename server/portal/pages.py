"""Templates, and what all of them know: words, icons, who is signed in, the navigation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jinja2
from starlette.responses import HTMLResponse, RedirectResponse, Response

from server.accounts.sign_in import Accounts, SignedIn
from server.jobs import Jobs
from server.portal import assets
from server.portal.asked import Asked
from server.portal.words import LANGUAGES
from server.settings import Settings
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store.store import Store

TEMPLATES = Path(__file__).parent / "templates"
# What is listed in the navigation, with its icon; everything else is under "All data".
LISTED = {
    "customer": "building-store",
    "employee": "users",
    "market": "map-pin",
    "appointment": "calendar",
    "contact": "address-book",
    "article": "package",
    "catalogue": "book",
}


@dataclass(frozen=True)
class Entry:
    """One line of the navigation. key: which page is open when it is highlighted."""

    key: str
    label: str
    href: str
    icon: str


class Portal:
    """What pages work with: the store, the server's jobs, the accounts, the templates."""

    def __init__(
        self, store: Store, settings: Settings, jobs: Jobs, accounts: Accounts | None = None
    ) -> None:
        self.store = store
        self.jobs = jobs
        self.settings = settings
        self._given = accounts

    @cached_property
    def accounts(self) -> Accounts:
        """Made when somebody first signs in: the first password hash takes its time."""
        return self._given or Accounts(self.store)

    @cached_property
    def _templates(self) -> jinja2.Environment:
        made = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        made.globals |= {"icon": assets.icon, "asset": assets.address, "languages": LANGUAGES}
        made.filters["idtext"] = to_text
        return made

    def page(
        self, asked: Asked, template: str, status: int = 200, open_: str = "", **values: object
    ) -> Response:
        """A page, or a part of one. open_: which line of the navigation is highlighted."""
        known: dict[str, object] = {
            "_": asked.words, "w": asked.words, "user": asked.user, "url": asked.url,
            "csrf": asked.user.csrf if asked.user else "", "open": open_,
            "theme": asked.cookies.get("theme", ""), "now": self.store.environment.now(),
            "navigation": self._navigation(asked, asked.user) if asked.user else [],
        }  # fmt: skip
        text = self._templates.get_template(template).render(known | values)
        return HTMLResponse(text, status)

    def _navigation(self, asked: Asked, user: SignedIn) -> list[tuple[str, list[Entry]]]:
        w, may = asked.words, user.rights.may
        field = [Entry("start", w("Start"), "/portal/", "home")]
        if may(Right.VIEW, self.store.schema.people):
            field.append(Entry("devices", w("Devices"), "/portal/devices", "device-tablet"))
            field.append(Entry("why", w("Who holds what"), "/portal/why", "eye"))
        if may(Right.VIEW, "substitution"):
            where = "/portal/substitutions"
            field.append(Entry("substitutions", w("Substitutions"), where, "arrows-exchange"))
        if self.store.schema.rules and may(Right.VIEW, self.store.schema.rules.entity):
            field.append(Entry("visibility", w("Visibility"), "/portal/visibility", "filter"))
        if user.rights.limit is None:
            field.append(Entry("reviews", w("To decide"), "/portal/reviews", "inbox"))
            field.append(Entry("imports", w("Imports"), "/portal/imports", "file-import"))
        field.append(Entry("history", w("History"), "/portal/history", "history"))
        if user.rights.administers:
            field.append(Entry("jobs", w("Jobs"), "/portal/jobs", "clock"))
        data = [
            Entry(name, w.entities(name), f"/portal/data/{name}", symbol)
            for name, symbol in LISTED.items()
            if name in self.store.schema.entities and may(Right.VIEW, name)
        ]
        data.append(Entry("data", w("All data"), "/portal/data", "list"))
        return [(w("Field"), field), (w("Master data"), data)]


def to(path: str) -> Response:
    """Go there next. The address never names a host."""
    return RedirectResponse(path, 303)


def own_path(path: str, otherwise: str = "/portal/") -> str:
    """A path of the portal, and nothing that a browser could take for another place."""
    plain = path.isprintable() and not any(bad in path for bad in ("\\", "//", ".."))
    return path if plain and path.startswith("/portal/") and len(path) <= 2_000 else otherwise
