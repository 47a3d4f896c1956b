"""The decoders, each as a target: bytes go in; a value comes out, or a refusal with a stable code.

A target's `read` returns the canonical bytes of what it understood, so that one property serves all
of them: reading these gives the same meaning again. Anything else that is raised is a defect.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from server.problem import Problem
from syncengine.model.errors import SyncError
from tests.fuzz import readers, samples

CODE = re.compile(r"[a-z]+(\.[a-z_]+)?")


@dataclass(frozen=True)
class Target:
    """One decoder. samples: bytes that it understands, from which a fuzzer starts."""

    read: Callable[[bytes], bytes]
    samples: Callable[[], list[bytes]]

    def check(self, data: bytes) -> bool:
        """Whether `data` was understood; AssertionError, or what escaped, is a defect."""
        try:
            meaning = self.read(data)
        except (SyncError, Problem) as refusal:
            code, sentence = refusal.code, refusal.detail
        else:
            assert self.read(meaning) == meaning
            return True
        assert CODE.fullmatch(code)
        assert sentence.strip()
        return False


TARGETS = {
    "answer": Target(readers.answer, samples.answers),
    "changeset": Target(readers.changeset, samples.changesets),
    "checkpoint": Target(readers.checkpoint, samples.checkpoints),
    "condition": Target(readers.condition, samples.conditions),
    "enrolment": Target(readers.enrolment, samples.enrolments),
    "fields": Target(readers.fields, samples.fields),
    "frames": Target(readers.frames, samples.frames),
    "json": Target(readers.json_text, samples.json_texts),
    "message": Target(readers.message, samples.messages),
    "request": Target(readers.request, samples.requests),
    "schema": Target(readers.schema, samples.schemas),
    "token": Target(readers.token, samples.tokens),
    "value": Target(readers.value, samples.values),
}
