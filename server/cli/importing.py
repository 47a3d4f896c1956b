"""import."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.options import AsJson, Config, Database, opened

if TYPE_CHECKING:
    from server.importer import Mapping, Plan
    from syncengine.store.bulk_steps import Progress
    from syncengine.store.store import Store

SHOWN = 20  # findings and differences of one file; --json has them all


def import_files(
    paths: Annotated[
        list[Path], typer.Argument(help="Files, or folders with files.", show_default=False)
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(
            help="Mapping file, or a folder of them. Default: those that come with the modules.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and compare; change nothing.")
    ] = False,
    preview: Annotated[
        bool,
        typer.Option("--preview", help="With --dry-run: also what it would do to each device."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask, however many rows change hands or end.")
    ] = False,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Take over files of the leading system. A file with one error changes nothing.

    Files are taken in the order in which they refer to each other; the first one with an error ends
    the import. A dry run compares each file with the database as it is now.
    """
    from server.cli.output import print_json
    from server.cli.unfinished import finish_earlier, progress_bar
    from server.problem import Problem

    if preview and not dry_run:
        raise Problem("import.preview", "--preview goes with --dry-run: an import is no preview.")
    wanted = _Wanted(dry_run, preview, yes, as_json)
    results: list[dict[str, Any]] = []
    with opened(database, config) as store, progress_bar(shown=not as_json) as progress:
        if not dry_run:
            finish_earlier(store, as_json, progress)  # files are compared with its rows
        for path, known in _deliveries(store, paths, mapping):
            result = _import_one(store, path, known, wanted, progress)
            results.append(result)
            if not result["ok"] and not dry_run:
                break
    if as_json:
        print_json(results)
    if not all(result["ok"] for result in results):
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Wanted:
    """The command's switches."""

    dry_run: bool
    preview: bool
    yes: bool
    as_json: bool


def _import_one(
    store: Store, path: Path, mapping: Mapping, wanted: _Wanted, progress: Progress
) -> dict[str, Any]:
    from server.importer import apply_plan, author_of, plan_import
    from server.importer.judging import refused_of

    plan = plan_import(store, path, mapping, progress)
    try:
        if wanted.dry_run and plan.ok:  # an import writes the other rows, and tells of these
            plan.warnings += refused_of(store, author_of(plan.name), plan)
        result = {**plan.as_data(), "dry_run": wanted.dry_run, "written": 0}
        if not wanted.as_json:
            _print_plan(plan, wanted.dry_run)
        if wanted.preview and plan.ok:
            result["preview"] = _preview(store, plan, wanted.as_json)
        elif plan.ok and not wanted.dry_run:
            confirmed = wanted.yes or _confirmed(plan, wanted.as_json)
            result["written"] = apply_plan(store, plan, confirmed, progress)
        return result
    finally:
        plan.close()


def _preview(store: Store, plan: Plan, as_json: bool) -> dict[str, Any]:
    """What the file would do to each device; a file beyond a preview's bound says so instead."""
    from server.cli import effects
    from server.importer import author_of, operations_of
    from syncengine.store.preview import PreviewTooLarge, check_size, preview

    try:
        check_size(plan.operations)
        operations = operations_of(plan)
        found = preview(store, author_of(plan.name), operations) if operations else None
    except PreviewTooLarge as error:
        if not as_json:
            typer.echo(f"No preview: {error.detail} [{error.code}]")
        return {"error": {"code": error.code, "detail": error.detail}}
    if not as_json:
        effects.print_preview(store, found)
    return effects.as_data(store, found)


def _confirmed(plan: Plan, as_json: bool) -> bool:
    """True when somebody at a terminal has said yes; without one the importer itself refuses."""
    from server.importer import ConfirmationNeeded, check_share

    if as_json or not sys.stdin.isatty():
        return False
    try:
        check_share(plan)
    except ConfirmationNeeded as needed:
        typer.confirm(f"{needed.detail} Go on?", abort=True)
        return True
    return False


def _deliveries(
    store: Store, paths: list[Path], mapping: Path | None
) -> list[tuple[Path, Mapping]]:
    """Each file with its mapping, in the order in which they refer to each other."""
    from server.importer import find_mappings, load_mapping
    from server.problem import Problem

    if mapping is not None and mapping.is_file():
        known = [load_mapping(mapping, store.schema)]
    else:
        known = find_mappings(store.schema, mapping)
    found: list[tuple[Path, Mapping]] = []
    for one in known:
        for path in paths:
            if path.is_dir() and (path / one.file).is_file():
                found.append((path / one.file, one))
            elif path.is_file() and (path.name == one.file or len(known) == 1):
                found.append((path, one))
    for path in paths:
        if not any(path in (file, file.parent) for file, _ in found):
            why = "is not there" if not path.exists() else "is in none of the mappings"
            raise Problem("import.no_mapping", f"{path} {why}.")
    return found


def _print_plan(plan: Plan, dry_run: bool) -> None:
    from server.cli.output import print_table

    rows = [
        (name, c.new, c.changed, c.unchanged, c.missing, c.deactivated)
        for name, c in plan.counts.items()
    ]
    typer.echo(f"{plan.name}:{' dry run,' if dry_run else ''}{'' if plan.ok else ' refused,'}")
    for kind, findings in (("error", plan.errors), ("warning", plan.warnings)):
        for finding in findings[:SHOWN]:
            typer.echo(f"  {kind}: {finding}")
        if len(findings) > SHOWN:
            typer.echo(f"  and {len(findings) - SHOWN} more of that kind")
    if plan.ok:
        columns = ("", "new#", "changed#", "unchanged#", "missing#", "deactivated#")
        print_table(columns, rows)
        if dry_run:
            _print_differences(plan)


def _print_differences(plan: Plan) -> None:
    for difference in plan.differences[:SHOWN]:
        key = "/".join(str(part) for part in difference.key)
        for name, (now, then) in difference.fields.items():
            typer.echo(
                f"  row {difference.row}, {difference.entity} {key}: {name} {now!r} -> {then!r}"
            )
