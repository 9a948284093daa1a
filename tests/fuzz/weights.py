"""Files of weights: some to begin with, mutations that know protobuf's wire format, and what has to hold of them."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np

import netspec
from netspec.diagnostics import SpecError
from netspec.net import Net
from netspec.weights.files import contents, encoded, load_mean, load_weights, read, save_weights
from netspec.weights.wire import BYTES, VARINT, Damaged, Reader, head, varint
from tests.fuzz.case import Case
from tests.fuzz.oracles import Broken, Step, diagnostics
from tests.fuzz.raw import mutated as mutated_bytes

SPEC = """
name: "Small"
input data: [2, 3, 8, 8]
conv = Convolution(data) { num_output: 2 kernel_size: 3 }
conv = BatchNorm(conv)
ip = InnerProduct(conv) { num_output: 2 }
"""
ODD = (0, 1, 2, 3, 127, 128, 2**31 - 1, 2**31, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
DEEPEST = 4


@cache
def net() -> Net:
    return netspec.load_text(SPEC)


@cache
def seeds() -> tuple[Case, ...]:
    """Whole files of every kind, with the weights of the small net."""
    random = np.random.default_rng(0)
    params = {
        layer: [random.normal(size=shape).astype(np.float32) for shape in shapes]
        for layer, shapes in net().params.items()
    }
    found: list[Case] = []
    with TemporaryDirectory(prefix="netspec-fuzz-") as folder:
        for name, target in (("a.caffemodel", None), ("a.safetensors", None), ("b.safetensors", "torch")):
            path = Path(folder, name)
            save_weights(path, params, net() if target else None, target)
            found.append(Case(path.suffix, path.read_bytes()))
        doubles = Path(folder, "d.caffemodel")
        save_weights(doubles, {"ip": [blob.astype(np.float64) for blob in params["ip"]]})
        found.append(Case(doubles.suffix, doubles.read_bytes()))
        found.append(_hdf5(Path(folder, "a.h5"), params))
    found += [Case(".caffemodel", _old(layers)) for layers in (2, 1)]
    found.append(Case(".binaryproto", _blob((1, 3, 2, 2))))
    return tuple(found)


def mutated(random: Random) -> Case:
    """A file with a few changes; where it is protobuf, mostly such as keep it a message."""
    case = random.choice(seeds())
    data = case.data
    for _ in range(random.choice((1, 1, 2, 3))):
        if case.suffix in (".caffemodel", ".binaryproto") and random.random() < 0.7:
            data = _message(random, data, 0)
        else:
            data = mutated_bytes(random, data)
    return Case(case.suffix if random.random() < 0.97 else random.choice((".caffemodel", ".h5", ".safetensors")), data)


def file(case: Case, step: Step) -> None:
    """Whatever the bytes, a file is read or refused; what is read can be written, and is the same then."""
    path = Path(f"case{case.suffix}")
    path.write_bytes(case.data)
    if case.suffix == ".binaryproto":
        step("load_mean", lambda: _refused(lambda: load_mean(path)))
        return
    step("load_weights", lambda: _refused(lambda: load_weights(path)))
    step("load_weights for a net", lambda: _refused(lambda: load_weights(path, net())))
    step("load_weights for a module", lambda: _refused(lambda: load_weights(path, net(), "tensorflow")))
    step("contents", lambda: _refused(lambda: contents(path)))
    step("convert", lambda: _refused(lambda: _again(path)))


def _refused(run: object) -> None:
    assert callable(run)
    try:
        run()
    except SpecError as error:
        diagnostics(error.diagnostics)


def _again(path: Path) -> None:
    weights = read(path)
    for suffix in (".caffemodel", ".safetensors"):
        try:
            data = encoded(Path(f"again{suffix}"), weights)
        except SpecError as error:
            diagnostics(error.diagnostics)
            continue
        Path(f"again{suffix}").write_bytes(data)
        other = contents(Path(f"again{suffix}"))
        if suffix == ".safetensors" and not weights.repeated and other.keys() != contents(path).keys():
            raise Broken(f"written as {suffix}: other blobs")


def _message(random: Random, data: bytes, depth: int) -> bytes:
    """A message with one field changed, at some depth."""
    try:
        fields = list(Reader(data).fields(0, len(data)))
    except Damaged:
        return mutated_bytes(random, data)
    if not fields:
        return data + head(random.randrange(1, 110), 0)
    field = random.choice(fields)
    tags = sorted([0, *(f.end for f in fields)])
    start = tags[tags.index(field.end) - 1]
    whole, inner = data[start : field.end], data[field.start : field.end]
    if field.wire == BYTES and depth < DEEPEST and random.random() < 0.7:
        changed = _message(random, inner, depth + 1)
        return data[:start] + head(field.number, len(changed)) + changed + data[field.end :]
    number = random.choice((field.number, field.number, *range(1, 12), 50, 100))
    other = random.choice(
        (
            b"",
            whole * random.choice((2, 3, 40)),
            varint(number << 3 | VARINT) + varint(random.choice(ODD)),
            head(number, len(inner)) + inner,
            head(number, random.choice(ODD)) + inner,
            head(number, 0),
            varint(number << 3 | random.randrange(8)) + inner,
            head(number, 8) + struct.pack("<d", random.choice((0.0, float("nan"), float("inf"), 1e300))),
        )
    )
    return data[:start] + other + data[field.end :]


def _hdf5(path: Path, params: dict[str, list[np.ndarray]]) -> Case:
    import h5py

    with h5py.File(path, "w") as file:
        for layer, blobs in params.items():
            for i, blob in enumerate(blobs):
                file[f"data/{layer}/{i}"] = blob
    return Case(".h5", path.read_bytes())


def _old(form: int) -> bytes:
    """A model in V1's format, or in V0's, with sizes of old."""
    names, blobs = {1: (4, 6), 2: (1, 50)}[form]
    layer = (
        head(names, 2) + b"ip" + b"".join(head(blobs, len(b)) + b for b in (_blob((1, 1, 2, 72)), _blob((1, 1, 1, 2))))
    )
    if form == 2:
        layer = head(1, len(layer)) + layer
    return head(2, len(layer)) + layer


def _blob(shape: tuple[int, int, int, int]) -> bytes:
    numbers = np.arange(np.prod(shape), dtype="<f4").tobytes()
    sizes = b"".join(varint(i << 3 | VARINT) + varint(size) for i, size in enumerate(shape, 1))
    return sizes + head(5, len(numbers)) + numbers
