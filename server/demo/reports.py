"""A day with a visit report, after the messages: a market's shelves, a photo, an attempt to confirm
too early, and a substitute who finishes what the rep began.

What must come of it is written down here: who finds which report, and that it came back.
"""

from __future__ import annotations

import json
import uuid
from io import BytesIO

from device_sdk.errors import Refused
from modules.visit_reports.device import Filling, Reports
from server.demo.calendar import Calendar
from server.demo.fleet import Rep
from server.demo.names import Names
from server.demo.office import Office, settle
from server.demo.papers import photo
from server.jobs import Jobs
from syncengine.model.fields import Stored
from syncengine.model.windows import DAY
from syncengine.store.compaction import Retention
from syncengine.store.store import Store

REP, STAND_IN = "282", "283"
RETURNS = "visit_reports.returns"  # the job that takes reports in
FORM = {
    "sections": [
        {
            "key": "shelf",
            "title": {"de": "Regal", "en": "Shelf"},
            "questions": [
                {"key": "view", "kind": "photo", "mandatory": True,
                 "text": {"de": "Ein Foto vom Regal", "en": "A photo of the shelf"}},
                {"key": "full", "kind": "yes_no", "mandatory": True,
                 "text": {"de": "Ist alles da?", "en": "Is everything there?"}},
                {"key": "missing", "kind": "text", "mandatory": True,
                 "text": {"de": "Was fehlt?", "en": "What is missing?"},
                 "shown_when": {"field": "full", "op": "equal", "value": False}},
            ],
        }
    ]
}  # fmt: skip


class ReportsDay:
    """Played once. `checks` has what had to be so, `counts` the reports by their status."""

    def __init__(
        self, store: Store, reps: dict[str, Rep], names: Names, calendar: Calendar
    ) -> None:
        self._store = store
        self._office = Office(store, "visit reports")
        self._reps = reps
        self._names = names
        self._calendar = calendar
        self._jobs = Jobs(store, Retention(0, 0))
        self._apps = {number: Reports(reps[number].device) for number in (REP, STAND_IN)}
        self.checks: dict[str, bool] = {}
        self.counts: dict[str, int] = {}

    def play(self) -> None:
        """From the office's morning to what it has in the evening."""
        person = self._names.row("employee", {"number": REP})
        own = self._reps[REP].device.rows("customer", "owner=? AND market IS NOT NULL", [person])
        shop = min(own, key=lambda row: str(row["number"]))
        market = shop["market"]
        assert isinstance(market, uuid.UUID)
        self._publish(market.bytes)
        self._sync()
        begun = self._begin(shop.id)
        self._forge(begun)
        substitute = self._names.row("employee", {"number": STAND_IN})
        who = {"absent": person, "substitute": substitute}
        switch = self._store.environment.new_id()
        self._office.write(self._office.insert("substitution", switch, **who, active=True))
        self._sync()
        self._finish(begun)
        self._sync()
        settle(self._jobs, RETURNS)
        self._office.write(self._office.update("substitution", switch, active=False))
        self._sync()
        self.checks["the returned report is on no device"] = not any(
            rep.device.counts()["report"] for rep in self._reps.values()
        )
        self.counts = self._office.statuses("report")
        self.checks["the office has the report, with its photo"] = (
            self.counts == {"returned": 1} and self._photos() == 1
        )

    def _begin(self, shop: uuid.UUID) -> Filling:
        """Check-in, a photo, and an attempt to confirm; without network."""
        app, device = self._apps[REP], self._reps[REP].device
        found = app.applying(shop)
        self.checks["the check-in shows the report of the customer's market"] = [
            (one.title, str(one.why)) for one in found
        ] == [("Autumn shelves", "market")]
        begun = app.start(app.check_in(shop).id, found[0].template)
        begun = app.add_photo(begun.report, "view", device.attachments.attach(BytesIO(photo())))
        self.checks["confirming is refused while a mandatory question is open"] = self._refused(
            app, begun
        )
        return begun

    @staticmethod
    def _refused(app: Reports, begun: Filling) -> bool:
        try:
            app.confirm(begun.report)
        except Refused as refused:
            return "Is everything there?" in refused.detail
        return False

    def _forge(self, begun: Filling) -> None:
        """What an app with a fault, or a forged one, would send: the server judges by itself."""
        self._sync()
        device = self._reps[REP].device
        done = self._office.update("report", begun.report.bytes, status="complete")
        with device.changeset() as draft:
            draft.operations.append(done)
        self._sync()
        inbox = [item for item in device.inbox() if item.reasons[0].code == "lifecycle.guard"]
        self.checks["a forged step past the questions is refused by the server"] = len(inbox) == 1
        for item in inbox:
            device.dismiss(item.sequence)

    def _finish(self, begun: Filling) -> None:
        """The substitute goes on where the rep had to stop."""
        app = self._apps[STAND_IN]
        drafts = [one for one in app.open_reports() if one.report == begun.report]
        self.checks["the substitute finds what the rep began"] = [
            len(one.photos("view")) for one in drafts
        ] == [1]
        app.answer(begun.report, "full", False)
        app.answer(begun.report, "missing", "The blue ones")
        app.confirm(begun.report)
        app.check_out(begun.visit)

    def _publish(self, market: bytes) -> None:
        """In one changeset."""
        template = self._store.environment.new_id()
        today = self._calendar.now()
        period = {"starts_at": today, "ends_at": today + 14 * DAY}
        text = json.dumps(FORM, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        values: dict[str, Stored] = {
            "title": "Autumn shelves", "kind": "dynamic", "family": str(uuid.UUID(bytes=template)),
            "edition": 1, "form": text, "status": "draft",
        }  # fmt: skip
        self._office.write(
            self._office.insert("report_template", template, **values, **period),
            self._office.insert("report_target", template=template, market=market, **period),
            self._office.update("report_template", template, status="published"),
        )

    def _sync(self) -> None:
        for rep in self._reps.values():
            rep.sync()

    def _photos(self) -> int:
        """How many answers have one."""
        return sum(row["file"] is not None for row in self._office.rows("report_answer"))
