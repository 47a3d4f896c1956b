"""What is wrong with a file or its rows, in the reader's language: the importer speaks in codes."""

from __future__ import annotations

from server.importer.report import Noted
from server.portal.values import MESSAGES, hint
from server.portal.words import Words
from syncengine.model.entity import Entity
from syncengine.model.fields import Text

FILE = {
    "file.none": "Choose a file.",
    "file.unreadable": "The file cannot be read. It is empty, damaged, or neither CSV nor an Excel workbook (.xlsx).",  # noqa: E501
    "file.old_workbook": "This is an old workbook (.xls). Save it as .xlsx and bring that.",
    "file.too_large": "The file is too large.",
    "file.too_many_rows": "The file has more than 500,000 rows. Split it.",
    "file.dangerous": "The workbook holds something that is dangerous to unpack, and is not opened.",  # noqa: E501
    "file.left": "The file is no longer kept. Bring it again.",
    "encoding.unknown": "The text of the file is not written in that encoding. Choose another one, or save it as CSV UTF-8.",  # noqa: E501
    "header.missing": "A column that is to be read is missing.",
    "header.duplicate": "Two columns that are to be read have the same name.",
    "header.invalid": "The first row has to name the columns: 250 at most, with names of at most 200 characters.",  # noqa: E501
    "import.outdated": "Somebody has changed what the file would change, since it was checked. Check it again.",  # noqa: E501
    "import.mapping_invalid": "The columns do not fit the rows any longer. Go through them again.",
    "access.denied": "Your rights do not allow it.",
    "bulk.unfinished": "Another large change is being written. Try again when it is done.",
    "errand.interrupted": "The server was stopped while it was at this, more than once.",
    "errand.unexpected": "Something went wrong that nobody foresaw. It is on record at the server.",
}
ROW = {
    "row.ragged": "The row has more or fewer cells than the head. Look for a separator or a quotation mark too many.",  # noqa: E501
    "row.unknown": "There is no row %(given)s.",
    "value.missing": "This must not be empty.",
    "key.missing": "What tells which row it is, is empty.",
    "key.duplicate": "%(given)s is in the file more than once.",
    "key.ambiguous": "There are several rows %(given)s already.",
    "lookup.unknown": "%(kind)s %(given)s does not exist.",
    "lookup.ambiguous": "%(kind)s %(given)s exists more than once.",
    "hierarchy.cycle": "The row stands above itself.",
    "zeros.lost": "%(given)s seems to have lost its leading zeros.",
    "number.as_text": "%(given)s looks like a number that a spreadsheet has rounded.",
}


def said_of(w: Words, code: str, detail: str) -> str:
    """Why a file, or what was to be done with it, is refused."""
    return w(FILE[code]) if code in FILE else w.reason(code, detail)


def said_of_row(w: Words, entity: Entity, finding: Noted) -> str:
    """What is wrong with a row or a cell."""
    field = entity.by_name.get(finding.field)
    if finding.code == "value.invalid" and field is not None:
        if isinstance(field.type, Text) and len(finding.given) >= field.type.limit:
            return w("At most %(limit)s characters.", limit=w.number(field.type.limit))
        return w(MESSAGES.get(hint(field), "This does not fit."))
    if finding.code in FILE:
        return said_of(w, finding.code, finding.detail)
    if finding.code not in ROW:
        return w.reason(finding.code, finding.detail)
    of = getattr(field.type, "entity", "") if field is not None else ""
    return w(ROW[finding.code], given=finding.given, kind=w.entity(of) if of else "")
