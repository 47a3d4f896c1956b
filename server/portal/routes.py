"""Which address leads to which page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from server.accounts.sign_in import Accounts
from server.http.process import Process
from server.module_tables import ModuleTable
from server.portal import (
    account_history,
    attachments,
    board,
    bulk,
    chain,
    decide,
    devices,
    entrance,
    exports,
    history,
    holding,
    import_columns,
    import_page,
    imports,
    jobs,
    leave,
    lists,
    live,
    moves,
    pickers,
    record,
    reviews,
    roles,
    rule_versions,
    rules,
    start,
    switch,
    tokens,
    trees,
    users,
    why,
)
from server.portal.asked import Asked
from server.portal.assets import Assets
from server.portal.brought import brought
from server.portal.gate import HEADERS, Gate
from server.portal.pages import Page, Portal, tables_of, to
from server.portal.refusals import Unseen
from server.portal.upload import Uploads
from syncengine.model.manifest import Schema

PUBLIC: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/sign-in": (entrance.sign_in, ("GET", "POST")),
    "/portal/sign-out": (entrance.sign_out, ("POST",)),
    "/portal/password": (entrance.password, ("GET", "POST")),
    "/portal/looks": (entrance.looks, ("POST",)),
    live.LIVE: (live.stream, ("GET",)),
    "/portal": (lambda _portal, _asked: to("/portal/"), ("GET",)),
}
PAGES: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/": (start.start, ("GET",)),
    "/portal/devices": (start.devices, ("GET",)),
    "/portal/substitutions": (board.board, ("GET",)),
    "/portal/substitutions/{person}": (switch.switch, ("GET", "POST")),
    "/portal/data": (lists.data, ("GET",)),
    "/portal/data/{entity}": (lists.rows, ("GET",)),
    "/portal/data/{entity}/export.{form}": (exports.export, ("GET", "POST")),
    "/portal/exports": (exports.exports, ("GET",)),
    "/portal/exports/{errand}": (exports.one, ("GET", "POST")),
    "/portal/exports/{errand}/file": (exports.file, ("GET",)),
    "/portal/data/{entity}/bulk": (bulk.bulk, ("GET", "POST")),
    "/portal/data/{entity}/new": (record.new, ("GET", "POST")),
    "/portal/data/{entity}/{row}": (record.record, ("GET", "POST")),
    "/portal/data/{entity}/{row}/delete": (record.delete, ("POST",)),
    "/portal/data/{entity}/{row}/attachment/{field}": (attachments.get, ("GET",)),
    "/portal/pick/{entity}": (pickers.pick, ("GET",)),
}
TREES: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/data/{entity}/tree": (trees.tree, ("GET",)),
    "/portal/data/{entity}/tree/{row}": (trees.below, ("GET",)),
    "/portal/data/{entity}/{row}/move": (moves.move, ("GET", "POST")),
}
HOLDING: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/holding/{person}": (holding.held, ("GET",)),
    "/portal/holding/{person}/{entity}": (holding.rows, ("GET",)),
    "/portal/data/{entity}/{row}/holders": (why.held_by, ("GET",)),
    "/portal/why": (why.why, ("GET",)),
    "/portal/why/pick": (why.pick, ("GET",)),
}
RULES: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/visibility": (rules.rules, ("GET",)),
    "/portal/visibility/new": (rules.new, ("GET", "POST")),
    "/portal/visibility/{rule}": (rules.rule, ("GET", "POST")),
    "/portal/visibility/{rule}/versions": (rule_versions.versions, ("GET", "POST")),
}
HISTORY: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/data/{entity}/{row}/history": (history.history, ("GET",)),
    "/portal/history": (history.found, ("GET",)),
    "/portal/history/chain": (chain.chain, ("GET", "POST")),
}
REVIEWS: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/reviews": (reviews.reviews, ("GET", "POST")),
    "/portal/reviews/{kind}/{number}": (decide.decide, ("GET", "POST")),
}
DEVICES: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/devices/new": (devices.enrol, ("GET", "POST")),
    "/portal/devices/{seat}": (devices.device, ("GET", "POST")),
    "/portal/leaving/{person}": (leave.leave, ("GET", "POST")),
}
IMPORTS: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/imports": (imports.imports, ("GET",)),
    "/portal/imports/{file}": (import_page.one, ("GET", "POST")),
    "/portal/imports/{file}/columns": (import_columns.columns, ("GET", "POST")),
    "/portal/imports/{file}/findings.{form}": (import_page.findings, ("GET",)),
}
UPLOADS: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/imports/new": (imports.new, ("GET", "POST")),
    "/portal/attachments/{entity}/{field}": (attachments.put, ("POST",)),
}
JOBS: dict[str, tuple[Page, tuple[str, ...]]] = {"/portal/jobs": (jobs.jobs, ("GET", "POST"))}
PEOPLE: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/users": (users.users, ("GET",)),
    "/portal/users/new": (users.new, ("GET", "POST")),
    "/portal/users/history": (account_history.everything, ("GET",)),
    "/portal/users/{user}/history": (account_history.of_user, ("GET",)),
    "/portal/roles/{role}/history": (account_history.of_role, ("GET",)),
    "/portal/users/{user}": (users.user, ("GET", "POST")),
    "/portal/users/{user}/rights": (users.rights, ("GET",)),
    "/portal/users/{user}/account": (users.account, ("POST",)),
    "/portal/roles": (roles.roles, ("GET",)),
    "/portal/roles/new": (roles.new, ("GET", "POST")),
    "/portal/roles/{role}": (roles.role, ("GET", "POST")),
    "/portal/roles/{role}/delete": (roles.delete, ("POST",)),
}
TOKENS: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/portal/tokens": (tokens.tokens, ("GET", "POST"))
}
SIGNED_IN = (
    TREES | JOBS | PEOPLE | TOKENS | REVIEWS | DEVICES | IMPORTS | PAGES | HOLDING | RULES | HISTORY
)


class _Static:
    """Style sheets and scripts, for everybody."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        accepted = request.headers.get("accept-encoding", "")
        found = self._assets.answer(request.path_params["name"], accepted)
        answer = found or Response(status_code=404)
        for name, value in HEADERS.items():
            answer.headers[name] = value
        await answer(scope, receive, send)


