"""ResNets as prototxt, written out as the published files are: every layer of He et al. 2016, one field a line."""

from __future__ import annotations

from collections.abc import Iterator

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def layer(type_name: str, name: str, bottoms: tuple[str, ...], top: str, params: str = "") -> str:
    lines = [*(f'bottom: "{bottom}"' for bottom in bottoms), f'top: "{top}"', f'name: "{name}"', f'type: "{type_name}"']
    return "layer {\n" + "".join(f"\t{line}\n" for line in lines) + params + "}\n\n"


def message(name: str, **fields: object) -> str:
    return f"\t{name} {{\n" + "".join(f"\t\t{key}: {value}\n" for key, value in fields.items()) + "\t}\n"


def convolution(name: str, bottom: str, outputs: int, kernel: int, stride: int) -> Iterator[str]:
    """A convolution, then BatchNorm and Scale in place, named after it: `res2a_branch1`, `bn2a_branch1`."""
    sizes = message(
        "convolution_param",
        num_output=outputs,
        kernel_size=kernel,
        pad=kernel // 2,
        stride=stride,
        bias_term="false",
    )
    place = name.removeprefix("res") if name.startswith("res") else f"_{name}"
    yield layer("Convolution", name, (bottom,), name, sizes)
    yield layer("BatchNorm", f"bn{place}", (name,), name, message("batch_norm_param", use_global_stats="true"))
    yield layer("Scale", f"scale{place}", (name,), name, message("scale_param", bias_term="true"))


def relu(blob: str) -> str:
    return layer("ReLU", f"{blob}_relu", (blob,), blob)


def block(name: str, bottom: str, width: int, stride: int, project: bool) -> Iterator[str]:
    """A bottleneck: 1x1, 3x3, 1x1, beside the identity or a 1x1 projection."""
    shortcut = bottom
    if project:
        shortcut = f"{name}_branch1"
        yield from convolution(shortcut, bottom, 4 * width, 1, stride)
    for letter, outputs, kernel in (("a", width, 1), ("b", width, 3), ("c", 4 * width, 1)):
        top = f"{name}_branch2{letter}"
        yield from convolution(top, bottom, outputs, kernel, stride if letter == "a" else 1)
        if letter != "c":
            yield relu(top)
        bottom = top
    yield layer("Eltwise", name, (shortcut, bottom), name)
    yield relu(name)


def layers(depth: int) -> Iterator[str]:
    yield f'name: "ResNet-{depth}"\ninput: "data"\ninput_dim: 1\ninput_dim: 3\ninput_dim: 224\ninput_dim: 224\n\n'
    yield from convolution("conv1", "data", 64, 7, 2)
    yield relu("conv1")
    yield layer("Pooling", "pool1", ("conv1",), "pool1", message("pooling_param", kernel_size=3, stride=2, pool="MAX"))
    bottom = "pool1"
    for stage, count in enumerate(BLOCKS[depth]):
        for i in range(count):
            name = f"res{stage + 2}{'a' if i == 0 else f'b{i}'}"
            yield from block(name, bottom, 64 * 2**stage, 2 if stage and not i else 1, project=i == 0)
            bottom = name
    yield layer("Pooling", "pool5", (bottom,), "pool5", message("pooling_param", kernel_size=7, stride=1, pool="AVE"))
    yield layer("InnerProduct", "fc1000", ("pool5",), "fc1000", message("inner_product_param", num_output=1000))
    yield layer("Softmax", "prob", ("fc1000",), "prob")


def prototxt(depth: int) -> str:
    """The whole net, for depth 50, 101 or 152. ResNet-152 is 670 layers in about 100 KB."""
    return "".join(layers(depth))


def chain(count: int) -> str:
    """A net of `count` layers, one after another: convolution, BatchNorm, Scale, ReLU, and again."""
    size = "input_param { shape { dim: 1 dim: 8 dim: 16 dim: 16 } }"
    parts = ['name: "chain"\n', f'layer {{ name: "data" type: "Input" top: "data" {size} }}\n']
    bottom = "data"
    for i in range((count + 2) // 4):
        parts += convolution(f"conv{i}", bottom, 8, 3, 1)
        parts.append(relu(f"conv{i}"))
        bottom = f"conv{i}"
    return "".join(parts[: count + 1])
