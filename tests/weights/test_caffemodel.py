"""`.caffemodel` files: what protobuf writes, netspec reads, and the other way round; what is damaged is said."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import netspec
from netspec.diagnostics import SpecError
from netspec.weights import caffemodel, wire
from netspec.weights.wire import head, number, varint
from tests.weights.messages import classes
from tests.weights.nets import MANY, NETS, made, same

PACKED, PLAIN = classes(), classes(packed=False)
W = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
B = np.array([0.5, -0.5], np.float32)


def blob(values: NDArray[Any], legacy: bool = False, of: dict[str, Any] = PACKED) -> Any:
    message = of["BlobProto"]()
    if legacy:
        sizes = (*(1,) * (4 - values.ndim), *values.shape)
        message.num, message.channels, message.height, message.width = sizes
    else:
        message.shape.dim.extend(values.shape)
    numbers = message.double_data if values.dtype == np.float64 else message.data
    numbers.extend(values.ravel().tolist())
    return message


def v2(legacy: bool = False, of: dict[str, Any] = PACKED) -> Any:
    net = of["NetParameter"](name="net")
    net.layer.add(name="data", type="Input", top=["data"])
    layer = net.layer.add(name="conv", type="Convolution", bottom=["data"], top=["conv"], phase=1)
    layer.blobs.extend([blob(W, legacy, of), blob(B, legacy, of)])
    return net


def v1() -> Any:
    net = PACKED["NetParameter"](name="net", input=["data"], input_dim=[1, 3, 2, 2])
    layer = net.layers.add(name="conv", type=4, bottom=["data"], top=["conv"])
    layer.blobs.extend([blob(W, legacy=True), blob(B, legacy=True)])
    return net


def v0() -> Any:
    net = PACKED["NetParameter"]()
    outer = net.layers.add(bottom=["data"], top=["conv"])
    outer.layer.name, outer.layer.type, outer.layer.num_output = "conv", "conv", 2
    outer.layer.blobs.extend([blob(W, legacy=True), blob(B, legacy=True)])
    return net


def mixed() -> Any:
    """Caffe drops the entries of the newer format."""
    net = v1()
    net.layer.add(name="conv", type="Convolution").blobs.extend([blob(W * 2), blob(B)])
    return net


def doubles() -> Any:
    """Where there are both, double_data counts."""
    net = PACKED["NetParameter"]()
    layer = net.layer.add(name="conv")
    layer.blobs.extend([blob(W.astype(np.float64)), blob(B.astype(np.float64))])
    layer.blobs[0].data.extend([7.0] * W.size)
    return net


def trained() -> Any:
    """As snapshots with `snapshot_diff` have it."""
    net = v2()
    net.layer[1].blobs[0].diff.extend([1.0] * W.size)
    net.layer[1].blobs[1].double_diff.extend([1.0] * 7)
    return net


FORMATS = {
    "v2": v2(),
    "v2 with sizes of old": v2(legacy=True),
    "numbers one by one": v2(of=PLAIN),
    "v1": v1(),
    "v0": v0(),
    "v1 and v2": mixed(),
    "doubles": doubles(),
    "with gradients": trained(),
}
NET = netspec.load_text("""
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 2 dim: 2 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 2 kernel_size: 2 } }
""")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "net.caffemodel"
    path.write_bytes(FORMATS[name].SerializeToString())
    kind = np.float64 if name == "doubles" else np.float32
    same(netspec.load_weights(path, NET), {"conv": [W.astype(kind), B.astype(kind)]})


def test_without_a_net_blobs_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "net.caffemodel"
    path.write_bytes(v1().SerializeToString())
    same(netspec.load_weights(path), {"conv": [W, B.reshape(1, 1, 1, 2)]})


def test_pieces_of_a_message_are_put_together() -> None:
    """Protobuf allows a message in parts, and packed numbers in several fields."""
    data = W.tobytes()
    parts = [
        head(5, 40) + data[:40],
        head(7, len(varint(2)) + 1) + number(1, 2),
        head(5, 56) + data[40:],
        head(7, 5) + head(1, 3) + bytes((3, 2, 2)),
    ]
    body = head(1, 4) + b"conv" + head(7, sum(map(len, parts))) + b"".join(parts)
    weights = caffemodel.read("x", head(100, len(body)) + body)
    same(weights.params, {"conv": [W]})


def raw(values: NDArray[Any], kind: str, number_of_it: int) -> bytes:
    """A blob as NVIDIA's fork writes it: its shape, raw_data_type and raw_data."""
    data = values.astype(kind).tobytes()
    return shape_of(*values.shape) + number(10, number_of_it) + head(12, len(data)) + data


def shape_of(*dims: int) -> bytes:
    packed = b"".join(varint(d & (1 << 64) - 1) for d in dims)
    return head(7, len(head(1, len(packed)) + packed)) + head(1, len(packed)) + packed


