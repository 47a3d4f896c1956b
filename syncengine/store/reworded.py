"""A pull's answer in the words of clients of a version before: records decoded and encoded anew.

Row versions stay, and with them all sums. It costs such clients' pulls alone, and of these only
the records of entities whose fields became others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from syncengine.model.wording import Wording
from syncengine.protocol.messages import Chunk, Section, Struct, decode_rows


def reworded(answer: Iterable[Struct], wording: Wording) -> Iterator[Struct]:
    """The messages, their records in those words."""
    rewords = wording.rewords
    for message in answer:
        if isinstance(message, Chunk) and any(s.tag in rewords for s in message.sections):
            sections = [_section(s, wording) if s.tag in rewords else s for s in message.sections]
            yield Chunk(sections, message.cursors)
        else:
            yield message


def _section(section: Section, wording: Wording) -> Section:
    records = [wording.down(section.tag, record) for record in decode_rows(section)]
    rows = msgspec.Raw(msgspec.msgpack.encode(records))
    return Section(section.bucket, section.tag, rows, section.also, section.left)
