"""`netspec diff`: what it prints, and its exit status."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

SOUND = """\
name: "Small"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 }
}
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: 5 } }
"""
CHANGED = (
    SOUND.replace('"Small"', '"Wider"')
    .replace("num_output: 4 kernel_size: 3", 'num_output: 6 kernel_size: 3 pad: 1 weight_filler { type: "xavier" }')
    .replace('layer { name: "relu" type: "ReLU"', 'layer { name: "act" type: "ReLU"')
    .replace(
        'layer { name: "ip"',
        'layer { name: "drop" type: "Dropout" bottom: "conv" top: "conv" }\nlayer { name: "ip"',
    )
)
TRAINED = SOUND + 'layer { name: "mask" type: "ReLU" bottom: "ip" top: "mask" include { phase: TRAIN } }\n'


def block(name: str, bottom: str, count: int) -> str:
    return "".join(
        f'layer {{ name: "{name}{i}" type: "ReLU" bottom: "{bottom}" top: "{bottom}" }}\n' for i in range(count)
    )


# Blocks in blocks: one of the two convolutions of `pair` has no name of its own, and `alone` is used once.
BLOCKS = """\
input data: [1, 4, 8, 8]
block conv(x, n) -> y {
  y = Convolution(x) { num_output: n kernel_size: 3 pad: 1 }
  y = ReLU(y) { name: "act" }
}
block pair(x, n) -> y { a = conv(x, n)  y = conv(a, 2 * n) { name: "" } | Pooling { kernel_size: 2 stride: 2 } }
block alone(x) -> y { y = InnerProduct(x) { num_output: 3 } }
x = pair(data, 4)
repeat i in 1..2 { x = pair(x, 8) }
y = alone(x)
"""
BIASED = BLOCKS.replace("kernel_size: 3 pad: 1", "kernel_size: 3 pad: 1 bias_term: false")

# The old net, the new one, and options.
CASES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "changed": (SOUND, CHANGED, ()),
    "back": (CHANGED, SOUND, ()),
    "all": (SOUND, CHANGED, ("--all",)),
    "markdown": (SOUND, CHANGED, ("--format", "markdown")),
    "json": (SOUND, CHANGED, ("--format", "json", "--phase", "TEST")),
    "train": (SOUND, TRAINED, ()),
    "train_markdown": (SOUND, TRAINED, ("--format", "markdown")),
    "runs": (SOUND + block("a", "ip", 20), SOUND + block("b", "ip", 40), ()),
    "fold": (BLOCKS, BIASED.replace("num_output: 3", "num_output: 4"), ("--fold",)),
    "fold_markdown": (BIASED, BLOCKS, ("--fold", "--format", "markdown")),
    "fold_inner": (BLOCKS, BLOCKS.replace("conv(a, 2 * n)", "conv(a, 3 * n)"), ("--fold", "--all")),
    "fold_renamed": (BLOCKS, BLOCKS.replace('"act"', '"relu"'), ("--fold",)),
    "fold_removed": (BLOCKS, BLOCKS.replace('  y = ReLU(y) { name: "act" }\n', ""), ("--fold",)),
    "fold_some": (BLOCKS, BLOCKS.replace("MAX", "AVE").replace("pair(x, 8)", "pair(x, 16)"), ("--fold",)),
    "fold_flat": (SOUND, CHANGED, ("--fold",)),
    "types": (SOUND, SOUND.replace('"ReLU"', '"PReLU"'), ()),
    "equal": (SOUND, f"# the same\n{SOUND}", ()),
    "open": (
        'layer { name: "d" type: "Data" top: "d" data_param { batch_size: 2 source: "x" } }\n',
        'layer { name: "d" type: "Data" top: "d" top: "l" data_param { batch_size: 4 source: "y" } }\n',
        (),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_prints(folder: Path, netspec: Netspec, golden: Callable[[str, str], None], case: str) -> None:
    old, new, options = CASES[case]
    (folder / "a.net").write_text(old)
    (folder / "b.net").write_text(new)
    result = netspec("diff", "a.net", "b.net", *options)
    assert (result.status, result.err) == (0 if case == "equal" else 1, "")
    golden(f"cli/diff.{case}.txt", result.out)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("small.net", "deep/test.pt"), 0, "small.net and deep/test.pt are equal: 4 layers, TEST and TRAIN"),
        (("small.net", "small.net", "--phase", "TRAIN"), 0, "4 layers, TRAIN"),
        (("small.net", "small.net", "--quiet"), 0, ""),
        (("small.net", "changed.net", "-q"), 1, ""),
        (("small.net", "faulty.net"), 1, "error[NS"),
        (("small.net", "absent.net"), 1, "absent.net cannot be read"),
        (("-", "-"), 2, "only one of the two"),
        (("small.net",), 2, "NEW"),
        (("small.net", "train.net"), 1, "train.net is no net in TEST, and not compared there"),
    ],
)
def test_status(folder: Path, netspec: Netspec, arguments: tuple[str, ...], status: int, said: str) -> None:
    (folder / "changed.net").write_text(CHANGED)
    (folder / "train.net").write_text(SOUND.replace('top: "data"', 'top: "data" include { phase: TRAIN }'))
    result = netspec("diff", *arguments)
    assert result.status == status
    assert said in result.out + result.err
    if not said:
        assert result.out + result.err == ""


def test_standard_input(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (("-", "small.net"), ("small.net", "-")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SOUND.encode())))
        result = netspec("diff", *arguments)
        assert result.status == 0
        assert "standard input" in result.out


def test_json_has_plain_values(folder: Path, netspec: Netspec) -> None:
    (folder / "new.net").write_text(CHANGED.replace('"xavier"', '"xavier" variance_norm: AVERAGE'))
    found = json.loads(netspec("diff", "small.net", "new.net", "--format", "json").out)
    assert not found["equal"]
    assert [phase["phase"] for phase in found["phases"]] == ["TEST", "TRAIN"]
    (conv,) = (pair for pair in found["phases"][0]["changed"] if pair["new"]["name"] == "conv")
    values = {each["field"]: (each["old"], each["new"]) for each in conv["changes"]}
    assert values["num_output"] == (4, 6)
    assert values["pad"] == ([0], [1])
    assert values["weight_filler.variance_norm"] == ("FAN_IN", "AVERAGE")
    assert values["weight_filler.type"] == ("constant", "xavier")


def test_colours_only_where_they_are_wanted(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "new.net").write_text(CHANGED)
    assert "\x1b" not in netspec("diff", "small.net", "new.net").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr("netspec.cli.terminal.colours", lambda stream: True)  # the fixture unsets FORCE_COLOR
    assert "\x1b[32m+ drop" in netspec("diff", "small.net", "new.net").out


def test_names_and_values_cannot_write_to_the_terminal(folder: Path, netspec: Netspec) -> None:
    evil = CHANGED.replace('"drop"', '"\\033[2Jdrop"').replace('"Wider"', '"\\033[1m"').replace("xavier", "\\033[1m")
    evil = evil.replace('top: "ip"', 'top: "\\033[3m" param { name: "\\033[4m" }')
    (folder / "evil.net").write_text(evil)
    (folder / "fine.net").write_text(SOUND.replace("4 kernel", '4 weight_filler { type: "gaussian" } kernel'))
    for form in ("human", "markdown", "json"):
        for options in ((), ("--all",)):
            for files in (("fine.net", "evil.net"), ("evil.net", "fine.net")):
                assert "\x1b" not in netspec("diff", *files, "--format", form, *options).out
