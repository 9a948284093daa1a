"""Recurrent layers over a sequence of T steps for N streams: LSTM, RNN, and the LSTM's single step.

`cont`, T×N, is 0 where a stream begins a new sequence, which cuts it from the state before, else 1. It has no gradient.
"""

from collections.abc import Mapping
from typing import ClassVar

from netspec.arrays import Array, align, cut, sigmoid, stop_gradient, tanh
from netspec.layers.base import (
    ZERO,
    Blob,
    CallSite,
    Count,
    Field,
    FillerParameter,
    Formula,
    Layer,
    Refusal,
    Requirements,
    Role,
    Shapes,
    SizeRequirement,
    UInt,
)
from netspec.layers.fit import axes, expect_size
from netspec.layers.overwriting import GRADIENTS
from netspec.problems.fields import BlobCount
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN, Dim, Shape, mismatch, product, show


class RecurrentLayer(Layer):
    """What LSTM and RNN have in common."""

    message: ClassVar = "recurrent_param"
    garbled: ClassVar = GRADIENTS
    states: ClassVar[tuple[str, ...]] = ()  # what one step hands to the next, each 1×N×num_output

    num_output: UInt = Field(gt=0, description="how many numbers the hidden state and the output have")
    weight_filler: FillerParameter = Field(ZERO, description="how the weights begin")
    bias_filler: FillerParameter = Field(ZERO, description="how the bias begins")
    debug_info: bool = Field(False, description="whether Caffe prints the unrolled net's values; nothing here")
    expose_hidden: bool = Field(False, description="read the first state from bottoms, and write the last to tops")

    def has_static_input(self, site: CallSite) -> bool:
        """Whether the third bottom is an input that is the same at every step."""
        return len(site.bottoms) > 2 + self._exposed()

    def first_state(self, site: CallSite) -> int:
        """The index of the bottom that holds the first state; one for each of `states` from there on, if exposed."""
        return 3 if self.has_static_input(site) else 2

    def _exposed(self) -> int:
        return len(self.states) if self.expose_hidden else 0

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        """Marks as x has steps and streams; where x is not known, either as the other, or as what is known beside."""
        if len(bottoms) < 2:
            return {}
        x, cont = bottoms[:2]
        if x is not None:
            return {1: SizeRequirement.of(x[:2])} if len(x) > 2 else {}
        static = bottoms[2] if len(bottoms) > 2 + self._exposed() else None
        after = tops[0].shape if tops and tops[0] is not None else None
        known = [shape[:2] for shape in (cont, after) if shape is not None and len(shape) > 1]
        known += [(UNKNOWN, static[0])] if static else []
        if not known:
            return {}
        steps, streams = (next((d for d in dims if isinstance(d, int)), dims[0]) for dims in zip(*known, strict=True))
        return {0: SizeRequirement.of((steps, streams, UNKNOWN)), 1: SizeRequirement.of((steps, streams))}

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        self._check_counts(site)
        x, cont = site.bottoms[:2]
        if len(x) < 3:
            raise Refusal(
                BadDimensions,
                f"{self.type_name()} reads steps × streams × features, at least 3 axes",
                bottoms={0: ""},
                label=axes(len(x)),
            )
        steps, streams = x[:2]
        if mismatch(cont, (steps, streams)) is not None:
            raise Refusal(
                ShapeMismatch,
                f"{self.type_name()} needs a continuation mark for each step and stream: {show((steps, streams))}",
                bottoms={0: "", 1: ""},
                label=f"{show(cont)} instead of {show((steps, streams))}",
            )
        if self.has_static_input(site):
            self._check_static(site.bottoms[2], streams)
        state = (1, streams, self.num_output)
        for i in range(self.first_state(site), len(site.bottoms)):
            if mismatch(site.bottoms[i], state) is not None:
                raise Refusal(
                    ShapeMismatch,
                    f"the first state of this {self.type_name()} has to be {show(state)}",
                    fields=("num_output",),
                    bottoms={i: ""},
                    label=f"{show(site.bottoms[i])} instead of {show(state)}",
                )
        return ((steps, streams, self.num_output), *(state,) * self._exposed())

    def _check_counts(self, site: CallSite) -> None:
        least, tops = 2 + self._exposed(), 1 + self._exposed()
        if not least <= len(site.bottoms) <= least + 1:
            states = f" and {', '.join(f'{state}_0' for state in self.states)}" if self.expose_hidden else ""
            raise Refusal(
                BlobCount,
                f"this {self.type_name()} reads {least} or {least + 1} bottoms, not {len(site.bottoms)}: "
                f"x, cont, an input for all steps if wanted{states}",
                fields=("expose_hidden",) if self.expose_hidden else (),
            )
        if site.tops != tops:
            states = f" and {', '.join(f'{state}_T' for state in self.states)}" if self.expose_hidden else ""
            raise Refusal(
                BlobCount,
                f"this {self.type_name()} writes {tops} top{'s' * (tops > 1)}, not {site.tops}: the outputs{states}",
                fields=("expose_hidden",) if self.expose_hidden else (),
                help=None if self.expose_hidden else "expose_hidden: true writes the last state, too",
            )

    def _check_static(self, static: Shape, streams: Dim) -> None:
        if len(static) < 2:
            raise Refusal(
                BadDimensions,
                f"the input that {self.type_name()} reads at every step is streams × features, at least 2 axes",
                bottoms={2: ""},
                label=axes(len(static)),
            )
        message = f"{self.type_name()} has {streams} streams, and its input for all steps {static[0]}"
        expect_size(message, streams, static[0], (0, 2))

    def _weight(self, name: str, rows: int, columns: Dim) -> Blob:
        return Blob(name, (rows, columns), self.weight_filler)

    def _bias(self, name: str, size: int) -> Blob:
        return Blob(name, (size,), self.bias_filler, Role.BIAS)

    def _input_blobs(self, site: CallSite, rows: int) -> tuple[Blob, ...]:
        """The weights by which x and the static input enter, with their bias."""
        blobs = (self._weight("weight_x", rows, product(site.bottoms[0][2:])), self._bias("bias", rows))
        if self.has_static_input(site):
            blobs += (self._weight("weight_static", rows, product(site.bottoms[2][1:])),)
        return blobs

    def indices(self, site: CallSite) -> Mapping[int, Dim]:
        return {1: 2}

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        steps, streams = site.bottoms[0][:2]
        each = {b.name: product(b.shape) for b in self.blobs(site) if b.role is Role.WEIGHT}
        static = each.pop("weight_static", 0)
        per_step: Dim = 0
        for count in each.values():
            per_step = per_step + count
        return steps * streams * per_step + streams * static


