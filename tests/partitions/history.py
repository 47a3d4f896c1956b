"""What devices wrote down, held against each other and against the server's end state.

The claims: work that was made is decided in the end and never lost (invariants 1, 2, D11); accepted
work is in the server once; a sync that began after an answer was on any device shows at least that
version (no stale read after an acknowledgement); no device goes back; a device sees its own work;
no fault is one that nobody foresaw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Line = Mapping[str, Any]
FORESEEN = frozenset({"device.offline", "device.server_error", "server.busy"})


@dataclass(frozen=True)
class End:
    """The server, when all is over.

    decided: (device, sequence) -> versions of the accepted changesets. answers: (device, sequence)
    -> outcome. notes: the texts of all. remarks: customer -> remark.
    """

    decided: Mapping[tuple[str, int], Sequence[int]]
    answers: Mapping[tuple[str, int], str]
    notes: Sequence[str]
    remarks: Mapping[str, str]


@dataclass
class Made:
    """One piece of work of a device. sequence: None where it was killed before it wrote it down."""

    text: str
    row: str | None
    sequence: int | None = None


@dataclass
class _Device:
    lines: Sequence[Line]
    made: list[Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        for line in self.lines:
            if line["do"] == "try":
                self.made.append(Made(line["text"], line["row"]))
            elif line["do"] == "made":
                self.made[-1].sequence = line["sequence"]


def violations(
    histories: Mapping[str, Sequence[Line]], person: Mapping[str, str], end: End
) -> list[str]:
    """Sentences; none when every claim holds. histories: device -> its lines. person: of each."""
    devices = {name: _Device(lines) for name, lines in histories.items()}
    return [
        *_lost(devices, end),
        *_invented(devices, end),
        *_stale(devices, person, end),
        *_backwards(devices),
        *_unforeseen(devices),
    ]


def _lost(devices: Mapping[str, _Device], end: End) -> Iterator[str]:
    """Made and not decided, accepted and not there, there twice."""
    for name, device in devices.items():
        for made in device.made:
            if made.sequence is None:
                continue
            key = (name, made.sequence)
            versions, outcome = end.decided.get(key, ()), end.answers.get(key)
            if outcome is None:
                yield f"{name} made {made.text} as {made.sequence}, and nobody decided it"
            elif (outcome in ("accepted", "merged")) != (len(versions) == 1):
                yield f"{name}'s {made.sequence} was {outcome} and is there {len(versions)} times"
            elif versions and made.row is None and end.notes.count(made.text) != 1:
                yield f"the note {made.text} of {name} is there {end.notes.count(made.text)} times"
        for line in device.lines:
            if line["do"] == "answered":
                key, told = (name, line["sequence"]), line["version"]
                versions = end.decided.get(key, ())
                if key not in end.answers:
                    yield f"{name}'s {key[1]} was answered {told}, and no answer is there"
                elif versions and list(versions) != [told]:
                    yield f"{name}'s {key[1]} was answered {told} and is {versions}"


def _invented(devices: Mapping[str, _Device], end: End) -> Iterator[str]:
    """What nobody entered; a remark that is not the one accepted last."""
    tried = {made.text for device in devices.values() for made in device.made}
    yield from (f"nobody wrote the note {text}" for text in end.notes if text not in tried)
    last: dict[str, tuple[int, str]] = {}
    for name, device in devices.items():
        for made in device.made:
            if made.row is not None and made.sequence is not None:
                for version in end.decided.get((name, made.sequence), ()):
                    last[made.row] = max(last.get(made.row, (0, "")), (version, made.text))
    unsure = {m.row for d in devices.values() for m in d.made if m.sequence is None}
    for row, (_, text) in last.items():
        if row not in unsure and end.remarks.get(row) != text:
            yield f"the remark of {row} is {end.remarks.get(row)}; accepted last was {text}"


def _stale(devices: Mapping[str, _Device], person: Mapping[str, str], end: End) -> Iterator[str]:
    """Syncs that show less than was acknowledged, on whatever device, before they began."""
    answers = sorted(
        (line["at"], line["version"] or 0, name, line["sequence"])
        for name, device in devices.items()
        for line in device.lines
        if line["do"] == "answered"
    )
    texts = {
        (name, made.sequence): made.text
        for name, device in devices.items()
        for made in device.made
        if made.row is None and (name, made.sequence) in end.decided
    }
    for name, device in devices.items():
        known, place = 0, 0
        due: set[str] = set()
        for line in device.lines:
            if line["do"] != "synced":
                continue
            while place < len(answers) and answers[place][0] < line["began"]:
                _, version, by, sequence = answers[place]
                known = max(known, version)
                if person[by] == person[name] and (by, sequence) in texts:
                    due.add(texts[by, sequence])
                place += 1
            if line["version"] < known:
                yield f"{name} synced to {line['version']} after {known} was acknowledged"
            missing = due - set(line["notes"])
            if missing:
                yield f"{name} lacks acknowledged notes at {line['version']}: {sorted(missing)[:3]}"


def _backwards(devices: Mapping[str, _Device]) -> Iterator[str]:
    """Versions that fall, and own notes that do not show."""
    for name, device in devices.items():
        version = 0
        own: set[str] = set()
        tried: Line | None = None
        for line in device.lines:
            if line["do"] == "try":
                tried = line
            elif line["do"] == "made" and tried is not None and tried["row"] is None:
                own.add(line["text"])
            if line["do"] == "synced":
                if line["version"] < version:
                    yield f"{name} went back from {version} to {line['version']}"
                version = line["version"]
            if line["do"] in ("synced", "began") and not own <= set(line["notes"]):
                lost = sorted(own - set(line["notes"]))
                yield f"{name} does not show its own notes {lost[:3]}"


def _unforeseen(devices: Mapping[str, _Device]) -> Iterator[str]:
    """Answers that are neither an answer nor a reason to come again."""
    for name, device in devices.items():
        codes = {line["code"] for line in device.lines if line["do"] == "failed"}
        yield from (f"{name} met {code}" for code in sorted(codes - FORESEEN))
