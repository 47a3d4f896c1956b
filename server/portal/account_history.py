"""Who gave what to whom (D2): the history of users, roles and rights, as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from server.portal.administration import administered
from server.portal.asked import Asked
from server.portal.lists import found_row
from server.portal.pages import Portal
from server.portal.values import retold
from syncengine.model.accounts import Accounts
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.history import HistoryEntry
from syncengine.store.history import history as entries_of

READ = 1_000  # entries of each kind that are looked through, the newest
SHOWN = 100  # changes on a page


@dataclass
class Deed:
    """What one changeset did to users, roles and rights."""

    entry: HistoryEntry
    said: list[str] = field(default_factory=list)


def everything(portal: Portal, asked: Asked) -> Response:
    """Of all users and roles."""
    administered(portal, asked)
    return _page(portal, asked, "", "", "", "")


def of_user(portal: Portal, asked: Asked) -> Response:
    """Of one user."""
    accounts = administered(portal, asked)
    row = found_row(portal, asked, portal.store.schema.entities[accounts.user], "user")
    title = str(row.values["full_name"])
    return _page(portal, asked, "user", to_text(row.id), title, "user_tabs.html")


def of_role(portal: Portal, asked: Asked) -> Response:
    """Of one role."""
    accounts = administered(portal, asked)
    row = found_row(portal, asked, portal.store.schema.entities[accounts.role], "role")
    title = str(row.values["name"])
    return _page(portal, asked, "role", to_text(row.id), title, "role_tabs.html")


def _page(portal: Portal, asked: Asked, kind: str, row_id: str, title: str, tabs: str) -> Response:
    deeds = _Teller(portal, asked, administered(portal, asked)).deeds(kind, row_id)
    return portal.page(
        asked, "account_history.html", open_="roles" if kind == "role" else "users",
        deeds=deeds[:SHOWN], limit=SHOWN, more=len(deeds) > SHOWN, tab="history", tabs=tabs,
        row_id=row_id, title=title,
    )  # fmt: skip


class _Teller:
    """The entries, and what the rows that they are about belong to."""

    def __init__(self, portal: Portal, asked: Asked, accounts: Accounts) -> None:
        self._portal = portal
        self._words = asked.words
        self._rights = asked.signed_in.rights
        self._accounts = accounts
        store = portal.store
        self._entries = [
            entry
            for name in sorted(accounts.entities)
            for entry in reversed(entries_of(store, store.schema.tags[name], None, READ))
        ]
        self._values = self._rows()
        people = {
            str(v) for e in self._entries for v in (e.after.get("limited_to"),) if v is not None
        }
        with reading(store.engine) as connection:
            ids = [from_text(person) for person in people]
            told = listing.titles(connection, store, self._rights, store.schema.people, ids)
        self._people = {to_text(person): title for person, title in told.items()}

    def _rows(self) -> dict[str, dict[str, Any]]:
        """Row -> its values, as far as they are known: as they are, or were."""
        found: dict[str, dict[str, Any]] = {}
        wanted: dict[str, set[bytes]] = {}
        for entry in sorted(self._entries, key=lambda e: e.version):
            found.setdefault(entry.row, {}).update({**entry.before, **entry.after})
            wanted.setdefault(entry.entity, set()).add(from_text(entry.row))
        referred = {
            (kind, str(values[name]))
            for values in found.values()
            for kind, name in ((self._accounts.user, "user"), (self._accounts.role, "role"))
            if name in values
        }
        for kind, row in referred:
            wanted.setdefault(kind, set()).add(from_text(row))
        for kind, ids in wanted.items():
            for one in listing.several(self._portal.store, self._rights, kind, ids):
                readable = {
                    name: to_text(value) if isinstance(value, bytes) else value
                    for name, value in one.values.items()
                }
                found.setdefault(to_text(one.id), {}).update(readable)
        return found

    def deeds(self, kind: str, row_id: str) -> list[Deed]:
        """By changeset, the newest first; kind: "user" or "role", only what is about that one."""
        found: dict[int, Deed] = {}
        gone = {(e.version, e.row) for e in self._entries if e.action == "delete"}
        for entry in sorted(self._entries, key=lambda e: -e.version):
            of_role = self._values[entry.row].get("role")
            if entry.entity == self._accounts.role_right and (entry.version, of_role) in gone:
                continue  # with its role
            if not kind or row_id in (entry.row, self._values[entry.row].get(kind)):
                deed = found.setdefault(entry.version, Deed(entry))
                deed.said += self._said(entry)
        return [deed for deed in found.values() if deed.said]

    def _said(self, entry: HistoryEntry) -> Iterator[str]:
        accounts = self._accounts
        if entry.entity == accounts.user:
            return self._of_user(entry)
        if entry.entity == accounts.role:
            return self._of_role(entry)
        if entry.entity == accounts.assignment:
            return self._of_assignment(entry)
        return self._of_rights(entry)

    def _called(self, row: object) -> str:
        """A user or a role, by the newest name on record."""
        values = self._values.get(str(row), {})
        return str(values.get("full_name") or values.get("name") or str(row)[:8])

    def _of_user(self, entry: HistoryEntry) -> Iterator[str]:
        w, user, after = self._words, self._called(entry.row), dict(entry.after)
        if entry.action == "insert":
            yield w("%(user)s was added as a user.", user=user)
        elif entry.action == "delete":
            yield w("%(user)s was deleted.", user=user)
            return
        active = after.pop("active", None)
        if entry.action == "update" and active is not None:
            yield (w("%(user)s may sign in again.", user=user) if active
                   else w("%(user)s may sign in no longer.", user=user))  # fmt: skip
        if "limited_to" in after and (after["limited_to"] or entry.before.get("limited_to")):
            person = self._people.get(str(after.pop("limited_to")), "")
            yield (w("%(user)s is limited to %(person)s and everybody below.", user=user,
                     person=person)
                   if person else w("%(user)s is limited no longer.", user=user))  # fmt: skip
        known = self._portal.store.schema.entities[entry.entity].by_name
        for name, value in after.items() if entry.action == "update" else ():
            said = retold(w, known.get(name), value)
            if name == "employee":
                said = self._person(value) or said
            yield w("%(user)s: %(field)s is now “%(value)s”.", user=user, field=w.field(name),
                    value=said)  # fmt: skip

    def _person(self, value: object) -> str:
        if not value:
            return ""
        store = self._portal.store
        with reading(store.engine) as connection:
            ids = [from_text(str(value))]
            told = listing.titles(connection, store, self._rights, store.schema.people, ids)
        return told[ids[0]]

    def _of_role(self, entry: HistoryEntry) -> Iterator[str]:
        w, role = self._words, self._called(entry.row)
        if entry.action == "insert":
            yield w("The role “%(role)s” was made.", role=role)
        elif entry.action == "delete":
            yield w("The role “%(role)s” was deleted.", role=role)
            return
        elif "name" in entry.after:
            yield w("The role “%(before)s” is called “%(role)s”.", before=entry.before["name"],
                    role=entry.after["name"])  # fmt: skip
        if entry.after.get("administers"):
            yield w("“%(role)s” gives all rights.", role=role)
        elif entry.action == "update" and "administers" in entry.after:
            yield w("“%(role)s” gives all rights no longer.", role=role)

    def _of_assignment(self, entry: HistoryEntry) -> Iterator[str]:
        w = self._words
        for values, gained in ((entry.before, False), (entry.after, True)):
            both = {**self._values[entry.row], **values}
            names = {"user": self._called(both.get("user")), "role": self._called(both.get("role"))}
            if values and gained:
                yield w("%(user)s got the role “%(role)s”.", **names)
            elif values:
                yield w("%(user)s lost the role “%(role)s”.", **names)

    def _of_rights(self, entry: HistoryEntry) -> Iterator[str]:
        """Of a role, or exceptions of a user: what is allowed from then on, and what is not."""
        w, values = self._words, self._values[entry.row]
        after = {right: entry.after.get(str(right)) for right in Right}
        touched = [r for r in Right if after[r] != entry.before.get(str(r))]
        of_role = entry.entity == self._accounts.role_right
        no_more = [r for r in touched if after[r] is None or (of_role and after[r] is False)]
        allowed = [r for r in touched if after[r]]
        denied = [r for r in touched if after[r] is False and not of_role]
        if entry.action == "insert":
            no_more = []
        whose = values.get("role") if of_role else values.get("user")
        named = w("The role “%(role)s”", role=self._called(whose)) if of_role else self._called(
            whose
        )  # fmt: skip
        told = [
            (w("may now %(rights)s", rights=self._list(allowed)) if of_role
             else w("may %(rights)s, by exception", rights=self._list(allowed)))
            if allowed else "",
            w("may not %(rights)s, by exception", rights=self._list(denied)) if denied else "",
            (w("may no longer %(rights)s", rights=self._list(no_more)) if of_role
             else w("no exception any more for: %(rights)s", rights=self._list(no_more)))
            if no_more else "",
        ]  # fmt: skip
        said = "; ".join(text for text in told if text)
        if said:
            kind = w.entities(str(values.get("entity")))
            yield w("%(who)s, %(kind)s: %(said)s.", who=named, kind=kind, said=said)

    def _list(self, rights: list[Right]) -> str:
        return ", ".join(self._words.choice(f"right_{right}") for right in rights)
