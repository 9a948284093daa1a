"""How parameters begin: the numbers that emitted code draws, and those that Caffe would draw."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import permutations, product
from typing import Any, TypeAlias

import numpy as np
import pytest

import netspec
from tests.frameworks.cases import inputs, layer

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
BACKENDS = ("torch", "tensorflow", "numpy")
SIGMAS = 5  # how far a figure of a sample may be from what is expected

# A layer whose weight has the shape that the fans are counted from.
PRODUCT = ("InnerProduct", "inner_product_param { num_output: 200 %s }", (1, 300))  # 200×300
TURNED = ("InnerProduct", "inner_product_param { num_output: 200 transpose: true %s }", (1, 300))  # 300×200
GROUPS = ("Convolution", "convolution_param { num_output: 60 group: 2 kernel_size: 5 %s }", (1, 40, 5, 5))  # 60×20×5×5
ADJOINT = (
    "Deconvolution",
    "convolution_param { num_output: 60 group: 2 kernel_size: 5 %s }",
    (1, 40, 5, 5),
)  # 40×30×5×5
DEPTHWISE = ("Convolution", "convolution_param { num_output: 300 group: 300 kernel_size: 5 %s }", (1, 300, 5, 5))
CUBES = ("Convolution", "convolution_param { num_output: 10 kernel_size: 3 %s }", (1, 4, 3, 3, 3))  # 10×4×3×3×3
WORDS = ("Embed", "embed_param { num_output: 200 input_dim: 300 %s }", (4,))  # 300×200
Kind: TypeAlias = tuple[str, str, tuple[int, ...]]


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    """The frameworks' generators as after a start, from a seed, and as they were in the end."""
    import tensorflow as tf
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(1)
        tf.random.set_seed(1)
        yield
        tf.random.set_seed(None)


def blobs(kind: Kind, backend: str, filler: str = "", bias: str = "", dtype: str = "float64") -> list[Floats]:
    """The parameters of a layer as it begins."""
    type_name, message, shape = kind
    fillers = f"weight_filler {{ {filler} }} bias_filler {{ {bias} }}"
    text = inputs(data=shape) + layer(type_name, "data", "y", message % fillers, "L")
    return netspec.build(netspec.load_text(text), backend, dtype=dtype).get_params()["L"]


def weight(kind: Kind, backend: str, filler: str, dtype: str = "float64") -> Floats:
    return blobs(kind, backend, filler, dtype=dtype)[0]


def holds(values: Floats, mean: float, std: float, kurtosis: float) -> None:
    """The mean and the deviation of a sample are those of its distribution, as far as one of its size can tell."""
    n = values.size
    assert abs(values.mean() - mean) < SIGMAS * std / math.sqrt(n)
    assert abs(values.std() - std) < SIGMAS * std * math.sqrt((kurtosis - 1) / (4 * n))
    distinct = len(np.unique(values))
    assert distinct > 0.99 * n, f"{n - distinct} of {n} numbers are not new"


def uniform(values: Floats, low: float, high: float) -> None:
    """Evenly spread, to both ends."""
    width = high - low
    holds(values, (low + high) / 2, width / math.sqrt(12), 1.8)
    assert low <= values.min() < low + 10 * width / values.size
    assert high >= values.max() > high - 10 * width / values.size


def normal(values: Floats, mean: float, std: float) -> None:
    holds(values, mean, std, 3.0)
    near = np.mean(np.abs(values - mean) < std)
    assert abs(near - math.erf(math.sqrt(0.5))) < SIGMAS * 0.5 / math.sqrt(values.size)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("filler, value", [("", 0), ("value: 0.2", 0.2), ('type: "constant" value: 1', 1)])
def test_constant(backend: str, dtype: str, filler: str, value: float) -> None:
    for blob in blobs(PRODUCT, backend, filler, filler, dtype):
        assert np.array_equal(blob, np.full(blob.shape, value, dtype))


