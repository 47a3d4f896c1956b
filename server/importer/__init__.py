"""Importing the leading system's files (D1): mapped, checked whole, written as a bulk change."""

from server.importer.apply import apply_plan, author_of, check_share, operations_of
from server.importer.findings import (
    ConfirmationNeeded,
    FileRefused,
    Finding,
    ImportRefused,
    MappingInvalid,
    PlanOutdated,
)
from server.importer.folder import find_mappings, import_folder
from server.importer.mapping import Mapping, load_mapping
from server.importer.plan import plan_import
from server.importer.staging import Counts, Plan

__all__ = [
    "ConfirmationNeeded",
    "Counts",
    "FileRefused",
    "Finding",
    "ImportRefused",
    "Mapping",
    "MappingInvalid",
    "Plan",
    "PlanOutdated",
    "apply_plan",
    "author_of",
    "check_share",
    "find_mappings",
    "import_folder",
    "load_mapping",
    "operations_of",
    "plan_import",
]
