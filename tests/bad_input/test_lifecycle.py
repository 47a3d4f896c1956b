"""Illegal steps of a lifecycle and work on protected rows, from any client, at a real server."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from modules.masterdata.manifest import MASTERDATA
from server import modules
from server.settings import load_settings
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.bad_input.scene import Scene
from tests.bad_input.test_refused import Make, Refused, refuse
from tests.lifecycles.module import LIFECYCLES, SCHEMA
from tests.server.conftest import IMPORT, running
from tests.server.wire import WORLD

ROWS = {name: WORLD.new_id() for name in ("errand", "task", "claim", "sent", "over")}
ENTITY = {"sent": "claim", "over": "claim"}


def operation(action: Action, entity: str, row: bytes, **fields: Stored) -> Operation:
    """Fields by name."""
    by_name = SCHEMA.entities[entity].by_name
    return Operation(
        action, SCHEMA.tags[entity], row, {by_name[n].number: v for n, v in fields.items()}
    )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A server with the module, and an errand with a mandatory task and three claims of 279's."""
    folder = tmp_path_factory.mktemp("lifecycle")
    settings = load_settings(None, {}, database=f"sqlite:///{folder / 'server.db'}", port=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(modules, "OWN_MODULES", (MASTERDATA, LIFECYCLES))
        with running(settings, WORLD) as served:
            own: dict[str, Stored] = {"owner": served.people["279"]}
            new = Action.INSERT
            claim: dict[str, Stored] = {**own, "amount": 500, "state": "draft"}
            written = served.store.write(IMPORT, [
                operation(new, "errand", ROWS["errand"], title="go", state="open", **own),
                operation(new, "task", ROWS["task"], errand=ROWS["errand"], title="do",
                          mandatory=True, done=False),
                operation(new, "claim", ROWS["claim"], **claim),
                operation(new, "claim", ROWS["sent"], **claim),
                operation(new, "claim", ROWS["over"], **claim, until=1),
            ])  # fmt: skip
            assert written.version is not None
            made = Scene(served.store, served.client, os.getpid(), folder / "server.log",
                         served.people, served.customers)  # fmt: skip
            made.device.sync(made.device.changeset(
                operation(Action.UPDATE, "claim", ROWS["sent"], state="submitted")))  # fmt: skip
            made.settle()
            yield made


def edit(name: str, **fields: Stored) -> Make:
    """An edit of one of the rows."""
    return lambda _: operation(Action.UPDATE, ENTITY.get(name, name), ROWS[name], **fields)


def delete(name: str) -> Make:
    """Likewise."""
    return lambda _: operation(Action.DELETE, ENTITY.get(name, name), ROWS[name])


def begun(state: str) -> Make:
    """A new claim in a state."""
    return lambda scene: operation(
        Action.INSERT, "claim", scene.device.new_id(), owner=scene.device.person, amount=1,
        state=state,
    )  # fmt: skip


CASES = (
    Refused("step that there is not", "lifecycle.illegal", edit("claim", state="approved")),
    Refused("step back", "lifecycle.illegal", edit("sent", state="draft")),
    Refused("row that begins in the middle", "lifecycle.illegal", begun("approved")),
    Refused("step of a manager", "lifecycle.denied", edit("sent", state="approved")),
    Refused("step of the office", "lifecycle.denied", edit("errand", state="withdrawn")),
    Refused("step of the system", "lifecycle.denied", edit("errand", state="overdue")),
    Refused("step after its time", "lifecycle.guard", edit("over", state="submitted")),
    Refused("unknown state", "value.invalid", edit("claim", state="paid"), "state"),
    Refused("delete of a mandatory task", "lifecycle.protected", delete("task")),
    Refused("edit of what was submitted", "lifecycle.protected", edit("sent", amount=9)),
    Refused("delete of what was submitted", "lifecycle.protected", delete("sent")),
    Refused("stamp set by hand", "field.denied", edit("errand", confirmed_at=1), "confirmed_at"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.what))
def test_a_lifecycle_is_kept_to(scene: Scene, case: Refused) -> None:
    refuse(scene, case)