class LSTM(RecurrentLayer):
    """Long short-term memory: z = W_x·x_t + b + W_s·s + W_h·(cont_t·h), by quarters the sigmoids i, f, o and the
    tanh g of z; c = cont_t·f·c + i·g; h = o·tanh(c).

    Bottoms: x, T×N×…; cont, T×N; s, N×…, if wanted; h_0 and c_0, 1×N×H, with `expose_hidden`.
    Tops: h, T×N×H; h_T and c_T with `expose_hidden`. Blobs: W_x 4H×I, b 4H, W_s 4H×S if there is s, W_h 4H×H.
    Without `expose_hidden` the last state is the first one of the next forward pass, 0 at the very first. No gradient
    goes to h_0 and c_0, nor comes from h_T and c_T. Source: Caffe's lstm_layer.cpp, recurrent_layer.cpp.
    """

    bottoms: ClassVar = Count(2, 5)
    tops: ClassVar = Count(1, 3)
    states: ClassVar = ("h", "c")

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        gates = 4 * self.num_output
        return (*self._input_blobs(site, gates), self._weight("weight_h", gates, self.num_output))


class RNN(RecurrentLayer):
    """h = tanh(W_h·(cont_t·h) + W_x·x_t + b + W_s·s); the output is o_t = tanh(W_o·h + b_o).

    Bottoms: x, T×N×…; cont, T×N; s, N×…, if wanted; h_0, 1×N×H, with `expose_hidden`. Tops: o, T×N×H; h_T with
    `expose_hidden`. Blobs: W_x H×I, b H, W_s H×S if there is s, W_h H×H, W_o H×H, b_o H. Without `expose_hidden` the
    last state is the first one of the next forward pass, 0 at the very first. No gradient goes to h_0, nor comes from
    h_T. Source: Caffe's rnn_layer.cpp, recurrent_layer.cpp.
    """

    bottoms: ClassVar = Count(2, 4)
    tops: ClassVar = Count(1, 2)
    states: ClassVar = ("h",)

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        size = self.num_output
        output = (self._weight("weight_o", size, size), self._bias("bias_o", size))
        return (*self._input_blobs(site, size), self._weight("weight_h", size, size), *output)


class LSTMUnit(Formula):
    """One step of an LSTM: i, f, o = σ(x), g = tanh(x) by quarters; c = cont·f·c + i·g; h = o·tanh(c).

    Bottoms: c, 1×N×H; x, 1×N×4H; cont, 1×N. Tops: c and h, 1×N×H. Source: Caffe's lstm_unit_layer.cpp.
    """

    bottoms: ClassVar = Count(3, 3)
    tops: ClassVar = Count(2, 2)

    def formula(self, c: Array, x: Array, cont: Array) -> tuple[Array, Array]:
        for i, (bottom, role, rank) in enumerate(((c, "the cell", 3), (x, "the gates", 3), (cont, "cont", 2))):
            if bottom.rank != rank or bottom.shape[0] != 1:
                raise Refusal(
                    BadDimensions,
                    f"LSTMUnit takes one step: {role} has {axes(rank)}, the first of size 1",
                    bottoms={i: ""},
                    label=show(bottom.shape),
                )
            message = f"LSTMUnit needs as many streams in each bottom: {c.shape[1]} and {bottom.shape[1]}"
            expect_size(message, c.shape[1], bottom.shape[1], (0, i))
        size = c.shape[2]
        expect_size(f"LSTMUnit needs four gates for each of {size} cells", 4 * size, x.shape[2], (0, 1))
        i, f, o, g = (cut(x, 2, k * size, (k + 1) * size).named(name) for k, name in enumerate("ifog"))
        keep = align(stop_gradient(cont), 0, 3).named("keep")
        new = (keep * sigmoid(f) * c + sigmoid(i) * tanh(g)).named("cell")
        return new, sigmoid(o) * tanh(new)
