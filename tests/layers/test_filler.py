"""Which fillers can fill what. Caffe's own checks are in filler.hpp and math_functions.cpp."""

from __future__ import annotations

import pytest

import netspec
from netspec.diagnostics import Diagnostic, SpecError, errors
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source

INPUT = 'layer {{ name: "data" type: "Input" top: "data" input_param {{ shape {{ {} }} }} }}\n'
LAYER = 'layer {{ name: "L" type: "{}" bottom: "data" top: "y" {} }}'


def product(filler: str) -> tuple[str, str, str]:
    """On a weight of 10×24."""
    return "InnerProduct", f"inner_product_param {{ num_output: 10 weight_filler {{ {filler} }} }}", "2 24"


def convolution(filler: str, kernel: str = "kernel_size: 3", shape: str = "1 4 8 8") -> tuple[str, str, str]:
    """On a weight of 2×4×3×3."""
    return "Convolution", f"convolution_param {{ num_output: 2 {kernel} weight_filler {{ {filler} }} }}", shape


def cube(filler: str, kernel: int = 3) -> tuple[str, str, str]:
    return convolution(filler, f"kernel_size: {kernel}", "1 4 8 8 8")


def scalar(filler: str) -> tuple[str, str, str]:
    return "PReLU", f"prelu_param {{ channel_shared: true filler {{ {filler} }} }}", "2 24"


def unused(filler: str) -> tuple[str, str, str]:
    fields = f"num_output: 10 bias_term: false bias_filler {{ {filler} }}"
    return "InnerProduct", f"inner_product_param {{ {fields} }}", "2 24"


def check(text: str) -> list[Diagnostic]:
    return check_source(Source("test.net", text))


def written(spec: tuple[str, str, str]) -> str:
    type_name, body, shape = spec
    dims = " ".join(f"dim: {d}" for d in shape.split())
    return INPUT.format(dims) + LAYER.format(type_name, body)


REFUSED = [
    (product('type: "xaviar"'), "NS205", '"xaviar" is not', "did you mean xavier?"),
    (product('type: "Gaussian"'), "NS205", '"Gaussian" is not', "did you mean gaussian?"),
    (product('type: "orthogonal"'), "NS205", "one of constant, uniform, gaussian", None),
    (product('type: ""'), "NS205", '"" is not', None),
    (product(f'type: "{"x" * 10_000}"'), "NS205", "is not", None),
    (product("sparse: 3"), "NS206", "not for constant", "leave it out"),
    (product('type: "xavier" sparse: 0'), "NS206", "not for xavier", "leave it out"),
    (product('type: "gaussian" sparse: -2'), "NS206", "at least -1, is -2", "-1 keeps all"),
    (product('type: "gaussian" sparse: 11'), "NS206", "11 of 10, the first size of 10×24", "at most 10"),
    (product('type: "gaussian" std: 0'), "NS206", "std must be greater than 0, is 0.0", "constant"),
    (product('type: "gaussian" std: -0.1'), "NS206", "std must be greater than 0, is -0.1", "constant"),
    (product('type: "gaussian" std: nan'), "NS206", "std must be", None),
    (product('type: "uniform" min: 2'), "NS206", "2.0 and 1.0", None),
    (product('type: "radial" symmetric_fraction: 1.5'), "NS206", "at most 1.0, is 1.5", None),
    (product('type: "bilinear"'), "NS304", "square kernel on two axes; this one fills 10×24", None),
    (convolution('type: "bilinear"', "kernel_h: 3 kernel_w: 2"), "NS304", "fills 2×4×3×2", None),
    (cube('type: "bilinear"'), "NS304", "fills 2×4×3×3×3", None),
    (convolution('type: "radial"'), "NS304", "cubic kernel on three axes", None),
    (cube('type: "radial"', 2), "NS304", "odd size", None),
    (cube('type: "diagonal"'), "NS304", "at most four axes; this one fills 2×4×3×3×3", None),
    (convolution('type: "gabor"'), "NS304", "three channels and a square kernel", None),
    (convolution('type: "gabor"', shape="1 3 8 8"), "NS304", "64×3×3×3 or 96×3×11×11; this one fills 2×3×3×3", None),
    (product('type: "identity"'), "NS304", "as many numbers along its first axis as along its second", None),
    (scalar('type: "gaussian_unitball"'), "NS304", "at least one axis", None),
    (product('type: "gabor" sparse: 3'), "NS206", "not for gabor", "leave it out"),
    (product("values: 3"), "NS206", "not for constant", 'say type: "values"; value is one for all'),
    (product('type: "xavier" values: 3'), "NS206", "not for xavier", 'say type: "values"'),
    (product('type: "values" values: [1, nan]'), "NS206", "number 2 is nan", None),
    (product(f'type: "values" values: [{"1, " * 100_000} 1]'), "NS206", "100001 values are too many", "weights"),
    (
        convolution('type: "values" values: [1, 2, 3]'),
        "NS304",
        "3 values for a blob of 2×4×3×3, which has 72 numbers",
        "write all 2 × 4 × 3 × 3 = 72, the last axis counted first",
    ),
    (product('type: "values"'), "NS304", "0 values for a blob of 10×24", "240"),
    (scalar('type: "values" values: [1, 2]'), "NS304", "2 values for a blob of (), which has 1 number", "write all 1"),
    (scalar('type: "xavier"'), "NS304", "at least one axis; this one fills ()", None),
    (scalar('type: "gaussian" sparse: 0'), "NS304", "at least one axis to be sparse", None),
]


@pytest.mark.parametrize(("spec", "code", "words", "help"), REFUSED)
def test_refused(spec: tuple[str, str, str], code: str, words: str, help: str | None) -> None:
    (found,) = check(written(spec))
    assert found.code == code
    assert words in found.message
    assert help is None or (found.help is not None and help in found.help)


ACCEPTED = [
    product('type: "gaussian" std: 0.1 sparse: 10'),
    product('type: "gaussian" sparse: -1'),
    product('type: "uniform" min: 1'),
    product('type: "xavier" symmetric_fraction: 1.0'),
    product('type: "constant" std: 0'),
    convolution('type: "bilinear"'),
    cube('type: "radial"'),
    convolution('type: "diagonal" diag_val: [1, 2]'),
    cube('type: "radial" symmetric_fraction: 0', 2),
    scalar('type: "gaussian"'),
    unused('type: "gabor"'),
    unused("sparse: 1"),
]


@pytest.mark.parametrize("spec", ACCEPTED)
def test_accepted(spec: tuple[str, str, str]) -> None:
    assert not errors(check(written(spec)))


def test_a_blob_of_made_up_values() -> None:
    dummy = 'layer {{ name: "d" type: "DummyData" top: "d" dummy_data_param {{ {} shape {{ dim: 3 }} }} }}'
    (found,) = check(dummy.format('data_filler { type: "gausian" }'))
    assert (found.code, found.help) == ("NS205", "did you mean gaussian?")
    assert not check(dummy.format('data_filler { type: "gaussian" std: 0.5 }'))


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
@pytest.mark.parametrize("name", ["blob_proto"])
def test_what_no_backend_fills_by_is_refused_when_compiled(name: str, backend: str) -> None:
    text = written(convolution(f'type: "{name}" source: "w"'))
    assert [d.code for d in check(text)] == ["NS231"]  # a fork's filler: told, and accepted
    with pytest.raises(SpecError) as caught:
        netspec.build(netspec.load_text(text), backend=backend)
    (found,) = caught.value.diagnostics
    assert found.code == "NS401" and name in found.message