def c3d(values: NDArray[Any]) -> bytes:
    """A blob as C3D v1.0 writes it: num, channels, length, height, width, and data in field 6, diff in field 7."""
    sizes = (*(1,) * (5 - values.ndim), *values.shape)
    data = values.astype("<f4").tobytes()
    fields = b"".join(number(i, size) for i, size in enumerate(sizes, 1))
    return fields + head(6, len(data)) + data + head(7, 4) + bytes(4)


@pytest.mark.parametrize(("kind", "of"), [("<f4", 1), ("<f2", 2), ("<f8", 0)])
def test_raw_data(tmp_path: Path, kind: str, of: int) -> None:
    path = tmp_path / "x.caffemodel"
    path.write_bytes(layer(raw(W, kind, of), raw(B, kind, of)))
    wanted = "float64" if of == 0 else "float32"
    same(netspec.load_weights(path, NET), {"conv": [W.astype(wanted), B.astype(wanted)]})


def test_numbers_come_before_raw_data() -> None:
    """As NVIDIA's Blob::FromProto has it."""
    both = raw(W * 2, "<f4", 1) + head(5, W.nbytes) + W.tobytes()
    same(caffemodel.read("x", layer(both)).params, {"conv": [W]})


CLIPS = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 4 dim: 6 dim: 6 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 2 kernel_size: 3 } }
"""


def test_blobs_with_a_length(tmp_path: Path) -> None:
    net, params = made(CLIPS)
    path, again = tmp_path / "x.caffemodel", tmp_path / "again.caffemodel"
    path.write_bytes(layer(*map(c3d, params["conv"])))
    same(netspec.load_weights(path, net), params)
    netspec.save_weights(again, params, net)
    same(netspec.load_weights(again, net), params)
    again.write_bytes(caffemodel.write(caffemodel.read("x", path.read_bytes()), "", {}))
    same(netspec.load_weights(again, net), params)


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("name", NETS)
def test_protobuf_reads_what_is_written(tmp_path: Path, name: str, kind: str) -> None:
    net, params = made(NETS[name], kind=kind)
    path = tmp_path / "net.caffemodel"
    netspec.save_weights(path, params, net)
    message = PACKED["NetParameter"].FromString(path.read_bytes())
    assert [(layer.name, layer.type) for layer in message.layer] == [(node.name, node.type) for node in net.layers]
    same({layer.name: [array(blob) for blob in layer.blobs] for layer in message.layer if layer.blobs}, params)
    same(netspec.load_weights(path), params)
    assert netspec.save_weights(tmp_path / "again.caffemodel", netspec.load_weights(path), net) is None
    assert (tmp_path / "again.caffemodel").read_bytes() == path.read_bytes()


def array(message: Any) -> NDArray[Any]:
    doubles = np.array(message.double_data, np.float64)
    values = doubles if doubles.size else np.array(message.data, np.float32)
    return values.reshape(tuple(message.shape.dim))


def test_not_a_number_and_its_like_survive(tmp_path: Path) -> None:
    bits = np.array([0x7FC00001, 0xFFC12345, 0x7F800000, 0x80000000, 1, 0], np.uint32)
    netspec.save_weights(tmp_path / "x.caffemodel", {"p": [bits.view(np.float32)]})
    (values,) = netspec.load_weights(tmp_path / "x.caffemodel")["p"]
    assert values.view(np.uint32).tolist() == bits.tolist()


def layer(*parts: bytes, name: bytes = b"conv") -> bytes:
    body = head(1, len(name)) + name + b"".join(head(7, len(part)) + part for part in parts)
    return head(100, len(body)) + body


def shaped(*dims: int, values: int = 0) -> bytes:
    packed = b"".join(varint(d & (1 << 64) - 1) for d in dims)
    shape = head(1, len(packed)) + packed
    return head(7, len(shape)) + shape + head(5, 4 * values) + bytes(4 * values)


HOSTILE = {
    "empty": (b"", "it holds no layers"),
    "a spec": (b'name: "LeNet"\nlayer { name: "data" }\n', "a .caffemodel is binary; this may be a spec"),
    "zeros": (bytes(64), "byte 0 begins a field with the number 0"),
    "a group": (varint(1 << 3 | 3), "byte 0 begins a field of kind 3"),
    "no kind of field": (varint(1 << 3 | 7), "byte 0 begins a field of kind 7"),
    "endless number": (b"\xff" * 100, "byte 0 begins a number of more than 10 bytes"),
    "end within a number": (b"\xa2", "it ends within the number at byte 0"),
    "end within a fixed number": (bytes((5 << 3 | 5, 0, 0)), "byte 0 begins a field of 4 bytes, but 2 are left"),
    "longer than the file": (head(100, 1 << 40), "byte 0 begins a field of 1,099,511,627,776 bytes, but 0 are left"),
    "longer than what it is in": (head(100, 3) + head(1, 90) + bytes(1), "of 90 bytes, but 1 are left"),
    "cut off": (v2().SerializeToString()[:-1], "are left"),
    "fewer numbers": (layer(shaped(2, 3, values=5)), 'blob 0 of layer "conv": its shape is 2×3, but it holds 5'),
    "more numbers": (layer(shaped(values=2)), "its shape is (), but it holds 2 numbers"),
    "no numbers": (layer(shaped(2)), "its shape is 2, but it holds 0 numbers"),
    "half a number": (layer(head(5, 6) + bytes(6)), "it holds 1.5 numbers"),
    "a great shape": (layer(shaped(1 << 40, 1 << 40)), "its shape is 1099511627776×1099511627776, but it holds 0"),
    "a negative size": (layer(shaped(-2, -3, values=6)), "its shape is -2×-3"),
    "a negative size of old": (layer(number(1, (1 << 64) - 1) + number(2, 1)), "its shape is -1×1×0×0"),
    "too many axes": (layer(shaped(*(1,) * 33, values=1)), "it has more than 32 axes"),
    "a negative size beside none": (layer(shaped(0, -5)), "its shape is 0×-5"),
    "nothing of a great shape": (layer(shaped(0, 1 << 62)), "its shape is 0×4611686018427387904"),
    "nothing of great shapes": (layer(shaped(1 << 31, 0, 1 << 31, 1 << 31)), "its shape is 2147483648×0×"),
    "too little raw data": (layer(raw(W, "<f4", 1)[:-3] + b""), "are left"),
    "raw data of another length": (layer(shape_of(2) + number(10, 1) + head(12, 3) + bytes(3)), "it holds 0.75 numb"),
    "raw data of no type": (layer(shape_of(2) + head(12, 8) + bytes(8)), "its raw_data does not say its type"),
    "raw data of integers": (layer(raw(B, "<i4", 3)), "its raw_data is of type 3, not double, float or half"),
    "a negative length": (layer(number(3, (1 << 64) - 1) + number(5, 1)), "its shape is 0×0×-1×0×1"),
    "a great length": (layer(number(3, 1 << 40) + number(5, 1 << 40)), "its shape is 0×0×1099511627776×0×"),
    "terminal": (layer(shaped(2), name=b"\x1b[2J\xff"), "\\xff"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_damage_is_said(tmp_path: Path, name: str) -> None:
    data, message = HOSTILE[name]
    path = tmp_path / "bad.caffemodel"
    path.write_bytes(data)
    with pytest.raises(SpecError) as caught:
        netspec.load_weights(path)
    (found,) = caught.value.diagnostics
    assert found.code == "NS503"
    assert found.message.startswith("bad.caffemodel cannot be read as weights: ")
    assert message in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_fields_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of nothing but layers, say, which would take many times its size in memory."""
    monkeypatch.setattr(wire, "MAX_FIELDS", 1000)
    empty = varint(100 << 3 | 2) + b"\0"
    assert len(caffemodel.read("x", empty * 1000).layers) == 1000
    with pytest.raises(SpecError, match="it has more than 1,000 fields"):
        caffemodel.read("x", empty * 1001)
    with pytest.raises(SpecError, match="it has more than 1,000 fields"):
        caffemodel.read("x", layer(varint(99 << 3) + b"\0") * 999)


