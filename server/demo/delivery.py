"""The ERP's files, imported as a user would import them."""

from __future__ import annotations

from pathlib import Path

from server.importer import import_folder
from server.problem import Problem
from syncengine.store.store import Store

DATA = Path(__file__).parent / "data"


def deliver(store: Store) -> str:
    """Import all files; what they brought, in words. Problem when one of them is refused."""
    plans = import_folder(store, DATA)
    for plan in plans:
        if not plan.ok:
            raise Problem("demo.file_refused", f"{plan.name}: {plan.errors[0]}")
    counts = [counts for plan in plans for counts in plan.counts.values()]
    new, changed, unchanged = (
        sum(getattr(c, kind) for c in counts) for kind in ("new", "changed", "unchanged")
    )
    return f"{len(plans)} files, {new:,} new rows, {changed:,} changed, {unchanged:,} unchanged"
