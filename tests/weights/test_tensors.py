"""`.safetensors` files: what is damaged is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec.diagnostics import SpecError

h5py: Any = pytest.importorskip("h5py")
save_file: Any = pytest.importorskip("safetensors.numpy").save_file


def safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def entry(kind: str, shape: list[int], start: int, end: int) -> dict[str, Any]:
    return {"w/0": {"dtype": kind, "shape": shape, "data_offsets": [start, end]}}


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "text": b'name: "LeNet"\n' * 9,
    "a header longer than the file": safetensors({}, length=1 << 62),
    "no JSON": safetensors(b"{{{{"),
    "deep JSON": safetensors(b'{"a":' * 100_000),
    "data cut off": safetensors(entry("F32", [4], 0, 16), bytes(8)),
    "data beyond the file": safetensors(entry("F32", [1 << 40], 0, 1 << 42)),
    "a shape that does not match": safetensors(entry("F32", [4], 0, 8), bytes(8)),
    "a shape beyond all numbers": safetensors(entry("F32", [1 << 62, 1 << 62], 0, 8), bytes(8)),
    "offsets the wrong way round": safetensors(entry("F32", [1], 4, 0), bytes(4)),
    "data of two at once": safetensors({**entry("F32", [2], 0, 8), "v/0": entry("F32", [2], 4, 12)["w/0"]}, bytes(12)),
    "data with a gap": safetensors(entry("F32", [1], 4, 8), bytes(8)),
    "nothing of a great shape": safetensors(entry("F32", [0, 1 << 62], 0, 0)),
    "a negative size": safetensors(entry("F32", [-1], 0, 4), bytes(4)),
    "too many axes": safetensors(entry("F32", [1] * 100, 0, 4), bytes(4)),
    "a header that is a list": safetensors([]),
    "metadata of numbers": safetensors({"__metadata__": {"format": 5}}),
    "a kind that numpy lacks": safetensors(entry("BF16", [2], 0, 4), bytes(4)),
    "a kind that nobody has": safetensors(entry("F31", [2], 0, 4), bytes(4)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_damaged_safetensors(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(SpecError, match=r"error\[NS503\]: x.safetensors cannot be read as weights: "):
        netspec.load_weights(path)