def _nowhere(_portal: Portal, _asked: Asked) -> Response:
    raise Unseen


def own_names() -> set[str]:
    """The names below /portal/ that its own pages have, so that no module can be called so."""
    pages = {path.split("/")[2] for path in (PUBLIC | SIGNED_IN) if path.count("/") > 1}
    return pages | {"static"}


def tables(schema: Schema) -> dict[str, ModuleTable]:
    """What the installed modules give out as files, by <module>/<name>."""
    return tables_of(brought(schema.modules, own_names()))


def portal_routes(process: Process, accounts: Accounts | None = None) -> list[BaseRoute]:
    """The portal's; none where no module declares office users."""
    schema, workers = process.store.schema, process.workers
    if schema.accounts is None:
        return []
    modules = brought(schema.modules, own_names())
    portal = Portal(process, live.look, accounts, modules)
    process.streams.append(portal.live)
    static = _Static(portal.assets)
    found: list[BaseRoute] = [Route("/portal/static/{name:path}", static, methods=["GET"])]
    theirs = {
        f"/portal/{name}{path}": page
        for name, pages in modules.items()
        for path, page in pages.pages.items()
    }
    uploads = Uploads()
    for pages, public, files in (
        (PUBLIC, True, None),
        (UPLOADS, False, uploads),
        (SIGNED_IN, False, None),
        (theirs, False, None),
    ):
        found += [
            Route(path, Gate(portal, workers, page, public, files), methods=list(methods))
            for path, (page, methods) in pages.items()
        ]
    anything = Gate(portal, workers, _nowhere)
    return [*found, Route("/portal/{rest:path}", anything, methods=["GET", "POST"])]
