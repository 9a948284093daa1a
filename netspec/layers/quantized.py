"""Fields of Synopsys' fork for numbers of few bits: what stands for 1 and for 0 in them, and how they are bounded.

Layers compute with plain numbers here; that is what the defaults of these fields mean.
Source: caffe.proto of Synopsys' caffe.
"""

from __future__ import annotations

from enum import IntEnum

from pydantic import Field

from netspec.layers.base import Layer, Site

# `None` is a name of it, which Python does not take in a class.
SaturateMethod = IntEnum(
    "SaturateMethod", {"None": 0, "Signed": 1, "Unsigned": 2, "Signed_8bit": 3, "Unsigned_8bit": 4}
)
PLAIN = SaturateMethod(0)
PARTS = ("input", "output", "weight", "bias")


class QuantizedOutput(Layer):
    """How the output is stored."""

    output_scale: float = Field(default=1.0, description="Synopsys' fork, quantized: supported as 1")
    output_zero_point: int = Field(default=0, description="Synopsys' fork, quantized: supported as 0")

    def lacks(self, site: Site) -> str:
        plain = {f"{part}_scale": 1 for part in PARTS} | {f"{part}_zero_point": 0 for part in PARTS}
        for name, value in self:
            if name in plain and any(v != plain[name] for v in (value if isinstance(value, tuple) else (value,))):
                return f"numbers of few bits are not there: {name} is supported as {plain[name]}"
            if name == "saturate" and value != PLAIN:
                return "numbers of few bits are not there: saturate is supported as None"
        return super().lacks(site)


class Quantized(QuantizedOutput):
    """How input and output are stored."""

    input_scale: float = Field(default=1.0, description="Synopsys' fork, quantized: supported as 1")
    input_zero_point: int = Field(default=0, description="Synopsys' fork, quantized: supported as 0")


class QuantizedInputs(QuantizedOutput):
    """How each input and the output are stored."""

    input_scale: tuple[float, ...] = Field(default=(), description="Synopsys' fork, quantized: supported as 1")
    input_zero_point: tuple[int, ...] = Field(default=(), description="Synopsys' fork, quantized: supported as 0")


class QuantizedWeights(Quantized):
    """How input, output and parameters are stored."""

    weight_scale: float = Field(default=1.0, description="Synopsys' fork, quantized: supported as 1")
    weight_zero_point: int = Field(default=0, description="Synopsys' fork, quantized: supported as 0")
    bias_scale: float = Field(default=1.0, description="Synopsys' fork, quantized: supported as 1")
    bias_zero_point: int = Field(default=0, description="Synopsys' fork, quantized: supported as 0")


class Saturated(Layer):
    """How the output is bounded."""

    saturate: SaturateMethod = Field(default=PLAIN, description="Synopsys' fork, quantized: supported as None")
