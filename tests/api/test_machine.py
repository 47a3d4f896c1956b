"""A system that upserts, deletes, sends again and follows the feed, beside an office that edits."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from syncengine.model.ids import from_text
from tests.accounts.office import Office
from tests.api.conftest import Desk

KEYS, NAMES = st.sampled_from("ABC"), st.sampled_from(["x", "y", "z"])


class Integration(RuleBasedStateMachine):
    """The model: key -> (id, name). The copy: id -> name, kept by the feed alone."""

    @initialize()
    def start(self) -> None:
        """An empty office."""
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        office = Office(f"sqlite:///{folder / 'server.db'}", folder)
        self.desk = Desk(office, api_per_minute=1_000_000)
        self.system = self.desk.system()
        self.model: dict[str, tuple[str, str]] = {}
        self.copy: dict[str, str] = {}
        self.since = self.system.rows("/changes")["since"]
        self.sent: list[tuple[str, str, dict[str, Any]]] = []

    @property
    def version(self) -> int:
        """Of the database."""
        return self.desk.store.status().version

    @rule(key=KEYS, name=NAMES)
    def put(self, key: str, name: str) -> None:
        """An upsert, under a key of its own; without a change there is no version."""
        same = self.model.get(key, ("", ""))[1] == name
        under = f"put-{len(self.sent)}"
        answer = self.system.put("market", key, key=under, name=name)
        assert answer.status_code == (200 if key in self.model else 201)
        told = answer.json()
        assert (told["version"] is None) == same
        self.sent.append((key, name, told))
        self.model[key] = (told["rows"][0]["id"], name)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """Invariant 3: the first answer, and nothing happens."""
        place = data.draw(st.integers(0, len(self.sent) - 1))
        key, name, told = self.sent[place]
        before = self.version
        again = self.system.put("market", key, key=f"put-{place}", name=name)
        assert (again.json(), self.version) == (told, before)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """By key."""
        key = data.draw(st.sampled_from(sorted(self.model)))
        operation = {"action": "delete", "entity": "market", "key": key}
        assert self.system.write(operation).status_code == 200
        assert self.system.write(operation).status_code == 404
        del self.model[key]

    @precondition(lambda self: self.model)
    @rule(data=st.data(), name=NAMES)
    def conflict(self, data: st.DataObject, name: str) -> None:
        """The office edits between the read and the write."""
        key = data.draw(st.sampled_from(sorted(self.model)))
        read = self.system.rows(f"/rows/market/key/{key}")
        row = from_text(read["id"])
        other = f"{read['values']['name']}!"
        self.desk.world.update("market", row, name=other)
        before = self.version
        refused = self.system.put("market", key, version=read["version"], name=name)
        assert (refused.status_code, refused.json()["code"]) == (409, "row.changed")
        assert refused.json()["current"][0]["row"]["values"]["name"] == other
        assert self.version == before
        self.model[key] = (read["id"], other)

    @rule(limit=st.integers(1, 3))
    def follow(self, limit: int) -> None:
        """The copy has what there is."""
        more = True
        while more:
            page = self.system.rows("/changes", since=self.since, limit=limit, entity="market")
            self.since, more = page["since"], page["more"]
            for change in page["changes"]:
                self.copy.pop(change["id"], None)
                answer = self.system.get(f"/rows/market/{change['id']}")
                if answer.status_code == 200:
                    self.copy[change["id"]] = answer.json()["values"]["name"]
        assert self.copy == dict(self.model.values())

    @invariant()
    def the_list_is_the_model(self) -> None:
        """What is read is what was written."""
        if not hasattr(self, "model"):
            return
        rows = self.system.rows("/rows/market")["rows"]
        found = {r["values"]["number"]: (r["id"], r["values"]["name"]) for r in rows}
        assert found == self.model

    def teardown(self) -> None:
        """Close the database."""
        if hasattr(self, "desk"):
            self.desk.world.close()
            self.folder.cleanup()


TestIntegration = Integration.TestCase
TestIntegration.settings = settings(max_examples=4, stateful_step_count=12, deadline=None)
