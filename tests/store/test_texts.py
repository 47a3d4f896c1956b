"""Lists sort and search by language, alike in both databases; their pages hold every row once."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.list_index import ListIndex
from syncengine.store.listing import Wanted
from syncengine.store.texts import LETTERS, by_language, sort_key
from tests.support.world import World

ALL = Rights(administers=True)
LATIN = [chr(point) for point in (*range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x1E00, 0x1F00))]
OTHERS = ["\u0308", "\u0301", "Ω", "ж", "中", "😀", "\ud7a3", "\uffff", "\n"]
words = st.text(st.sampled_from([*LATIN, *LETTERS, *OTHERS]) | st.characters(codec="utf-8"))
cities = st.lists(st.none() | words.filter(lambda t: "\x00" not in t), max_size=12)
NEARBY = ["Ahre", "ähre", "Ähre", "a\u0308hre", "Zug", "zügig", "straße", "STRASSE", "", None, "ß"]


@pytest.mark.parametrize(
    "texts",
    [
        ["aachen", "Ähre", "Ahrweiler", "Bonn", "Ohrdruf", "Öhringen", "Straße", "Strassen", "zu"],
        ["1. Platz", "2. Platz", "eclair", "Éclairs", "Łódź", "Loeb", "Ørsted", "ostern", "Zürich"],
    ],
)
def test_words_stand_as_in_a_dictionary(texts: list[str]) -> None:
    """DIN 5007, first variant, which is the order of English dictionaries, too."""
    assert sorted(set(texts), key=sort_key) == texts


def test_lists_by_language(database_url: str, tmp_path: Path) -> None:
    """Against a naive sort by key and id; each page begins after the last row of the one
    before.
    """
    world = World(database_url, tmp_path)

    @settings(max_examples=25, deadline=None)
    @example([*NEARBY, *NEARBY])
    @given(cities)
    def run(texts: list[str | None]) -> None:
        rows = make(world, texts)
        for descending in (False, True):
            known = [(city, i) for i, city in rows.items() if city is not None]
            known.sort(key=lambda one: (sort_key(one[0]), one[1]), reverse=descending)
            none = sorted((i for i, city in rows.items() if city is None), reverse=descending)
            expected = [*(i for _, i in known), *none]
            assert (
                walked(world, Wanted("customer", order="city", descending=descending)) == expected
            )

    run()
    world.close()


def make(world: World, texts: list[str | None]) -> dict[bytes, Stored]:
    """Customers in these cities, and no others."""
    table = world.store.tables["customer"]
    with reading(world.store.engine) as connection:
        old = connection.scalars(sa.select(table.c.id)).all()
    made = {world.environment.new_id(): text for text in texts}
    operations = [
        *(world.operation(Action.DELETE, "customer", i) for i in old),
        *(
            world.operation(
                Action.INSERT, "customer", i, number="1", name="x", active=True, city=text
            )
            for i, text in made.items()
        ),
    ]
    if operations:
        assert world.write(operations).version is not None
    with reading(world.store.engine) as connection:
        return dict(map(tuple, connection.execute(sa.select(table.c.id, table.c.city))))


def walked(world: World, wanted: Wanted) -> list[bytes]:
    """All rows, three at a time."""
    found: list[bytes] = []
    after: tuple[Stored, bytes] | None = None
    while True:
        rows, more = listing.page(world.store, ALL, wanted, 3, after)
        found += [row.id for row in rows]
        if not more:
            return found
        assert wanted.order is not None
        after = rows[-1].values[wanted.order], rows[-1].id


def test_the_key_is_the_same_in_sql(database_url: str, tmp_path: Path) -> None:
    """What SQL works out is what cursors are compared with; invariant 24."""
    world = World(database_url, tmp_path)
    dialect = world.store.engine.dialect.name
    with reading(world.store.engine) as connection:

        @settings(max_examples=300, deadline=None)
        @given(words.filter(lambda text: "\x00" not in text))
        def run(text: str) -> None:
            value = sa.literal(text, sa.Text())
            assert connection.scalar(sa.select(by_language(value, dialect))) == sort_key(text)

        run()
    world.close()


def test_texts_are_found_as_they_are_sorted(database_url: str, tmp_path: Path) -> None:
    """In any case, with or without their marks; nothing stands for another sign."""
    world = World(database_url, tmp_path)
    for number, name in enumerate(("Ähre & Söhne", "ÄHRE* [1]", "Ahre", "Straße", "ÉCLAIR? 5 %_")):
        world.customer(None, str(number), name=name)
    for search, found in (
        ("ähre", "012"), ("ÄHRE", "012"), ("söhne", "0"), ("ähre*", "1"), ("ähre* [1]", "1"),
        ("ähre?", ""), ("r?", "4"), ("éclair?", "4"), ("ahre", "012"), ("SOHNE", "0"), ("é*", "1"),
        ("strasse", "3"), ("aß", "3"), ("%_", "4"), ("_", "4"), ("\\", ""), ("e\x1f", ""),
    ):  # fmt: skip
        for _ in range(2):  # without the index, then with it
            rows, _more = listing.page(
                world.store, ALL, Wanted("customer", search, order="number"), 9, None
            )
            assert "".join(str(row.values["number"]) for row in rows) == found, search
            ListIndex(world.store).catch_up(100)
    world.close()