SMALL = ("Convolution", "convolution_param { num_output: 2 kernel_h: 2 kernel_w: 3 %s }", (1, 2, 4, 4))  # 2×2×2×3
LITTLE = ("InnerProduct", "inner_product_param { num_output: 2 %s }", (1, 3))  # 2×3
BACK = ("InnerProduct", "inner_product_param { num_output: 2 transpose: true %s }", (1, 3))  # 3×2
UPWARDS = ("Deconvolution", "convolution_param { num_output: 2 kernel_size: 2 group: 2 %s }", (1, 4, 3, 3))  # 4×1×2×2
CHANNELWISE = ("Convolution", "convolution_param { num_output: 2 group: 2 kernel_size: 2 %s }", (1, 2, 3, 3))  # 2×1×2×2
FILM = ("Convolution", "convolution_param { num_output: 1 kernel_size: 2 %s }", (1, 1, 3, 3, 3))  # 1×1×2×2×2
TABLE = ("Embed", "embed_param { num_output: 2 input_dim: 3 %s }", (4,))  # 3×2


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", [SMALL, LITTLE, BACK, UPWARDS, CHANNELWISE, FILM, TABLE])
def test_values(backend: str, kind: Kind) -> None:
    """In Caffe's order and layout, whatever that of the framework."""
    shape = blobs(kind, "numpy")[0].shape
    wanted = (np.arange(math.prod(shape)) - 2.5).reshape(shape) / 3
    filler = f'type: "values" values: {[*map(float, wanted.ravel())]}'
    found, bias = blobs(kind, backend, filler, 'type: "values" values: [-1, 1e-3]' if shape[0] == 2 else "")
    assert np.array_equal(found, wanted)
    assert bias.tolist() == ([-1, 1e-3] if shape[0] == 2 else [0] * len(bias))


@pytest.mark.parametrize("backend", BACKENDS)
def test_values_of_a_member(backend: str) -> None:
    """Of parameters that the module declares itself."""
    prelu = ("PReLU", "prelu_param { filler { type: 'values' values: [0.1, 0.2, 0.3] } }", (1, 3, 2, 2))
    text = inputs(data=prelu[2]) + layer(prelu[0], "data", "y", prelu[1], "L")
    (found,) = netspec.build(netspec.load_text(text), backend, dtype="float64").get_params()["L"]
    assert found.tolist() == [0.1, 0.2, 0.3]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("filler, low, high", [("", 0, 1), ("min: -0.3 max: 0.1", -0.3, 0.1), ("min: -1", -1, 1)])
def test_uniform(backend: str, filler: str, low: float, high: float) -> None:
    uniform(weight(PRODUCT, backend, f'type: "uniform" {filler}'), low, high)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("filler, mean, std", [("", 0, 1), ("std: 0.01", 0, 0.01), ("mean: 2 std: 3", 2, 3)])
def test_gaussian(backend: str, filler: str, mean: float, std: float) -> None:
    normal(weight(PRODUCT, backend, f'type: "gaussian" {filler}'), mean, std)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind, outputs", [(PRODUCT, 200), (TURNED, 300), (GROUPS, 60), (WORDS, 300)])
@pytest.mark.parametrize("sparse", [0, 15, 60])
def test_sparse(backend: str, kind: Kind, outputs: int, sparse: int) -> None:
    """Caffe keeps a number with the probability sparse / the first size, which it takes for the number of outputs."""
    values = weight(kind, backend, f'type: "gaussian" mean: 1 std: 0.1 sparse: {sparse}')
    kept, p = values != 0, sparse / outputs
    assert abs(kept.mean() - p) <= SIGMAS * math.sqrt(p * (1 - p) / values.size)
    if sparse:
        normal(values[kept], 1, 0.1)


