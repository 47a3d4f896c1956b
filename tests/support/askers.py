"""Whoever asks from outside what there is of some rows: another system, a user at the portal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncengine.model.ids import to_text
from tests.api.conftest import System
from tests.portal.conftest import Visitor

Rows = Mapping[str, Sequence[bytes]]  # by entity, their ids


def place_of(system: System) -> str:
    """Where the changes stand now."""
    return str(system.rows("/changes")["since"])


def told(system: System, since: str) -> set[str]:
    """The kinds of rows that changed since then, as another system hears of it."""
    page = system.rows("/changes", since=since, limit=2_000)
    assert not page["more"]
    return {one["entity"] for one in page["changes"]}


def by_api(system: System, rows: Rows, text: str) -> set[tuple[str, str]]:
    """(kind, the read that gives something of these rows). text: what a search would find."""
    found: set[tuple[str, str]] = set()
    for entity, ids in rows.items():
        lists = {"list": system.get(f"/rows/{entity}", limit=500),
                 "search": system.get(f"/rows/{entity}", q=text)}  # fmt: skip
        for name, answer in lists.items():
            listed = answer.json()["rows"] if answer.status_code == 200 else []
            if {row["id"] for row in listed} & {to_text(row) for row in ids}:
                found.add((entity, name))
        for row in ids:
            for name, path in (("row", ""), ("history", "/history")):
                answer = system.get(f"/rows/{entity}/{to_text(row)}{path}")
                assert answer.status_code in (200, 404), answer.text
                if answer.status_code == 200:
                    found.add((entity, name))
    return found


def by_portal(visitor: Visitor, rows: Rows, person: bytes) -> set[tuple[str, str]]:
    """(kind, the page that names one of these rows). person: whose devices hold them."""
    found: set[tuple[str, str]] = set()
    for entity, ids in rows.items():
        pages = {
            "list": f"/portal/data/{entity}",
            "history": f"/portal/history?entity={entity}",
            "holding": f"/portal/holding/{to_text(person)}/{entity}",
        }
        for name, path in pages.items():
            answer = visitor.get(path)
            assert answer.status_code in (200, 400, 404), (
                path
            )  # 400: there is no such kind to ask for
            if any(to_text(row) in answer.text for row in ids):
                found.add((entity, name))
        exported = visitor.get(f"/portal/data/{entity}/export.csv")
        assert exported.status_code in (200, 404)
        if exported.status_code == 200 and exported.text.count("\n") > 1:  # below the head
            found.add((entity, "export"))
        for row in ids:
            for name, path in (("row", ""), ("history", "/history"), ("holders", "/holders")):
                answer = visitor.get(f"/portal/data/{entity}/{to_text(row)}{path}")
                assert answer.status_code in (200, 404), path
                if answer.status_code == 200:
                    found.add((entity, name))
    return found
