"""A long export is for whoever asked, as long as they may see what is in it."""

from __future__ import annotations

import pytest

from server.importer import works
from server.portal import exports
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.listing import Wanted
from tests.portal.conftest import Desk
from tests.portal.exporting import LIST, ask, at_once, fill, made, pieces

ALL = Rights(administers=True)


@pytest.fixture(autouse=True)
def _long_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of three rows are long."""
    monkeypatch.setattr(exports, "AT_ONCE", 2)


def test_a_limited_user_gets_what_they_see(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(desk, 6)
    desk.office.role(desk.office.user("ben", limit="a"), customer="view", employee="view")
    ben = desk.signed_in("ben")
    path = made(desk, ben, query="c=number&c=owner")
    said = ben.get(f"{path}/file").content
    assert said == at_once(ben, monkeypatch, "csv", "c=number&c=owner").content
    assert said.decode("utf-8-sig").split() == ["Number,Owner", "1,a", "3,a", "5,a"]


def test_nobody_else_fetches_it(desk: Desk) -> None:
    """Neither an administrator; nor is there a way to begin somebody's anew."""
    fill(desk)
    anna = desk.administrator()
    desk.office.role(desk.office.user("ben"), customer="view")
    ben = desk.signed_in("ben")
    path = made(desk, ben)
    assert ben.get(f"{path}/file").status_code == 200
    for answer in (anna.get(path), anna.get(f"{path}/file"), anna.post(path)):
        assert answer.status_code == 404
    assert path not in anna.get("/portal/exports").text
    other = desk.errands.errands.ask(works.LOOK, desk.office.users["ben"], "x", b"x" * 16)
    forged = [to_text(desk.store.environment.new_id()), to_text(other), "not-an-id", "0" * 36]
    for named in forged:
        for address in (f"/portal/exports/{named}", f"/portal/exports/{named}/file"):
            assert ben.get(address).status_code == 404
        assert ben.post(f"/portal/exports/{named}").status_code == 404
    assert ben.post(f"{LIST}/export.csv", csrf="forged").status_code == 403
    assert ben.post("/portal/data/article/export.csv").status_code == 404
    assert ben.post(f"{LIST}/export.exe").status_code == 404
    assert ben.post(f"{LIST}/export.csv?sort=nothing").status_code == 400
    visitor = desk.visitor()
    assert visitor.get(f"{path}/file").status_code == 303


@pytest.mark.parametrize("when", ["before it runs", "before it is fetched"])
@pytest.mark.parametrize("change", ["right", "limit", "team", "title", "user"])
def test_rights_that_change_meanwhile(desk: Desk, when: str, change: str) -> None:
    """What was asked for with other rights is neither made nor given out."""
    fill(desk, 6)
    office, world = desk.office, desk.world
    ben = office.user("ben", limit="a")
    role = office.role(ben, customer="view", employee="view")
    visitor = desk.signed_in("ben")
    path = ask(visitor, query="c=owner&c=number")
    if when == "before it is fetched":
        desk.errands.do_waiting()
        assert visitor.get(f"{path}/file").status_code == 200
    given, _ = listing.page(
        desk.store, ALL, Wanted("office_role_right", filters=(("role", role),)), 9, None
    )
    rights = {row.values["entity"]: row.id for row in given}
    if change == "right":
        world.update("office_role_right", rights["customer"], view=False)
    elif change == "title":  # what owners are called stands in the file
        world.update("office_role_right", rights["employee"], view=False)
    elif change == "limit":
        world.update("office_user", ben, limited_to=world.people["c"])
    elif change == "team":
        world.update("employee", world.people["c"], manager=world.people["b"])
    else:
        world.update("office_user", ben, active=False)
    desk.errands.do_waiting()
    answer = visitor.get(f"{path}/file")
    if change == "user":
        assert answer.headers["location"].startswith("/portal/sign-in")
    elif when == "before it is fetched":
        assert answer.status_code == 403
        assert "not yours to fetch any more" in answer.text
    else:
        assert answer.status_code == 404
        assert pieces(desk) == 0
        assert "What you may see has changed since" in visitor.get(path).text
        if change in ("title", "limit", "team"):
            assert visitor.post(path).status_code == 303  # with the rights of now
            desk.errands.do_waiting()
            assert visitor.get(f"{path}/file").status_code == 200
