"""The acts of lives with documents: how likely each is, and its arguments (see acts.py)."""

from __future__ import annotations

from tests.simulation.drawing import index, seed, who, yes
from tests.simulation.visit_acts import Draw

SHELF_OFFICE: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "give_out": (20, (yes, seed)),
    "next_edition": (20, (index, seed)),
    "address_document": (8, (index, seed, yes)),
    "take_back": (4, (index,)),
    "keep_offline": (4, (index, yes)),
    "reopen_form": (10, (index, yes)),
    "run_document_jobs": (20, ()),
}
SHELF_DEVICE: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "read_documents": (30, (index, seed)),
    "sign": (30, (index, index, seed)),
    "sign_again": (20, (index, seed)),
    "force_form": (5, (index, index, yes)),
}
SHELF_OTHER: dict[str, tuple[float, tuple[Draw, ...]]] = {"both_sign": (15, (who, who, seed))}
SHELF_SYNCS: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "sync_with_shelf_between": (25, (index, seed)),
}
SHELF = SHELF_OFFICE | SHELF_DEVICE | SHELF_OTHER | SHELF_SYNCS
SHELF_BETWEEN = {name: weight for name, (weight, _) in SHELF_OFFICE.items()} | {
    "wait_until": 10, "reassign": 10, "switch_off": 5,
}  # fmt: skip
SHELF_HERE = {name: weight for name, (weight, _) in SHELF_DEVICE.items()}
