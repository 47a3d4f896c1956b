"""What a module has one row of for the whole installation: shown, and changed by a choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.portal.asked import Asked
from server.portal.forms import Form, write
from server.portal.pages import Portal
from server.portal.refusals import NotAllowed, Unclear, Unseen
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import ZERO_ID, derived_id
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted
from syncengine.store.named import operation
from syncengine.store.store import Store

ROWS = 100  # of a setting: one, unless somebody has made more of them as records


@dataclass(frozen=True)
class Setting:
    """entity: of the row. begins: its values where there is none yet. choices: what a form may ask
    for by `do`, and the values that this sets.
    """

    entity: str
    begins: Mapping[str, Stored]
    choices: Mapping[str, Mapping[str, Stored]]

    def rows(self, store: Store, rights: Rights) -> list[Listed]:
        """As they are; none: nobody has changed it yet."""
        return listing.page(store, rights, Wanted(self.entity), ROWS, None)[0]

    def may_change(self, rights: Rights) -> bool:
        """It is for everybody: not for whoever is limited to some people."""
        needed = (Right.ADD, Right.EDIT)
        return rights.limit is None and all(rights.may(right, self.entity) for right in needed)

    def asked(self, portal: Portal, asked: Asked) -> Form | None:
        """Change it, where a form was posted: why it is not changed, or nothing to say. None: it
        was changed. Unseen, NotAllowed, Unclear.
        """
        rights, form = asked.signed_in.rights, Form({}, {})
        if not rights.may(Right.VIEW, self.entity):
            raise Unseen
        if asked.method != "POST":
            return form
        if not self.may_change(rights):
            raise NotAllowed
        if asked.value("do") not in self.choices:
            raise Unclear
        values = self.choices[asked.value("do")]
        write(portal, asked, self._operations(portal.store, rights, values), form)
        return form if form.general else None

    def _operations(
        self, store: Store, rights: Rights, values: Mapping[str, Stored]
    ) -> list[Operation]:
        found = self.rows(store, rights)
        if found:
            return [
                operation(store.schema, Action.UPDATE, self.entity, row.id, values) for row in found
            ]
        only = derived_id(ZERO_ID, self.entity.encode())  # of two who make it, one is told
        made = {**self.begins, **values}
        return [operation(store.schema, Action.INSERT, self.entity, only, made)]