# What Caffe counts as fans: the numbers of a weight, divided by its first size or by its second one.
FANS = [
    (PRODUCT, 300, 200),
    (TURNED, 200, 300),
    (GROUPS, 20 * 25, 60 * 25),
    (ADJOINT, 30 * 25, 40 * 25),
    (DEPTHWISE, 25, 300 * 25),
    (WORDS, 200, 300),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "kind, fan_in, fan_out", FANS, ids=["product", "turned", "groups", "adjoint", "depthwise", "words"]
)
@pytest.mark.parametrize(
    "norm, fan",
    [
        ("", lambda fan_in, fan_out: fan_in),
        ("variance_norm: FAN_IN", lambda fan_in, fan_out: fan_in),
        ("variance_norm: FAN_OUT", lambda fan_in, fan_out: fan_out),
        ("variance_norm: AVERAGE", lambda fan_in, fan_out: (fan_in + fan_out) / 2),
    ],
    ids=["default", "in", "out", "average"],
)
def test_xavier_and_msra(
    backend: str, kind: Kind, fan_in: int, fan_out: int, norm: str, fan: Callable[[int, int], float]
) -> None:
    n = fan(fan_in, fan_out)
    uniform(weight(kind, backend, f'type: "xavier" {norm}'), -math.sqrt(3 / n), math.sqrt(3 / n))
    normal(weight(kind, backend, f'type: "msra" {norm}'), 0, math.sqrt(2 / n))
    normal(weight(kind, backend, f'type: "msra" alpha: 0.5 {norm}'), 0, math.sqrt(2 / n / 1.25))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("norm, fan", [("FAN_IN", 1), ("FAN_OUT", 5000), ("AVERAGE", 2500.5)])
def test_fans_of_one_axis(backend: str, norm: str, fan: float) -> None:
    """The fan_in of N numbers is 1, their fan_out N."""
    kind = ("InnerProduct", "inner_product_param { num_output: 5000 %s }", (1, 1))
    _, bias = blobs(kind, backend, "", f'type: "msra" variance_norm: {norm}')
    normal(bias, 0, math.sqrt(2 / fan))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", [PRODUCT, TURNED, GROUPS, ADJOINT], ids=["product", "turned", "groups", "adjoint"])
def test_positive_unitball(backend: str, kind: Kind) -> None:
    """Uniform, each row divided by its sum: then a number is 2 / its row's length at most, as far as the law holds."""
    values = weight(kind, backend, 'type: "positive_unitball"')
    rows = values.reshape(len(values), -1)
    np.testing.assert_allclose(rows.sum(1), 1, rtol=1e-12)
    unscaled = rows / rows.max(1, keepdims=True)
    assert values.min() >= 0
    assert abs(unscaled.mean() - 0.5) < 0.02
    assert abs(unscaled.std() - math.sqrt(1 / 12)) < 0.02


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", [PRODUCT, TURNED, GROUPS], ids=["product", "turned", "groups"])
def test_gaussian_unitball(backend: str, kind: Kind) -> None:
    """happynear's filler: each row is normal, and brought to length 1."""
    values = weight(kind, backend, 'type: "gaussian_unitball" std: 9')
    rows = values.reshape(len(values), -1)
    np.testing.assert_allclose((rows**2).sum(1), 1, rtol=1e-9)
    normal(rows * math.sqrt(rows.shape[1]), 0, 1)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("size", [1, 3])
def test_identity(backend: str, size: int) -> None:
    """happynear's filler sets number i·C + i of the weight, whatever the kernel."""
    message = f"convolution_param {{ num_output: 4 kernel_size: {size} %s }}"
    values = weight(("Convolution", message, (1, 4, 5, 5)), backend, 'type: "identity"')
    expected = np.zeros(values.size)
    expected[[0, 5, 10, 15]] = 1
    assert np.array_equal(values.ravel(), expected)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 16])
@pytest.mark.parametrize("type_name", ["Convolution", "Deconvolution"])
def test_bilinear(backend: str, size: int, type_name: str) -> None:
    """Every number as Caffe's loop over them all computes it."""
    message = f"convolution_param {{ num_output: 4 group: 2 kernel_size: {size} %s }}"
    values = weight((type_name, message, (1, 6, 16, 16)), backend, 'type: "bilinear"')
    f = math.ceil(size / 2)
    c = (size - 1) / (2 * f)
    expected = np.empty(values.size)
    for i in range(values.size):
        x, y = i % size, i // size % size
        expected[i] = (1 - abs(x / f - c)) * (1 - abs(y / f - c))
    np.testing.assert_allclose(values, expected.reshape(values.shape), rtol=1e-12)


