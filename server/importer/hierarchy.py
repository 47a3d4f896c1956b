"""Rows of an entity that refers to itself: parents before children."""

from __future__ import annotations

from server.importer.findings import Findings
from server.importer.mapping import Target
from server.importer.staging import Record
from syncengine.model.fields import Reference


def parents_first(target: Target, records: list[Record], findings: Findings) -> list[Record]:
    """Records of a hierarchy with every parent before its children; a cycle is an error."""
    by_key = {record.key[0]: record for record in records}
    hierarchies = {
        name
        for name, source in target.output.fields.items()
        if source.lookup
        and isinstance(kind := target.entity.by_name[name].type, Reference)
        and kind.entity == target.entity.name
    }
    ordered: dict[int, Record] = {}
    for record in records:
        path: list[Record] = []
        waiting = [record]
        while waiting:
            here = waiting[-1]
            above = [
                by_key[here.values[name]]
                for name in hierarchies
                if here.values[name] in by_key and by_key[here.values[name]].row not in ordered
            ]
            if any(parent in path for parent in above):
                findings.error(
                    here.row, ", ".join(hierarchies), "hierarchy.cycle", "It is above itself."
                )
                return []
            if above:
                path.append(here)
                waiting.append(above[0])
            else:
                ordered[here.row] = here
                waiting.pop()
                if path:
                    path.pop()
    return list(ordered.values())
