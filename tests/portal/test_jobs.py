"""What the server does by the clock, as a page."""

from __future__ import annotations

import time

import pytest

from server.jobs import Jobs, Status
from syncengine.model.errors import Busy
from syncengine.store.compaction import Retention
from syncengine.store.store import Store
from tests.portal.conftest import Desk

PATH = "/portal/jobs"


def line(page: str, job: str) -> str:
    """A job's row of the table."""
    return next(row for row in page.split("<tr ") if f'value="{job}"' in row)


def test_each_job_tells_its_last_and_next_run(desk: Desk) -> None:
    """Compaction does not run at the start, all others do."""
    anna = desk.administrator()
    with anna.http:
        page = anna.get(PATH).text
        assert ">done<" in line(page, "time")
        assert ">not yet<" in line(page, "compaction")
        assert anna.post(PATH, job="compaction").headers["location"] == f"{PATH}?begun=compaction"
        for _ in range(100):
            page = anna.get(f"{PATH}?begun=compaction").text
            if ">done<" in line(page, "compaction"):
                break
            time.sleep(0.05)
        assert ">done<" in line(page, "compaction")
        assert "Begun: Drop what is older" in page


def test_what_fails_is_told_and_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(desk.store, Retention(0, 0))

    def busy(_: Store) -> bool:
        raise Busy("There is too much to do.")

    def status() -> Status:
        return next(status for status in jobs.statuses() if status.name == "time")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "is_overdue", busy)
        jobs.run("time")
        assert (status().error, status().next) == ("There is too much to do.", None)
        patch.setattr(Store, "is_overdue", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            jobs.run("time")
        assert status().error == "unexpected"
    jobs.run("time")
    assert status().error == ""
    with pytest.raises(KeyError):
        jobs.hasten("nothing")


def test_only_administrators_see_and_run_them(desk: Desk) -> None:
    anna = desk.administrator()
    desk.office.role(desk.office.user("bert"), employee="view edit")
    bert = desk.signed_in("bert")
    assert bert.get(PATH).status_code == 404
    assert bert.post(PATH, job="time").status_code == 404
    assert PATH not in bert.get("/portal/").text
    assert PATH in anna.get("/portal/").text
    assert anna.post(PATH, job="<script>").status_code == 400
    assert anna.post(PATH, csrf="x", job="time").status_code == 403
    still = anna.post(PATH, job="time").headers["location"]  # nothing runs behind this desk
    assert "not running" in anna.get(still).text
    assert "<script>alert" not in anna.get(f"{PATH}?begun=<script>alert(1)").text
