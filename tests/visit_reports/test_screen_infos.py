"""D8, D10: at a visit the rep's screen says which infos of the customer are still open."""

from __future__ import annotations

from pathlib import Path

from modules.messages.device import Messages
from modules.messages.jobs import follow
from modules.messages.manifest import MESSAGES
from syncengine.model.manifest import Schema
from tests.support.world import DAY
from tests.visit_reports.paper import at_the_screen
from tests.visit_reports.scene import SCHEMA

OPEN = "1 info is still to be confirmed here."


def test_infos_that_are_open_are_said_above_the_check_out(tmp_path: Path) -> None:
    schema = Schema((*SCHEMA.modules, MESSAGES))
    with at_the_screen(tmp_path, files=False, schema=schema) as rep:
        office = rep.office
        info = office.insert(
            "info", kind="action", title="News", priority="normal", status="draft",
            starts_at=office.at, due_at=office.at + DAY,
        )  # fmt: skip
        office.insert("info_target", info=info, customer=rep.shop.bytes)
        office.step("info", info, "published")
        follow(office.store, 10)
        rep.sync()
        assert "News" in rep.get(rep.customer)
        assert OPEN not in rep.get(rep.customer)
        rep.check_in()
        page = rep.get(rep.customer)
        assert page.index("News") < page.index(OPEN) < page.index("/visit_reports/check-out")
        assert "1 Info ist hier noch zu bestätigen." in rep.get(rep.customer, "de")
        assert rep.screen.user is not None
        messages = Messages(rep.screen.user.device)
        (message,) = messages.at_check_in(rep.shop)
        messages.confirm(message.receipt)
        assert OPEN not in rep.get(rep.customer)
