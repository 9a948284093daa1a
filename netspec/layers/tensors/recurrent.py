"""A recurrent layer of forks, with a sequence as rows. Source: lstm_layer.cpp of junhyukoh/caffe-lstm, and of CTPN."""

from collections.abc import Mapping
from typing import ClassVar

from netspec.layers.base import ZERO, Blob, CallSite, Count, Field, FillerParameter, Layer, Positive, Refusal, Role
from netspec.layers.fit import expect_size
from netspec.problems.shapes import BadDimensions, NotDivisible
from netspec.shapes import Dim, Shape, product, show


class Lstm(Layer):
    """Long short-term memory: z = W_x·x_t + W_h·h + b, by quarters the sigmoids i, f, o and the tanh g of z;
    c = f·c + i·g; h = o·tanh(c). At the first step, and where a mark is 0, h and c before it count as 0.

    Bottoms: x, (T·batch_size)×…, and if wanted marks, (T·batch_size)×1: 0 where a sequence begins. In CTPN x is T×N×I:
    so it is taken with three axes, unless batch_size is written. Tops: h, (T·batch_size)×H, in CTPN T×N×H. Blobs: W_x
    4H×I, W_h 4H×H, b 4H. With marks the last state is the first one of the next forward pass, where its first mark is
    not 0.
    The gradient is not bounded here: clipping_threshold does that in the fork, for what z has.
    Source: lstm_layer.cpp of junhyukoh/caffe-lstm, and of tianzhi0549/CTPN.
    """

    edition: ClassVar = "caffe-lstm"
    message: ClassVar = "lstm_param"
    bottoms: ClassVar = Count(1, 2)
    in_place: ClassVar = False
    states: ClassVar = ("h", "c")

    num_output: Positive = Field(description="how many numbers the hidden state and the output have")
    clipping_threshold: float = Field(0.0, description="has no effect here; bounds gradients in the fork")
    weight_filler: FillerParameter = Field(ZERO, description="how the weights begin")
    bias_filler: FillerParameter = Field(ZERO, description="how the bias begins")
    batch_size: Positive = Field(1, description="how many sequences there are side by side")

    def in_steps(self, site: CallSite) -> bool:
        """Whether x has an axis of steps and one of sequences."""
        return len(site.bottoms[0]) == 3 and not self.has("batch_size")

    def sequence(self, site: CallSite) -> tuple[Dim, Dim, Dim]:
        """How many steps, sequences and features there are. Raises Refusal."""
        x = site.bottoms[0]
        if self.in_steps(site):
            return x[0], x[1], product(x[2:])
        if not x:
            raise Refusal(BadDimensions, "Lstm takes rows of features, not a scalar", bottoms={0: ""})
        rows, n = x[0], self.batch_size
        if isinstance(rows, int) and rows % n:
            message = f"Lstm has {n} sequences, of which {rows} rows are no multiple"
            raise Refusal(NotDivisible, message, fields=("batch_size",), bottoms={0: ""})
        return rows // n, n, product(x[1:])

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        steps, sequences, _ = self.sequence(site)
        if len(site.bottoms) > 1:
            marks = site.bottoms[1]
            if not marks:
                raise Refusal(BadDimensions, "Lstm takes a mark for each row, not a scalar", bottoms={1: ""})
            message = f"Lstm takes a mark for each row: {show(marks)} for {steps} steps of {sequences}"
            expect_size(message, product(marks), steps * sequences, (0, 1))
        if self.in_steps(site):
            return ((steps, sequences, self.num_output),)
        return ((steps * sequences, self.num_output),)

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        gates, (_, _, features) = 4 * self.num_output, self.sequence(site)
        return (
            Blob("weight_x", (gates, features), self.weight_filler),
            Blob("weight_h", (gates, self.num_output), self.weight_filler),
            Blob("bias", (gates,), self.bias_filler, Role.BIAS),
        )

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        steps, sequences, features = self.sequence(site)
        return steps * sequences * (4 * self.num_output * (features + self.num_output))

    def indices(self, site: CallSite) -> Mapping[int, Dim]:
        return {1: 2} if len(site.bottoms) > 1 else {}
