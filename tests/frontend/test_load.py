"""The public functions, and the files they read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import netspec
from netspec import SpecError
from netspec.syntax.text import MAX_BYTES
from tests.frontend.pieces import codes, data, layer, messages

NET = data(1, 2) + layer("ReLU")


@pytest.mark.parametrize("kind", [str, Path])
def test_load(tmp_path: Path, kind: type[str] | type[Path]) -> None:
    path = tmp_path / "a.net"
    path.write_text(f'name: "two" {NET}')
    net = netspec.load(kind(path))
    assert (net.name, net.phase, net.blobs) == ("two", "TEST", {"data": (1, 2), "y": (1, 2)})
    first = net.layers[0]
    assert (first.name, first.type, first.bottoms, first.tops) == ("data", "Input", (), ("data",))
    assert netspec.check(kind(path)) == []


def test_a_label_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text(NET.replace("ReLU", "RELU"))
    ((label,),) = (diagnostic.labels for diagnostic in netspec.check(path))
    assert (label.source.name, label.source.position(label.span.start)) == (str(path), (2, 24))
    with pytest.raises(SpecError) as caught:
        netspec.load(path)
    assert caught.value.diagnostics == tuple(netspec.check(path))
    assert "did you mean ReLU?" in str(caught.value)


def test_warnings_do_not_stop_a_net() -> None:
    assert netspec.load_text(NET + layer("ReLU", tops="z", rest="pooling_param { }")).outputs == ("y", "z")


def unreadable(tmp_path: Path) -> list[Path]:
    (tmp_path / "latin.net").write_bytes('name: "déjà"'.encode("latin-1"))
    (tmp_path / "binary.caffemodel").write_bytes(b"\x0a\x07\xff\xfe\x00\x01")
    (tmp_path / "large.net").touch()
    with (tmp_path / "large.net").open("r+b") as file:
        file.truncate(MAX_BYTES + 1)
    return [*tmp_path.iterdir(), tmp_path, tmp_path / "missing.net", tmp_path / ("n" * 300), Path("nul\0")]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for path in unreadable(tmp_path):
        (diagnostic,) = netspec.check(path)
        assert diagnostic.code == "NS105", path
        with pytest.raises(SpecError):
            netspec.load(path)


def test_check_looks_at_every_state() -> None:
    train = layer("Sigmoid", "dat", "a", "include { phase: TRAIN }")
    test = layer("TanH", "dta", "b", "include { phase: TEST }")
    assert messages(NET, train, test) == [f'no layer above writes "{name}"' for name in ("dat", "dta")]


def test_a_fault_of_two_states_is_reported_once() -> None:
    """Though its message has other sizes in the other phase."""
    train = data(1, 2, name="x", rest="include { phase: TRAIN }")
    test = data(2, 2, name="x", rest="include { phase: TEST }")
    fault = layer("InnerProduct", "x", "y", "inner_product_param { num_output: 1 axis: 3 }")
    assert codes(train, test, fault) == ["NS303"]


def test_an_unknown_phase_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="BOTH"):
        netspec.load_text(NET, phase="BOTH")


def test_the_public_names() -> None:
    """`import netspec` loads nothing, and its functions stay functions once the modules of their names are loaded."""
    code = """if True:
        import sys
        import netspec
        assert not {"pydantic", "lark", "netspec.frontend.load", "netspec.net"} & set(sys.modules)
        import netspec.emit.code
        assert all(map(callable, (netspec.emit, netspec.load, netspec.verify, netspec.build)))
        assert {"load", "check", "emit", "build", "verify", "SpecError", "Diagnostic", "Net"} <= set(dir(netspec))
        netspec.load_text('name: "a"')
        assert not {"torch", "tensorflow"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_sound_text_needs_no_recovery() -> None:
    code = """if True:
        import sys
        import netspec
        rooms = ("netspec.syntax.recovery", "netspec.syntax.printing", "netspec.convert", "netspec.net.passes")
        netspec.load_text('input x: [1, 2]\\ny = ReLU(x)')
        assert not [name for name in sys.modules if name.startswith(rooms)]
        try:
            netspec.load_text('input x: [1, 2')
        except netspec.SpecError:
            assert rooms[0] in sys.modules
    """
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_other_names() -> None:
    with pytest.raises(AttributeError):
        _ = netspec.nothing
