"""Tokens of other systems: who has which, how far they reach, how long; a new one, shown once."""

from __future__ import annotations

from starlette.responses import Response

from server.accounts.api_tokens import MAX_DAYS, ApiTokens
from server.accounts.refusals import TokenRefused, TokenUnknown
from server.portal.asked import Asked
from server.portal.pages import Portal, to
from server.portal.refusals import Unclear, Unseen
from syncengine.model.accounts import Accounts as Declared
from syncengine.model.ids import from_text, to_text
from syncengine.store import listing
from syncengine.store.listing import Wanted
from syncengine.store.scope import Scope

DAYS = (7, 30, 90, 180, MAX_DAYS)  # to choose from; 90 where nobody chose
USERS = 300  # to choose from
REACHES = ("read", "write")


def tokens(portal: Portal, asked: Asked) -> Response:
    """All of them; with POST: make or revoke one. Only for who administers."""
    accounts = portal.store.schema.accounts
    if not asked.signed_in.rights.administers or accounts is None:
        raise Unseen
    if asked.method == "GET":
        return _page(portal, asked, accounts)
    asked.signed_in.author("tokens")  # with a password of one's own only
    if asked.value("do") == "revoke":
        try:
            ApiTokens(portal.store).revoke(asked.signed_in.user_id, from_text(asked.value("token")))
        except (ValueError, TokenUnknown):
            raise Unseen from None
        return to("/portal/tokens?revoked=1")
    return _make(portal, asked, accounts)


def _make(portal: Portal, asked: Asked, accounts: Declared) -> Response:
    """The new token, or what of it will not do."""
    reach, days, only = asked.value("reach"), asked.value("days"), asked.form.get("entity", [])
    if reach not in REACHES or days not in map(str, DAYS):
        raise Unclear
    scope = Scope(reach == "read", frozenset(only) if asked.value("only") == "some" else None)
    try:
        user = from_text(asked.value("user"))
    except ValueError:
        return _page(portal, asked, accounts, {"user": asked.words("This is needed.")})
    try:
        made = ApiTokens(portal.store).make(
            asked.signed_in.user_id, user, asked.value("name"), scope, int(days)
        )
    except TokenRefused as error:
        wrong = {str(error.data["field"]): asked.words.reason(error.code, error.detail)}
        return _page(portal, asked, accounts, wrong)
    return _page(portal, asked, accounts, {}, made)


def _page(
    portal: Portal, asked: Asked, accounts: Declared,
    errors: dict[str, str] | None = None, made: str = "",
) -> Response:  # fmt: skip
    store, rights = portal.store, asked.signed_in.rights
    wanted = Wanted(accounts.user, filters=(("active", True),), order="name")
    users = [
        (to_text(row.id), str(row.values["name"]))
        for row in listing.page(store, rights, wanted, USERS, None)[0]
    ]
    kinds = [e.name for m in store.schema.modules for e in m.entities if not e.retired]
    return portal.page(
        asked, "tokens.html", 422 if errors else 200, open_="tokens",
        tokens=ApiTokens(store).every(), users=users, days=DAYS,
        kinds=[k for k in kinds if k not in accounts.entities],
        errors=errors or {}, made=made, revoked=bool(asked.value("revoked")),
        typed={} if made else {
            name: asked.value(name, usual)
            for name, usual in (("name", ""), ("user", ""), ("reach", "read"), ("days", "90"),
                                ("only", "all"))
        }, chosen=[] if made else asked.form.get("entity", []),
    )  # fmt: skip
