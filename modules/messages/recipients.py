"""Whom an info is for: for the job that makes receipts, and for whoever writes an info."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from modules.masterdata import targets as masterdata
from modules.masterdata.targets import Is, Target
from syncengine.store.store import Store

RECIPIENT = {"daily": "employee", "action": "customer"}  # the field of a receipt that names them


def meant(store: Store, connection: sa.Connection, kind: str, targets: Iterable[Target]) -> Is:
    """Of people (kind "daily") or customers ("action"): those that these targets stand for."""
    stood_for = masterdata.customers if kind == "action" else masterdata.people
    return stood_for(store, connection, targets)
