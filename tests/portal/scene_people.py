"""Users and roles for pictures and the tests in a browser."""

from __future__ import annotations

from contextlib import suppress

from server.accounts.attempts import NAME_FAILURES
from server.accounts.refusals import AccountRefused
from server.accounts.sign_in import Accounts
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.author import Author
from syncengine.store.listing import Wanted
from syncengine.store.store import Store

ALL = Rights(administers=True)


def appoint(store: Store, accounts: Accounts, person: bytes, password: str) -> None:
    """Roles, and users who have them: one limited and with exceptions, one locked out."""
    author = Author(Source.OFFICE, None, "screenshots", None)
    new_id, made = store.environment.new_id, list[Operation]()

    def row(kind: str, /, **values: Stored) -> bytes:
        by_name, row_id = store.schema.entities[kind].by_name, new_id()
        stored: dict[int, Stored] = {
            by_name[n].number: v for n, v in values.items() if v is not None
        }
        made.append(Operation(Action.INSERT, store.schema.tags[kind], row_id, stored))
        return row_id

    planning, service = (
        row("office_role", name=name, administers=False) for name in ("Planning", "Service desk")
    )
    for role, entity, said in (
        (planning, "customer", "view add edit"), (planning, "appointment", "view add edit delete"),
        (planning, "employee", "view"), (planning, "substitution", "view add edit"),
        (service, "customer", "view edit"), (service, "contact", "view add edit"),
        (service, "employee", "view"), (service, "note", "add"),
    ):  # fmt: skip
        rights = {str(right): str(right) in said.split() for right in Right}
        row("office_role_right", role=role, entity=entity, **rights)
    users = {}
    for name, full_name, roles, limit in (
        ("bert", "Bert Beier", (planning, service), person),
        ("cleo", "Cleo Cantz", (service,), None), ("dora", "Dora Dahl", (), None),
    ):  # fmt: skip
        users[name] = row("office_user", name=name, full_name=full_name, language="de",
                          active=True, limited_to=limit)  # fmt: skip
        for role in roles:
            row("office_user_role", user=users[name], role=role)
    row("office_user_right", user=users["bert"], entity="customer", edit=False, delete=True)
    store.write(author, made)
    once = accounts.reset_password(None, users["cleo"])
    accounts.change_password(accounts.sign_in("cleo", once, "-"), once, password, "-")
    for _ in range(NAME_FAILURES):
        with suppress(AccountRefused):
            accounts.sign_in("cleo", "wrong", "-")


def people_paths(store: Store) -> dict[str, str]:
    """Those of users and roles."""
    users, _ = listing.page(store, ALL, Wanted("office_user", order="name"), 9, None)
    roles, _ = listing.page(store, ALL, Wanted("office_role", order="name"), 9, None)
    bert, cleo = (f"/portal/users/{to_text(row.id)}" for row in users[1:3])
    role = f"/portal/roles/{to_text(roles[1].id)}"
    return {
        "users": "/portal/users",
        "user": bert,
        "user-new": "/portal/users/new",
        "user-locked": cleo,
        "user-rights": f"{bert}/rights",
        "user-history": f"{bert}/history",
        "accounts-history": "/portal/users/history",
        "roles": "/portal/roles",
        "role": role,
        "role-new": "/portal/roles/new",
        "role-history": f"{role}/history",
    }
