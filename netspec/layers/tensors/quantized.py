"""Fields of Synopsys' fork for numbers of few bits: what stands for 1 and for 0 in them, and how they are bounded.

Layers compute with plain numbers here; that is what the defaults of these fields mean.
Source: caffe.proto of Synopsys' caffe.
"""

from enum import IntEnum
from typing import Any, ClassVar, cast

from netspec.layers.base import CallSite, Field, Layer

# `None` is a name of it, which Python does not take in a class.
SaturateMethod = IntEnum(
    "SaturateMethod", {"None": 0, "Signed": 1, "Unsigned": 2, "Signed_8bit": 3, "Unsigned_8bit": 4}
)
UNBOUNDED = SaturateMethod(0)
PARTS = ("input", "output", "weight", "bias")
PLAIN = {"scale": 1, "zero_point": 0}


class FewBits(Layer):
    """Numbers of few bits, which netspec does not compute with."""

    def lacks(self, site: CallSite) -> str:
        for name, value in self:
            part, _, of = name.partition("_")
            if part in PARTS and of in PLAIN and value not in (PLAIN[of], ()) and set(_each(value)) != {PLAIN[of]}:
                return f"numbers of few bits are not there: {name} is supported as {PLAIN[of]}"
            if name == "saturate" and value != UNBOUNDED:
                return "numbers of few bits are not there: saturate is supported as None"
        return super().lacks(site)


def _each(value: Any) -> tuple[Any, ...]:
    return cast(tuple[Any, ...], value) if isinstance(value, tuple) else (value,)


class QuantizedOutput(FewBits):
    """How the output is stored."""

    output_scale: float = Field(default=1.0, description="supported as 1")
    output_zero_point: int = Field(default=0, description="supported as 0")


class Quantized(QuantizedOutput):
    """How input and output are stored."""

    edition: ClassVar = "synopsys"

    input_scale: float = Field(default=1.0, description="supported as 1")
    input_zero_point: int = Field(default=0, description="supported as 0")


class QuantizedInputs(QuantizedOutput):
    """How each input and the output are stored."""

    edition: ClassVar = "synopsys"

    input_scale: tuple[float, ...] = Field(default=(), description="supported as 1")
    input_zero_point: tuple[int, ...] = Field(default=(), description="supported as 0")


class QuantizedWeights(Quantized):
    """How input, output and parameters are stored."""

    edition: ClassVar = "synopsys"

    weight_scale: float = Field(default=1.0, description="supported as 1")
    weight_zero_point: int = Field(default=0, description="supported as 0")
    bias_scale: float = Field(default=1.0, description="supported as 1")
    bias_zero_point: int = Field(default=0, description="supported as 0")


class Saturated(FewBits):
    """How the output is bounded."""

    edition: ClassVar = "synopsys"

    saturate: SaturateMethod = Field(default=UNBOUNDED, description="supported as None")


class QuantizedInput(Layer):
    """How what is given is stored."""

    edition: ClassVar = "synopsys"
    ignored: ClassVar = {"output_scale": float, "output_zero_point": int}
