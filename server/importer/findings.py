"""What is wrong or doubtful in a file, by row and column, and what stops an import."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.model.errors import Advice, SyncError

MAX_FINDINGS = 1_000  # of one file; the rest is counted
MAX_GIVEN = 60


@dataclass(frozen=True)
class Finding:
    """row: as a person counts, the header being row 1; 0 for the file as such. field: the one that
    the column goes to, where that matters; given: what the cell says, at most MAX_GIVEN characters.

    Codes of errors: file.unreadable, file.too_large, file.dangerous, encoding.unknown,
    file.too_many_rows, header.missing, header.duplicate, row.ragged, value.invalid, value.missing,
    key.missing, key.duplicate, key.ambiguous, lookup.unknown, lookup.ambiguous, hierarchy.cycle,
    row.unknown; and those of the engine for what it would refuse.
    Of warnings: zeros.lost, number.as_text.
    """

    row: int
    column: str
    code: str
    detail: str
    field: str = ""
    given: str = ""

    def __str__(self) -> str:
        place = f"row {self.row}" if self.row else "file"
        return f"{place}{', ' + self.column if self.column else ''}: {self.detail} [{self.code}]"


class FileRefused(SyncError):
    """The file as a whole cannot be read; `finding` says why."""

    code = "import.file_refused"
    advice = Advice.FIX

    def __init__(self, code: str, detail: str, row: int = 0, column: str = "") -> None:
        super().__init__(detail, reason=code)
        self.finding = Finding(row, column, code, detail)


class MappingInvalid(SyncError):
    """A mapping file contradicts itself or the schema."""

    code = "import.mapping_invalid"
    advice = Advice.FIX


class ConfirmationNeeded(SyncError):
    """The import would reassign or deactivate a large share of the rows; `data` has the counts."""

    code = "import.confirmation_needed"
    advice = Advice.FIX


class ImportRefused(SyncError):
    """The file has errors, or the store refused some of its rows."""

    code = "import.refused"
    advice = Advice.STOP


class PlanOutdated(SyncError):
    """Rows were made since the file was compared; compared again, it finds them."""

    code = "import.outdated"
    advice = Advice.RETRY


class Findings:
    """Collected findings, bounded."""

    def __init__(self) -> None:
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self.left_out = 0

    def error(
        self, row: int, column: str, code: str, detail: str, field: str = "", given: object = ""
    ) -> None:
        """Something that lets the file change nothing."""
        said = str(given)[:MAX_GIVEN]
        self._keep(self.errors, Finding(row, column, code, detail, field, said))

    def warn(self, row: int, column: str, code: str, detail: str, given: object = "") -> None:
        """Something that a person should look at."""
        self._keep(self.warnings, Finding(row, column, code, detail, "", str(given)[:MAX_GIVEN]))

    def _keep(self, kept: list[Finding], finding: Finding) -> None:
        if len(kept) < MAX_FINDINGS:
            kept.append(finding)
        else:
            self.left_out += 1
