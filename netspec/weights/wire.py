"""Protobuf's wire format, as far as weights need it. Source: protobuf.dev/programming-guides/encoding.

Read by hand, for three reasons. The protobuf library makes a Python object of every number: with AlexNet's 61 million
it takes 5 s and 730 MB where this takes 1 s and 490 MB, of which 244 MB are the file. Told that the numbers are bytes,
it copies them twice more. And a file of empty layers takes 17 times its size in its memory, without a bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

MAX_BYTES = (1 << 31) - 1  # of a message; what protobuf itself allows
MAX_FIELDS = 1 << 20  # of a file; those of GoogLeNet's weights are 2,000
LONGEST = 10  # bytes of a number
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # how a field is encoded; BYTES with their length
SIZES = {VARINT: 0, FIXED64: 8, FIXED32: 4}


class Damaged(ValueError):
    """The bytes are no message; says where and why."""


class Field(NamedTuple):
    """A field of a message: its number, its encoding, where its content stands, or for a VARINT its value."""

    number: int
    wire: int
    start: int
    end: int
    value: int = 0


class Reader:
    """Reads the fields of a message and of those in it, all together at most MAX_FIELDS."""

    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        self._left = MAX_FIELDS

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """Those of the message from `start` to `end`, in order. Raises Damaged."""
        at = start
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise Damaged(f"it has more than {MAX_FIELDS:,} fields, which no net has")
            begin = at
            tag, at = self.varint(at, end)
            number, wire, value = tag >> 3, tag & 7, 0
            if wire == VARINT:
                value, at = self.varint(at, end)
            if wire == BYTES:
                size, at = self.varint(at, end)
            elif wire in SIZES:
                size = SIZES[wire]
            else:
                raise Damaged(f"byte {begin:,} begins a field of kind {wire}, of which Caffe has none")
            if not number:
                raise Damaged(f"byte {begin:,} begins a field with the number 0")
            if size > end - at:
                raise Damaged(f"byte {begin:,} begins a field of {size:,} bytes, but {end - at:,} are left")
            yield Field(number, wire, at, at + size, value)
            at += size

    def varint(self, at: int, end: int) -> tuple[int, int]:
        """A number, and where it ends. Raises Damaged."""
        value = 0
        for i in range(LONGEST):
            if at + i >= end:
                raise Damaged(f"it ends within the number at byte {at:,}")
            byte = self.data[at + i]
            value |= (byte & 0x7F) << (7 * i)
            if byte < 0x80:
                return value, at + i + 1
        raise Damaged(f"byte {at:,} begins a number of more than {LONGEST} bytes")


def signed(value: int) -> int:
    """The int64 that a number stands for."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def varint(value: int) -> bytes:
    """A number, not below 0."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def head(number: int, size: int) -> bytes:
    """What stands before the `size` bytes of a field."""
    return varint(number << 3 | BYTES) + varint(size)


def number(field: int, value: int) -> bytes:
    return varint(field << 3 | VARINT) + varint(value)
