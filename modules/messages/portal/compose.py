"""The composer: one page that writes an info and publishes it, with whom it reaches beside it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
from starlette.responses import Response

from modules.messages.infos import TASK_KINDS
from modules.messages.markdown import as_html
from modules.messages.portal import draft as drafts
from modules.messages.portal.draft import ENDS, PARTS, Draft, linkable, may_compose
from modules.messages.portal.reading import linked
from modules.messages.recipients import RECIPIENT, meant
from server.portal.public import TARGET_KINDS, Asked, Portal, Unseen, target_called, to, write
from syncengine.model.ids import to_text
from syncengine.store import listing
from syncengine.store.database import reading

NAMED = 12  # recipients that are named
MOST_TEXT = 16_000  # characters of a preview


@dataclass(frozen=True)
class Reached:
    """count: of all recipients, as things are now. names: of the first."""

    count: int
    names: Collection[str]


def new(portal: Portal, asked: Asked) -> Response:
    """An empty form; with POST: one row more or less, what it would look like, or the info."""
    if not may_compose(portal, asked.signed_in.rights):
        raise Unseen
    if asked.method == "GET":
        return _page(portal, asked, drafts.empty())
    draft, do = drafts.typed(portal, asked), asked.value("do")
    if do != "publish":
        draft.calm()
        return _page(portal, asked, draft)
    if draft.fits:
        info = portal.store.environment.new_id()
        write(portal, asked, drafts.operations(portal, draft, info), draft.form)
        if draft.fits:
            return to(f"/portal/messages/infos/{to_text(info)}?saved=published")
    return _page(portal, asked, draft, 422)


def reached(portal: Portal, asked: Asked, draft: Draft) -> Reached:
    """Whom it would go to if it were published now: what the job that makes receipts will ask."""
    store, kind = portal.store, draft.form.texts["kind"]
    entity = RECIPIENT[kind]
    c = store.tables[entity].c
    with reading(store.engine) as connection:
        where = meant(store, connection, kind, draft.picked)
        count = connection.scalar(sa.select(sa.func.count()).where(where, c.id.is_not(None))) or 0
        first = sa.select(c.id).where(where).order_by(c.number, c.id).limit(NAMED)
        ids = list(connection.scalars(first))
        rights = asked.signed_in.rights
        titles = listing.titles(connection, store, rights, entity, ids)
    return Reached(count, [titles[row_id] for row_id in ids])


def _page(portal: Portal, asked: Asked, draft: Draft, status: int = 200) -> Response:
    form, store = draft.form, portal.store
    do = asked.value("do") if asked.method == "POST" else ""
    template = "messages/compose.html"
    if asked.partial:
        template = "messages/beside.html" if do == "look" else "messages/composer.html"
    info = store.schema.entities["info"]
    ends = draft.values.get(ENDS[form.texts["kind"]])
    return portal.page(
        asked, template, status, open_="messages/infos", form=form, parts_=draft.parts, do=do,
        fields={name: info.by_name[name] for name in ("title", "text", "starts_at")},
        file_field=store.schema.entities["info_attachment"].by_name["file"],
        kinds=list(ENDS), priorities=("low", "normal", "high"), task_kinds=TASK_KINDS,
        target_kinds=TARGET_KINDS, link_kinds=sorted(
            linkable(portal, asked.signed_in.rights), key=lambda x: asked.words.entity(x).casefold()
        ),
        most={name: most for name, (_, most) in PARTS.items()}, fits=draft.fits,
        reached=reached(portal, asked, draft), incomplete=len(draft.parts["target"]) - len(
            draft.picked), ends=ends if isinstance(ends, int) else None,
        recipients=RECIPIENT[form.texts["kind"]],
        html=as_html(form.texts["text"][:MOST_TEXT]),
        linked=linked(portal, asked, draft.linked),
        target_called=partial(target_called, asked.words),
        files=[(row.texts["title"], "") for row in draft.parts["file"]],
        file_said=asked.words("The file is ready to be published."),
    )  # fmt: skip
