"""Exporting long lists, as tests do it."""

from __future__ import annotations

import httpx2
import pytest

from server.portal import exports
from syncengine.store.database import reading
from syncengine.store.export_table import export_piece
from tests.portal.conftest import Desk, Visitor

LIST = "/portal/data/customer"


def fill(desk: Desk, rows: int = 5) -> None:
    for n in range(rows):
        owner = "a" if n % 2 else "b"
        desk.world.customer(owner, str(n), name=f"=Shop {n}", city=["Ulm", "aalen"][n % 2])


def ask(visitor: Visitor, form: str = "csv", query: str = "") -> str:
    """The address of an export that was asked for."""
    answer = visitor.post(f"{LIST}/export.{form}?{query}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def made(desk: Desk, visitor: Visitor, form: str = "csv", query: str = "") -> str:
    path = ask(visitor, form, query)
    desk.errands.do_waiting()
    desk.office.time.now += 1
    return path


def at_once(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, form: str, query: str
) -> httpx2.Response:
    """The same, as a short list is exported."""
    with monkeypatch.context() as patched:
        patched.setattr(exports, "AT_ONCE", 100)
        return visitor.get(f"{LIST}/export.{form}?{query}")


def pieces(desk: Desk) -> int:
    with reading(desk.store.engine) as connection:
        return len(connection.execute(export_piece.select()).all())
