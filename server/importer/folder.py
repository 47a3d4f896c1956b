"""A folder of files, each with its mapping, in the order in which they refer to each other."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from pathlib import Path

from server.importer.apply import apply_plan
from server.importer.findings import MappingInvalid
from server.importer.mapping import Mapping, load_mapping
from server.importer.plan import plan_import
from server.importer.staging import Plan
from syncengine.model.fields import Reference
from syncengine.model.manifest import Schema
from syncengine.store.bulk_steps import Progress, no_progress
from syncengine.store.store import Store


def find_mappings(schema: Schema, folder: Path | None = None) -> list[Mapping]:
    """The mappings of a folder, or those that come with the modules; referred-to entities first."""
    if folder is None:
        found = [
            Path(str(path))
            for module in schema.modules
            if module.migrations
            for path in _packaged(module.migrations.partition(":")[0])
        ]
    else:
        found = sorted(folder.glob("*.toml"))
    return _ordered([load_mapping(path, schema) for path in found])


def _packaged(package: str) -> Iterator[Path]:
    folder = Path(str(importlib.resources.files(package))) / "imports"
    yield from sorted(folder.glob("*.toml"))


def _ordered(mappings: list[Mapping]) -> list[Mapping]:
    """Every mapping behind those that make the rows it looks up."""
    waiting = list(mappings)
    ordered: list[Mapping] = []
    while waiting:
        made = {t.entity.name for m in waiting for t in m.targets if t.output.mode == "upsert"}
        ready = [m for m in waiting if not (_needs(m) & made - _makes(m))]
        if not ready:
            raise MappingInvalid("The mappings wait for each other.")
        ordered += ready
        waiting = [m for m in waiting if m not in ready]
    return ordered


def _makes(mapping: Mapping) -> set[str]:
    return {t.entity.name for t in mapping.targets if t.output.mode == "upsert"}


def _needs(mapping: Mapping) -> set[str]:
    named = {
        kind.entity
        for target in mapping.targets
        for name, source in target.output.fields.items()
        if source.lookup and isinstance(kind := target.entity.by_name[name].type, Reference)
    }
    return named | {t.entity.name for t in mapping.targets if t.output.mode == "update"}


def import_folder(
    store: Store,
    folder: Path,
    mappings: list[Mapping] | None = None,
    confirmed: bool = False,
    progress: Progress = no_progress,
) -> list[Plan]:
    """Import the files of a folder that a mapping knows; stops at the first that has an error."""
    plans: list[Plan] = []
    for mapping in mappings or find_mappings(store.schema):
        path = folder / mapping.file
        if not path.exists():
            continue
        plan = plan_import(store, path, mapping, progress)
        plans.append(plan)
        try:
            if not plan.ok:
                break
            apply_plan(store, plan, confirmed, progress)
        finally:
            plan.close()
    return plans
