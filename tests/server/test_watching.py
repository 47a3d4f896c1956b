"""A module's job looks again only once something happened that it looks at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from modules.documents.jobs import WATCHED
from server.watching import AGAIN, Watching
from syncengine.store.store import Store
from tests.documents.scene import Library
from tests.support.statements import statements


class Looks:
    """A job that counts how often it looked, and writes what it is told."""

    def __init__(self) -> None:
        self.count = 0
        self.writes = 0
        self.fails = False

    def __call__(self, store: Store, batches: int) -> int:
        self.count += 1
        if self.fails:
            raise RuntimeError
        return self.writes


@pytest.fixture
def library(database_url: str, tmp_path: Path) -> Iterator[Library]:
    made = Library(database_url, tmp_path)
    yield made
    made.close()


def test_it_looks_after_what_it_depends_on_and_after_a_while(library: Library) -> None:
    looks = Looks()
    job = Watching(looks, {"customer"})

    def looked() -> int:
        before = looks.count
        job(library.store, 1)
        return looks.count - before

    assert [looked(), looked()] == [1, 0]
    library.document(title="News")
    assert looked() == 0
    shop = library.customer("a", "1")
    assert [looked(), looked()] == [1, 0]
    library.document(title="More news")
    library.update("customer", shop, name="Another name")
    assert [looked(), looked()] == [1, 0]
    library.at += AGAIN - 1
    assert looked() == 0
    library.at += 1
    assert [looked(), looked()] == [1, 0]


def test_it_looks_again_after_it_wrote_or_failed(library: Library) -> None:
    looks = Looks()
    job = Watching(looks, {"customer"})
    looks.writes = 7
    assert [job(library.store, 1), job(library.store, 1)] == [7, 7]
    looks.writes, looks.fails = 0, True
    library.customer("a", "1")
    for count in (3, 4):
        with pytest.raises(RuntimeError):
            job(library.store, 1)
        assert looks.count == count


def test_the_job_of_deliveries_is_one_question_where_nothing_happened(library: Library) -> None:
    for number in range(5):
        document = library.document({"employee": library.people["a"]}, title=str(number))
        library.edition(document, b"prices")
    library.work()
    library.work()
    with statements(library.store.engine) as sent:
        assert library.work() == 0
    assert len(sent) < 10
    assert "customer" in WATCHED["deliveries"]
