"""What the pages of users and roles have in common: who may see them, the kinds of rows that rights
are given for, and how a change is previewed and saved.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from server.portal.asked import Asked
from server.portal.pages import Portal
from server.portal.refusals import NotAllowed, Unseen
from server.portal.sheet import Sheet
from syncengine.model.accounts import Accounts
from syncengine.model.changeset import Operation
from syncengine.model.errors import InvalidValue, SyncError, TooLarge
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.author import Expected
from syncengine.store.database import reading
from syncengine.store.office import ROW_CHANGED
from syncengine.store.rights_preview import RightsEffect, preview_rights
from syncengine.store.working import Key

LABEL = "portal"
Given = list[tuple[str, tuple[Right, ...]]]  # (entity, its rights)


@dataclass(frozen=True)
class Told:
    """What a change does to users whom it does the same to. everything: "gained" or "lost": all
    rights. keeps: what is left of all of them. limit: (before, after), each a person or nobody.
    """

    users: tuple[tuple[bytes, str], ...]
    own: bool
    everything: str
    gained: Given
    lost: Given
    keeps: Given
    limit: tuple[str, str] | None


@dataclass
class Tried:
    """What became of a form. told: the preview, where there is one. clash: somebody else was
    faster; it has to be looked at again.
    """

    saved: bool = False
    told: list[Told] | None = None
    clash: bool = False
    nothing: bool = False


@dataclass
class Change:
    """A changeset that a form asks for, with the versions of the rows that it was made from. named:
    what users are called who are not there yet.
    """

    operations: list[Operation] = field(default_factory=list)
    expected: dict[Key, int] = field(default_factory=dict)
    named: dict[bytes, str] = field(default_factory=dict)


def administered(portal: Portal, asked: Asked) -> Accounts:
    """How users are declared; Unseen for everybody who does not administer them."""
    accounts = portal.store.schema.accounts
    if accounts is None or not asked.signed_in.rights.administers:
        raise Unseen
    return accounts


def kinds(portal: Portal) -> list[tuple[str, list[str]]]:
    """(module, its entities) of all that rights can be given for."""
    schema = portal.store.schema
    own = schema.accounts.entities if schema.accounts else frozenset()
    found = [
        (m.name, [e.name for e in m.entities if e.name not in own and not e.retired])
        for m in schema.modules
    ]
    return [(module, names) for module, names in found if names]


def entities(portal: Portal) -> list[str]:
    """All of these."""
    return [name for _, names in kinds(portal) for name in names]


def attempt(portal: Portal, asked: Asked, sheet: Sheet, change: Change) -> Tried:
    """Preview what the form asks for; or save it, where that was previewed. What the engine objects
    to comes above the form.
    """
    if sheet.theirs:
        return Tried(clash=True)
    if not sheet.fits:
        return Tried()
    if not change.operations:
        return Tried(nothing=True)
    if asked.value("do") != "save" or asked.value("seen") != sheet.seal:
        return Tried(told=previewed(portal, asked, sheet, change))
    return saved(portal, asked, sheet, change)


def saved(portal: Portal, asked: Asked, sheet: Sheet, change: Change) -> Tried:
    """Write it."""
    author = asked.signed_in.author(LABEL)
    try:
        verdict = portal.store.write(author, change.operations, expected=Expected(change.expected))
    except (InvalidValue, TooLarge) as error:
        sheet.general.append(asked.words.reason(error.code, error.detail))
        return Tried()
    codes = {objection.code for objection in verdict.objections}
    if ROW_CHANGED.code in codes:
        return Tried(clash=True)
    _object(asked, sheet, [(o.code, o.detail) for o in verdict.objections])
    return Tried(saved=sheet.fits)


def previewed(portal: Portal, asked: Asked, sheet: Sheet, change: Change) -> list[Told] | None:
    """What it would do to whom; None where it cannot be, and why above the form."""
    try:
        found = preview_rights(portal.store, asked.signed_in.author(LABEL), change.operations)
    except SyncError as error:
        sheet.general.append(asked.words.reason(error.code, error.detail))
        return None
    _object(asked, sheet, [(o.code, o.detail) for o in found.verdict.objections])
    return _told(portal, asked, found.effects, change.named) if sheet.fits else None


def _object(asked: Asked, sheet: Sheet, objections: Sequence[tuple[str, str]]) -> None:
    for code, detail in objections:
        if code == "access.denied":
            raise NotAllowed
        said = asked.words.reason(code, detail)
        if code.startswith("account.name"):
            sheet.errors["name"] = said
        elif said not in sheet.general:
            sheet.general.append(said)


def _told(
    portal: Portal, asked: Asked, effects: Sequence[RightsEffect], named: Mapping[bytes, str]
) -> list[Told]:
    """Users for whom it is the same stand together."""
    accounts, people = administered(portal, asked), portal.store.schema.people
    called = {**_called(portal, asked, accounts.user, [e.user for e in effects]), **named}
    limits = {limit for e in effects for limit in (e.before.limit, e.after.limit) if limit}
    persons = _called(portal, asked, people, limits)
    alike: dict[tuple[object, ...], list[RightsEffect]] = {}
    for effect in effects:
        alike.setdefault(_same(portal, effect), []).append(effect)
    return [
        Told(
            users=tuple((e.user, called[e.user]) for e in some),
            own=asked.signed_in.user_id in {e.user for e in some},
            everything=_everything(some[0]),
            gained=_given(portal, some[0].gained),
            lost=_given(portal, some[0].lost),
            keeps=_given(portal, some[0].kept),
            limit=_limit(some[0], persons),
        )
        for some in alike.values()
    ]


def _same(portal: Portal, effect: RightsEffect) -> tuple[object, ...]:
    said = [(effect.gained(name), effect.lost(name)) for name in entities(portal)]
    limits = effect.before.limit, effect.after.limit
    return (*said, limits, _everything(effect), effect.after.administers)


def _everything(effect: RightsEffect) -> str:
    if effect.before.administers == effect.after.administers:
        return ""
    return "gained" if effect.after.administers else "lost"


def _given(portal: Portal, of: Callable[[str], frozenset[Right]]) -> Given:
    found = [(name, of(name)) for name in entities(portal)]
    return [(name, tuple(r for r in Right if r in rights)) for name, rights in found if rights]


def _limit(effect: RightsEffect, persons: Mapping[bytes, str]) -> tuple[str, str] | None:
    """Only where rows are to be seen before and afterwards does a limit say anything."""
    before, after = effect.before, effect.after
    if before.limit == after.limit or not (_sees(before) and _sees(after)):
        return None
    return persons.get(before.limit or b"", ""), persons.get(after.limit or b"", "")


def _sees(rights: Rights) -> bool:
    return rights.administers or any(Right.VIEW in given for given in rights.allowed.values())


def _called(portal: Portal, asked: Asked, entity: str, ids: Collection[bytes]) -> dict[bytes, str]:
    store, rights = portal.store, asked.signed_in.rights
    with reading(store.engine) as connection:
        return listing.titles(connection, store, rights, entity, ids)