def equivalent(size: int) -> list[set[tuple[int, ...]]]:
    """The positions of a cube in classes: what mirrored axes and swapped axes make of one of them."""
    mid, classes = size // 2, list[set[tuple[int, ...]]]()
    for at in product(range(size), repeat=3):
        if not any(at in found for found in classes):
            mirrored = product(*({i, 2 * mid - i} for i in at))
            classes.append({swapped for image in mirrored for swapped in permutations(image)})
    return classes


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("size, fraction", [(3, 1.0), (3, 0.5), (3, 0.0), (5, 0.39), (1, 1.0)])
def test_radial(backend: str, size: int, fraction: float) -> None:
    """gnina's filler: the first filters are symmetric, the others as xavier draws them."""
    message = f"convolution_param {{ num_output: 10 kernel_size: {size} %s }}"
    values = weight(
        ("Convolution", message, (1, 4, size, size, size)),
        backend,
        f'type: "radial" symmetric_fraction: {fraction}',
    )
    symmetric = int(10 * fraction)
    orbits = equivalent(size)
    for kernel in values.reshape(-1, size, size, size)[: symmetric * 4]:
        assert all(len({kernel[at] for at in orbit}) == 1 for orbit in orbits)
        assert len(np.unique(kernel)) == len(orbits)
    assert len(np.unique(values[symmetric:])) == values[symmetric:].size
    bound = math.sqrt(3 / (4 * size**3))
    assert np.abs(values).max() <= bound
    assert np.abs(values).max() > 0.8 * bound


