"""What a module declares: its frozen manifest."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.model.accounts import Accounts
from syncengine.model.concealed import Concealed
from syncengine.model.entity import Entity
from syncengine.model.handover import HandOver
from syncengine.model.lifecycle import Lifecycle, Protection
from syncengine.model.steps import Step
from syncengine.model.terms import GrantTerm
from syncengine.model.withheld import Withheld


@dataclass(frozen=True)
class Module:
    """What a module declares. `number` (1..250) and `version` (from 1) are part of the wire.

    people: the entity whose rows are the persons that own buckets and sit on seats.
    migrations: the folder of its alembic branch, as "package:folder"; server side only, as is
    hands_over: what goes to the successor of a person who leaves, and steps: what changed since the
    version before, whose clients are served, too (wording.py); None: only this version is spoken.
    accounts: the entities that say who may sign in to the office; withheld: fields that an
    installation can keep from being noted; concealed: rows that it can keep from all of the office;
    for the server only, too.
    lifecycles, protections: of its entities; they travel with the schema.
    absent: no package declares it; the database that has its data does (store/absent.py).
    portal: the Python module with its pages for the office, for the server only. jobs: the one that
    gives JOBS, what the server does for it by the clock: name -> function of the store and of how
    many batches it may write in one run, which gives the number of rows.
    """

    number: int
    name: str
    version: int
    entities: tuple[Entity, ...]
    grants: tuple[GrantTerm, ...] = ()
    people: str | None = None
    migrations: str | None = None
    hands_over: tuple[HandOver, ...] = ()
    steps: tuple[Step, ...] | None = None
    accounts: Accounts | None = None
    withheld: tuple[Withheld, ...] = ()
    concealed: tuple[Concealed, ...] = ()
    lifecycles: tuple[Lifecycle, ...] = ()
    protections: tuple[Protection, ...] = ()
    portal: str | None = None
    absent: bool = False
    jobs: str | None = None
