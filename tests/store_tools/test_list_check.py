"""The doctor finds what the index of lists says wrongly, and has it made anew."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from syncengine.model.entity import Action
from syncengine.store.database import reading, writing
from syncengine.store.doctor import doctor
from syncengine.store.list_index import ListIndex
from syncengine.store.list_tables import list_key, list_text
from tests.support.world import World

_x, _k = list_text.c, list_key.c
SOME = sa.select(sa.func.min(_x.place)).scalar_subquery()
DAMAGE = {
    "another text": sa.update(list_text).where(_x.place == SOME).values(text="x\x1fy\x1f\x1f"),
    "a number in the text that is none": sa.update(list_text)
    .where(_x.place == SOME)
    .values(plain="x\x1f\x1f"),
    "no text": sa.delete(list_text).where(_x.place == SOME),
    "a row that is none": sa.update(list_text).where(_x.place == SOME).values(row_id=bytes(16)),
    "another key": sa.update(list_key).where(_k.key == "1010").values(key="1011"),
    "no key": sa.delete(list_key).where(_k.key == "1010"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_wrong_index_is_made_anew(world: World, damage: str) -> None:
    wien = world.customer("a", "1", city="Wien", postcode="1010")
    world.customer("a", "2")
    ListIndex(world.store).catch_up(100)
    world.update("customer", wien, city="Linz")  # since the index: no damage
    world.write([world.operation(Action.DELETE, "customer", world.customer("a", "3"))])
    assert doctor(world.store).findings == []
    with writing(world.store.engine) as connection:
        if "text" in damage or "row" in damage:  # of a row that did not change since
            connection.execute(sa.delete(list_text).where(_x.row_id == wien))
            connection.execute(sa.delete(list_key).where(_k.row_id == wien))
        assert connection.execute(DAMAGE[damage]).rowcount == 1
    assert doctor(world.store).findings
    assert doctor(world.store, heal=True).healed
    ListIndex(world.store).catch_up(100)
    assert doctor(world.store).findings == []
    with reading(world.store.engine) as connection:
        assert connection.scalar(sa.select(_x.row_id).where(_x.text.contains("linz"))) == wien
