"""A page of messages asks as many questions of the database however many recipients there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.messages.office import INFOS, Messenger
from tests.support.statements import statements

MOST = 40  # of one page, with what its frame asks


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Messenger]:
    made = Messenger.made(tmp_path)
    yield made
    made.desk.world.close()


def test_more_recipients_and_more_infos_ask_no_more(office: Messenger) -> None:
    few = asked(office, office.published(kind="action"))
    for number in range(10, 40):
        office.desk.world.customer("a", str(number))
    for _ in range(10):
        place = office.published(kind="action")
    many = asked(office, place)
    assert many == few
    assert max(many.values()) <= MOST


def asked(office: Messenger, place: str) -> dict[str, int]:
    """Page -> statements."""
    office.anna.post(f"{place}/remind")
    (receipt, *_) = re.findall(r'href="([^"]*/receipts/[^"]*)"', office.anna.get(place).text)
    pages = {"list": INFOS, "matrix": place, "remind": f"{place}/remind",
             "withdraw": f"{place}/withdraw", "receipt": receipt}  # fmt: skip
    found = {}
    for name, page in pages.items():
        with statements(office.desk.store.engine) as sent:
            assert office.anna.get(page).status_code == 200
        found[name] = len(sent)
    return found
