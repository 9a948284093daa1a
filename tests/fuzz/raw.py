"""Mutations of bytes, which know nothing of what they stand for."""

from __future__ import annotations

from random import Random

from tests.fuzz.case import LARGEST

ODD = (
    *(bytes([n]) for n in (0, 1, 9, 10, 13, 27, 32, 127, 128, 255)),
    *(sign.encode() for sign in "\"'\\{}[]()<>:;,=|#.-+*/%"),
    "é×−“”\u00a0\u2028\u202e\ufeff\U0001f600".encode(),
    b"\xff\xfe",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\r\n",
    b"//",
    b"/*",
)


def mutated(random: Random, data: bytes) -> bytes:
    """The bytes with one change."""
    size = len(data)
    at = random.randrange(size + 1)
    end = min(size, at + random.choice((1, 1, 1, 2, 4, 8, 64, 1024)))
    match random.randrange(7):
        case 0:
            data = data[:at] + data[end:]
        case 1:
            data = data[:at] + random.choice(ODD) + data[at:]
        case 2:
            data = data[:at] + random.choice(ODD) + data[end:]
        case 3:
            data = data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :] if at < size else data
        case 4:  # once more, somewhere
            other = random.randrange(size + 1)
            data = data[:other] + data[at:end] * random.choice((1, 1, 2, 50)) + data[other:]
        case 5:
            data = data[:at] + random.randbytes(end - at) + data[end:]
        case _:
            data = data[:at] if random.random() < 0.5 else data[at:]
    return data[:LARGEST]