# The first layers that intel's filler knows, and some of their kernels as its rules give them, worked out by hand:
# which, its height, deviation, frequency, phase and angle (by π), and its colour.
GABOR: dict[tuple[int, int], list[tuple[int, float, float, float, float, float, tuple[float, float, float]]]] = {
    (32, 5): [
        (3, 0.5, 0.6, 2, 0, 3 / 8, (1, 1, 1)),
        (8, 0.5, 0.6, 1, 0, 1 / 12, (1, 1, 1)),
        (13, 0.5, 0.6, 1, 0, 5 / 6 + 1 / 12, (1, 1, 1)),
        (15, 0.5, 0.75, 0.25, 1, 0, (1, -1, 1)),
        (19, 0.5, 0.6, 0.5, 0.5, 1.5 + 3 / 8, (1, 1, 1)),
        (22, 0.5, 0.6, 0.5, 0.5, 1 + 3 / 8, (1, 0, -1)),
        (25, 0.5, 0.6, 0.5, 0.5, 0.5 + 3 / 8, (-1, 1, 1)),
        (29, 0.5, 0.6, 0.5, 0.5, 0.5 + 1 / 8, (-1, 1, -1)),
        (30, 0.5, 0.6, 0.5, 0.5, 3 / 8, (1, 1, 0)),
    ],
    (64, 7): [
        (11, 1 / 1.375, 0.475, 3 / 2.5, 1 + 3 / 8, 1 / 4, (1, 1, 1)),
        (34, 0.5, 0.45, 3, 1, 2 / 8, (1, 1, 1)),
        (42, 1 / 2, 1 / 1.5, 1 / 4, 13, 0, (0.25, -1, 1)),
        (47, 2 / 3, 1, 1 / 4, 0.5, 7 + 1 / 8, (1, 0.1, -0.5)),
        (50, 2 / 3, 1, 1 / 4, 0.5, 2 / 4 + 1 / 32, (-0.5, 0.1, 1)),
        (57, 1, 1, 1 / 4, 0.5, 1 / 2 + 1 / 8, (0.25, -1, 1)),
        (63, 2 / 3, 1, 1 / 4, 0.5, 7 / 2 + 1 / 8, (-1, -1, 1)),
    ],
    (64, 3): [(11, 1 / 1.375, 1, 1 / 2.5, 1 + 3 / 8, 1 / 4, (1, 1, 1)), (40, 1, 1, 1 / 4, 13, 0, (0.25, -1, 1))],
    (96, 11): [
        (47, 1 / 3 / 1.875, 0.675, 5 / 4.5, 1 + 3 / 8, 5 / 6, (1, 1, 1)),
        (53, 1 / 3 / 1.5, 1 / 2, 1 / 4, 13, 0, (0.25, -1, 1)),
        (58, 1 / 4.5, 0.75, 5 / 8, 0.5, 1 + 1 / 8, (-1, 1, -0.5)),
        (61, 1 / 9, 2, 5 / 8, 0.5, 1 / 2 + 1 / 8, (1, -0.5, -0.75)),
        (66, 1 / 4.5, 0.75, 5 / 4, 0.5, 2 / 4 + 1 / 32, (1, 0.1, -0.75)),
        (79, 1 / 4.5, 1, 5 / 12, 0.5, 7 / 4 + 1 / 32, (-0.5, 0.1, 1)),
        (80, 1 / 7.5, 1, 5 / 8, 0.5, 1 / 32, (-1, -1, 1)),
        (91, 1 / 3, 0.6, 5 / 16, 0.5, 3 / 2 + 1 / 16, (1, 1, 1)),
        (95, 1 / 12, 0.75, 5 / 4, 0.5, 7 / 4 + 1 / 32, (-1, -1, 1)),
    ],
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("filters", "size"), GABOR)
def test_gabor(backend: str, filters: int, size: int) -> None:
    """Number by number, as the loops of intel's gabor.hpp."""
    message = f"convolution_param {{ num_output: {filters} kernel_size: {size} %s }}"
    values = weight(("Convolution", message, (1, 3, 12, 12)), backend, 'type: "gabor"')
    assert len(np.unique(values[:, 0].reshape(filters, -1), axis=0)) > 0.7 * filters
    for which, height, sigma, frequency, phase, turn, colour in GABOR[filters, size]:
        for c, row, column in product(range(3), range(size), range(size)):
            x, y = 2 * column / (size - 1) - 1, 2 * row / (size - 1) - 1
            along = x * math.cos(turn * math.pi) - y * math.sin(turn * math.pi)
            bell = height * math.exp(-(x * x + y * y) / (2 * sigma * sigma))
            value = colour[c] * bell * math.cos(along * frequency * math.pi + phase * math.pi)
            assert math.isclose(values[which, c, row, column], value, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_diagonal(backend: str) -> None:
    """FlowNet's filler: filter i looks at channel i alone, with a kernel that is flat."""
    message = "convolution_param { num_output: 4 kernel_size: 2 %s }"
    values = weight(("Convolution", message, (1, 3, 4, 4)), backend, 'type: "diagonal" diag_val: 8 diag_val: -2')
    wanted = np.zeros((4, 3, 2, 2))
    for i, value in enumerate((2, -0.5, 0.25)):
        wanted[i, i] = value
    np.testing.assert_array_equal(values, wanted)
    message = "inner_product_param { num_output: 2 transpose: true %s }"
    values = weight(("InnerProduct", message, (1, 3)), backend, 'type: "diagonal"')
    np.testing.assert_array_equal(values, np.eye(3, 2))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_symmetric_fraction_is_for_radial_alone(backend: str) -> None:
    values = weight(CUBES, backend, 'type: "xavier" symmetric_fraction: 1')
    assert len(np.unique(values)) == values.size


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_layer_begins_with_where_nothing_is_said(backend: str) -> None:
    text = inputs(data=(2, 3, 4)) + layer("Scale", "data", "a", "scale_param { bias_term: true }", "scale")
    text += layer("PReLU", "a", "b", name="slope") + layer("PReLU", "b", "c", "prelu_param { filler { } }", "flat")
    text += layer("Bias", "c", "d", name="bias") + layer("BatchNorm", "d", "e", name="norm")
    params = netspec.build(netspec.load_text(text), backend).get_params()
    begun = {name: [float(value) for blob in found for value in np.unique(blob)] for name, found in params.items()}
    factor = 0 if backend == "numpy" else 1  # which a module does not keep
    assert begun == {"scale": [1, 0], "slope": [0.25], "flat": [0], "bias": [0], "norm": [0, 0, factor]}
