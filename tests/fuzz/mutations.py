"""Messages gone wrong: what a fuzzer that knows MessagePack, frames and text does to good bytes."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

# Heads that claim more than there is (arrays, maps, text, bytes, extensions), depth, the ends of
# the integers, floats that are no numbers, halves of surrogates: what decoders trip over.
HOSTILE = (
    b"\xdd\x0f\xff\xff\xff", b"\xdd\xff\xff\xff\xff", b"\xdf\x0f\xff\xff\xff", b"\xdc\xff\xff",
    b"\xc6\x7f\xff\xff\xff", b"\xdb\x7f\xff\xff\xff", b"\xc9\x7f\xff\xff\xff\x05", b"\xc7\x01\x05",
    b"\x91" * 3_000, b"\x81\x01" * 3_000, b"\x82\xa1a\x01\xa1a\x02", b"\x81\x90\x01",
    b"\xcf" + b"\xff" * 8, b"\xd3\x80" + bytes(7), b"\xcb\x7f\xf8" + bytes(6),
    b"\xcb\x7f\xf0" + bytes(6), b"\xa3\xed\xa0\x80", b"\xa2\xff\xfe", b"\xa1\x00", b"\xc0",
    b"\xc2", b"\x90", b"\xa0", b"\xc4\x00", b"\xd6\xff\x00\x00\x00\x00", b"[" * 3_000,
    b'"\\ud800"', b"1e999", b"9" * 5_000, b"-0", b"NaN", b"\x00\x00\x00\x00\x00",
    b"\xff\xff\xff\xff\x01", b"\x28\xb5\x2f\xfd\xa4\xff\xff\xff\xff",
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, samples: Sequence[bytes]) -> bytes:
    """One of the samples after one to four changes."""
    data = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 4))):
        data = _changed(draw, data, samples)
    return data


def _changed(draw: st.DrawFn, data: bytes, samples: Sequence[bytes]) -> bytes:
    place = draw(st.integers(0, len(data)))
    after = min(len(data), place + draw(st.integers(0, 12)))
    head, middle, tail = data[:place], data[place:after], data[after:]
    match draw(st.integers(0, 6)):
        case 0:  # cut short, or the beginning lost
            return draw(st.sampled_from([head, tail]))
        case 1:  # one bit or more of a byte
            flipped = bytes([middle[0] ^ draw(st.integers(1, 255))]) if middle else b""
            return head + flipped + middle[1:] + tail
        case 2:  # another value in place of some bytes
            return head + draw(st.sampled_from(HOSTILE)) + tail
        case 3:  # a value too many
            return head + draw(st.sampled_from(HOSTILE)) + middle + tail
        case 4:  # twice, or often
            return head + middle * draw(st.sampled_from([2, 3, 200])) + tail
        case 5:  # spliced with another one
            other = draw(st.sampled_from(samples))
            return head + other[draw(st.integers(0, len(other))) :]
        case _:
            return head + draw(st.binary(max_size=12)) + tail
