"""Templates, and what all of them know: words, icons, who is signed in, the navigation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from server.accounts.sign_in import Accounts, SignedIn
from server.http.process import Process
from server.live import Live, LivePace, Look
from server.module_tables import ModuleTable
from server.portal import assets
from server.portal.asked import Asked
from server.portal.words import LANGUAGES, LOCALES
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store.listing import Listed
from syncengine.store.marks import Mark
from syncengine.store.parents import Tree, trees_of
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


def tables_of(brought: Mapping[str, ModulePages]) -> dict[str, ModuleTable]:
    """What modules give out as files, by <module>/<name>."""
    return {
        f"{module}/{name}": table
        for module, pages in brought.items()
        for name, table in pages.tables.items()
    }


Page = Callable[["Portal", Asked], Response]
Block = Callable[["Portal", Asked, Listed], str]


@dataclass(frozen=True)
class Link:
    """A line of the navigation for a module's page, for whoever may view rows of `entity`. path:
    below /portal/<module>. label: a message of the module's catalogue.
    """

    path: str
    label: str
    icon: str
    entity: str


@dataclass(frozen=True)
class Panel:
    """What an open page of a module keeps up to date, for whoever may view rows of `entity`. mark:
    something that changes whenever what is shown may; it is asked for at every commit that is heard
    of, once a second at most, while such a page is open.
    """

    entity: str
    mark: Callable[[Store], Mark]


@dataclass(frozen=True)
class ModulePages:
    """What a module brings to the portal: `PAGES` of what its manifest names as `portal`.

    folder: of `templates`, `static` and `locale`, as far as there are any; files of the former two
    are named <module>/<file>. pages: by path below /portal/<module>, with the methods answered.
    panels: by name; on pages, and among those of others, it is <module>/<name>. blocks: by the
    entity whose rows' pages they are on, of whatever module; each gives HTML for what the user may
    see, nothing for no block. tables: what is given out as files, by name, too.
    """

    folder: Path
    pages: Mapping[str, tuple[Page, tuple[str, ...]]] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    panels: Mapping[str, Panel] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)
    tables: Mapping[str, ModuleTable] = field(default_factory=dict)


class Portal:
    """What pages work with: the store, the server's jobs and errands, the accounts, the templates,
    what modules bring, by their names; the pages that are open and kept up to date.
    """

    def __init__(
        self,
        process: Process,
        look: Callable[[Portal, Collection[str], Collection[str]], Look],
        accounts: Accounts | None = None,
        brought: Mapping[str, ModulePages] | None = None,
    ) -> None:
        settings, workers = process.settings, process.workers
        self.store = process.store
        self.jobs = process.jobs
        self.running = process.errands
        self.blobs, self.uploads = process.attachments.blobs, process.attachments.uploads
        self.errands = process.errands.errands
        pace = LivePace(settings.live_pages, settings.wake_poll_seconds, settings.wake_beat_seconds)
        self.live = Live(lambda *asked: workers.run(look, self, *asked), pace)
        self.settings = settings
        self._given = accounts
        self._brought = brought or {}
        own = [pages.folder / "locale" for pages in self._brought.values()]
        self.catalogues = (LOCALES, *own)
        self.panels = {
            f"{module}/{name}": panel
            for module, pages in self._brought.items()
            for name, panel in pages.panels.items()
        }
        self.tables = tables_of(self._brought)
        self.assets = assets.Assets(
            {name: pages.folder / "static" for name, pages in self._brought.items()}
        )

    @cached_property
    def accounts(self) -> Accounts:
        """Made when somebody first signs in: the first password hash takes its time."""
        return self._given or Accounts(self.store)

    @cached_property
    def trees(self) -> dict[str, Tree]:
        """Of the entities that have one, by name."""
        return trees_of(self.store.schema)

    @cached_property
    def _templates(self) -> jinja2.Environment:
        made = jinja2.Environment(
            loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(TEMPLATES), self._of_modules()]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        made.globals |= {"icon": assets.icon, "asset": self.assets.address, "languages": LANGUAGES}
        made.filters["idtext"] = to_text
        made.filters["called"] = lambda row_id, titles: titles[row_id]
        made.filters["marked"] = lambda panel, marks: f"{panel}-{marks.get(panel, '')}"
        return made

    def _of_modules(self) -> jinja2.BaseLoader:
        return jinja2.PrefixLoader(
            {
                name: jinja2.FileSystemLoader(pages.folder / "templates")
                for name, pages in self._brought.items()
            }
        )

    def page(
        self, asked: Asked, template: str, status: int = 200, open_: str = "", **values: object
    ) -> Response:
        """A page, or a part of one. open_: which line of the navigation is highlighted."""
        navigation = self._navigation(asked, asked.user) if asked.user else []
        text = self.render(asked, template, open=open_, navigation=navigation, **values)
        return HTMLResponse(text, status)

    def blocks(self, asked: Asked, row: Listed, entity: str) -> list[str]:
        """What modules have to say on the page of a row."""
        places = (pages.blocks.get(entity) for pages in self._brought.values())
        made = (block(self, asked, row) for block in places if block is not None)
        return [block for block in made if block]

    def render(self, asked: Asked, template: str, **values: object) -> Markup:
        """A template's HTML, as for a block; it knows all that pages know."""
        known: dict[str, object] = {
            "_": asked.words, "w": asked.words, "user": asked.user, "url": asked.url,
            "csrf": asked.user.csrf if asked.user else "", "trees": self.trees,
            "theme": asked.cookies.get("theme", ""), "now": self.store.environment.now(),
            "marks": asked.marks,
        }  # fmt: skip
        text = self._templates.get_template(template).render(known | values)
        return Markup(text)  # noqa: S704  the templates escape

    def _navigation(self, asked: Asked, user: SignedIn) -> list[tuple[str, list[Entry]]]:
        w, may = asked.words, user.rights.may
        field = [Entry("start", w("Start"), "/portal/", "home")]
        if may(Right.VIEW, self.store.schema.people):
            field.append(Entry("devices", w("Devices"), "/portal/devices", "device-tablet"))
            field.append(Entry("why", w("Who holds what"), "/portal/why", "eye"))
        for name, pages in self._brought.items():
            field += [
                Entry(name + link.path, w(link.label), f"/portal/{name}{link.path}", link.icon)
                for link in pages.links
                if may(Right.VIEW, link.entity)
            ]
        if may(Right.VIEW, "substitution"):
            where = "/portal/substitutions"
            field.append(Entry("substitutions", w("Substitutions"), where, "arrows-exchange"))
        if self.store.schema.rules and may(Right.VIEW, self.store.schema.rules.entity):
            field.append(Entry("visibility", w("Visibility"), "/portal/visibility", "filter"))
        if user.rights.limit is None:
            field.append(Entry("reviews", w("To decide"), "/portal/reviews", "inbox"))
        if user.rights.limit is None or any(may(Right.EDIT, e) for e in self.store.schema.entities):
            field.append(Entry("imports", w("Imports"), "/portal/imports", "file-import"))
        field.append(Entry("exports", w("Exports"), "/portal/exports", "download"))
        field.append(Entry("history", w("History"), "/portal/history", "history"))
        data = [
            Entry(name, w.entities(name), f"/portal/data/{name}", symbol)
            for name, symbol in LISTED.items()
            if name in self.store.schema.entities and may(Right.VIEW, name)
        ]
        data.append(Entry("data", w("All data"), "/portal/data", "list"))
        groups = [(w("Field"), field), (w("Master data"), data)]
        if user.rights.administers:
            groups.append((w("Administration"), [
                Entry("users", w("Users"), "/portal/users", "user-circle"),
                Entry("roles", w("Roles"), "/portal/roles", "shield"),
                Entry("tokens", w("API tokens"), "/portal/tokens", "lock"),
                Entry("jobs", w("Jobs"), "/portal/jobs", "clock"),
            ]))  # fmt: skip
        return groups


def to(path: str) -> Response:
    """Go there next. The address never names a host."""
    return RedirectResponse(path, 303)


def own_path(path: str, otherwise: str = "/portal/") -> str:
    """A path of the portal, and nothing that a browser could take for another place."""
    plain = path.isprintable() and not any(bad in path for bad in ("\\", "//", ".."))
    return path if plain and path.startswith("/portal/") and len(path) <= 2_000 else otherwise