def test_more_than_protobuf_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netspec.weights.files.MAX_BYTES", 100)
    monkeypatch.setattr("netspec.weights.caffemodel.MAX_BYTES", 100)
    path = tmp_path / "x.caffemodel"
    with pytest.raises(SpecError, match="would be larger than 2 GiB"):
        netspec.save_weights(path, {"conv": [W]})
    assert not path.exists()
    path.write_bytes(v2().SerializeToString())
    with pytest.raises(SpecError, match="is larger than 2 GiB"):
        netspec.load_weights(path)


SOUND = v2()
for index, values in enumerate(made(MANY)[1].values()):
    SOUND.layer.add(name=f"layer {index}").blobs.extend(blob(value) for value in values)
SOUND_FILE = SOUND.SerializeToString()


@given(st.data())
@settings(max_examples=300)
def test_no_damage_does_more_than_be_said(data: st.DataObject) -> None:
    """Bytes changed, inserted, dropped: weights or a diagnostic, and nothing larger than the file."""
    raw = bytearray(SOUND_FILE)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        piece = data.draw(st.sampled_from([b"", b"\xff", b"\xff\xff\xff\xff\x7f", b"\0", struct.pack("<q", -1)]))
        raw[at : at + data.draw(st.integers(0, 3))] = piece
    try:
        weights = caffemodel.read("x", bytes(raw))
    except SpecError as error:
        assert [d.code for d in error.diagnostics] == ["NS503"]
    else:
        assert sum(v.nbytes for blobs in weights.params.values() for v in blobs) <= len(raw)


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes(raw: bytes) -> None:
    try:
        caffemodel.read("x", raw)
    except SpecError as error:
        assert [d.code for d in error.diagnostics] == ["NS503"]
