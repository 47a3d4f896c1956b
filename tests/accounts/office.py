"""A world with office users in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from server.accounts.passwords import Cost, Passwords
from server.accounts.sessions import Lifetimes
from server.accounts.sign_in import Accounts
from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Verdict
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.model.rights import Right
from syncengine.store.author import Author
from tests.support.world import SCHEMA, World

CHEAP = Cost(passes=1, kibibytes=8, lanes=1)
NOON = 1_790_000_000_000_000
PASSWORD = "correct horse battery"
ADDRESS = "192.0.2.7"


@dataclass
class Time:
    """A clock that stands still until the test moves it."""

    now: int = NOON

    def __call__(self) -> int:
        """Now."""
        return self.now


class Office:
    """`boss` leads `a` and `b`, `a` leads `c`; users are made by name."""

    def __init__(self, url: str, folder: Path, schema: Schema = SCHEMA) -> None:
        time = Time()
        world = World(url, folder, time, schema=schema)
        world.people["c"] = world.insert(
            "employee", number="c", active=True, manager=world.people["a"]
        )
        self._move_in(world, time)

    @classmethod
    def around(cls, world: World, time: Time) -> Office:
        """One in an installation that is there. time: the clock of sessions."""
        made = cls.__new__(cls)
        made._move_in(world, time)
        return made

    def _move_in(self, world: World, time: Time) -> None:
        self.time, self.world, self.store = time, world, world.store
        self.passwords = Passwords(world.environment, CHEAP)
        self.accounts = Accounts(self.store, self.passwords, Lifetimes())
        self.users: dict[str, bytes] = {}

    def user(self, name: str, limit: str | None = None, active: bool = True) -> bytes:
        """A user without roles."""
        self.users[name] = self.world.insert(
            "office_user", name=name, full_name=name.title(), language="de", active=active,
            limited_to=self.world.people[limit] if limit else None,
        )  # fmt: skip
        return self.users[name]

    def role(self, *users: bytes, administers: bool = False, **rights: str) -> bytes:
        """A role of these users; rights as customer="view edit"."""
        role = self.world.insert("office_role", name="role", administers=administers)
        for entity, said in rights.items():
            values: dict[str, Stored] = {"role": role, "entity": entity}
            values |= {str(right): str(right) in said.split() for right in Right}
            self.world.write([self.right("office_role_right", values)])
        for user in users:
            self.world.insert("office_user_role", user=user, role=role)
        return role

    def password(self, name: str) -> None:
        """Let the user have PASSWORD."""
        once = self.accounts.reset_password(None, self.users[name])
        signed_in = self.accounts.sign_in(name, once, ADDRESS)
        self.accounts.change_password(signed_in, once, PASSWORD, ADDRESS)

    def write(self, user: bytes, *operations: Operation, source: Source = Source.OFFICE) -> Verdict:
        """One changeset of a user."""
        return self.store.write(Author(source, None, "test", user), operations)

    def right(self, kind: str, values: dict[str, Stored]) -> Operation:
        """An insert, of a line of a role's or a user's rights."""
        by_name, new_id = SCHEMA.entities[kind].by_name, self.world.environment.new_id()
        fields = {by_name[name].number: value for name, value in values.items()}
        return Operation(Action.INSERT, SCHEMA.tags[kind], new_id, fields)

    def edit(self, entity: str, row_id: bytes, **fields: Stored) -> Operation:
        """An update."""
        return self.world.operation(Action.UPDATE, entity, row_id, **fields)

    def new(self, entity: str, **fields: Stored) -> Operation:
        """An insert."""
        row_id = self.world.environment.new_id()
        return self.world.operation(Action.INSERT, entity, row_id, **fields)

    def delete(self, entity: str, row_id: bytes) -> Operation:
        """A deletion."""
        return self.world.operation(Action.DELETE, entity, row_id)
