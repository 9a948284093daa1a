"""Recurrent layers, step by step."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LSTM(nn.Module):
    """Caffe's LSTM: x T×N×… and cont T×N, which is 0 where a sequence begins, to h T×N×H.

    streams: how many sequences run side by side, whose state lasts from one forward pass to the
    next.
    first: h and c before the first step, 1×N×H; those behind the last are returned, too.
    static: the size of an input that is the same at every step.
    """

    state: Tensor | None  # if streams

    def __init__(
        self, *, inputs: int, outputs: int, streams: int | None = None, static: int | None = None
    ) -> None:
        super().__init__()
        self.weight_x = nn.Parameter(torch.empty(4 * outputs, inputs))
        self.bias = nn.Parameter(torch.empty(4 * outputs))
        self.weight_static = (
            nn.Parameter(torch.empty(4 * outputs, static)) if static else None
        )  # if static
        self.weight_h = nn.Parameter(torch.empty(4 * outputs, outputs))
        state = torch.zeros(2, streams, outputs) if streams else None  # if streams
        self.register_buffer("state", state, persistent=False)  # if streams

    def forward(
        self, x: Tensor, cont: Tensor, *first: Tensor, static: Tensor | None = None
    ) -> Tensor | tuple[Tensor, ...]:
        projected = F.linear(x.flatten(2), self.weight_x, self.bias)
        if static is not None and self.weight_static is not None:  # if static
            projected = projected + F.linear(static.flatten(1), self.weight_static)
        if self.state is None:  # unless streams
            h, c = (state.detach()[0] for state in first)
        else:
            h, c = self.state.clone().unbind()
        steps: list[Tensor] = []
        for gates, keep in zip(projected, cont.detach()[..., None], strict=True):
            i, f, o, g = (gates + F.linear(keep * h, self.weight_h)).chunk(4, 1)
            c = keep * torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            steps.append(h)
        if self.state is None:  # unless streams
            return torch.stack(steps), h.detach()[None], c.detach()[None]
        self.state.copy_(torch.stack((h, c)).detach())  # if streams
        return torch.stack(steps)  # if streams


class RNN(nn.Module):
    """Caffe's RNN: x T×N×… and cont T×N, which is 0 where a sequence begins, to outputs T×N×H.

    streams: how many sequences run side by side, whose state lasts from one forward pass to the
    next.
    first: h before the first step, 1×N×H; that behind the last is returned, too.
    static: the size of an input that is the same at every step.
    """

    state: Tensor | None  # if streams

    def __init__(
        self, *, inputs: int, outputs: int, streams: int | None = None, static: int | None = None
    ) -> None:
        super().__init__()
        self.weight_x = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.weight_static = (
            nn.Parameter(torch.empty(outputs, static)) if static else None
        )  # if static
        self.weight_h = nn.Parameter(torch.empty(outputs, outputs))
        self.weight_o = nn.Parameter(torch.empty(outputs, outputs))
        self.bias_o = nn.Parameter(torch.empty(outputs))
        state = torch.zeros(streams, outputs) if streams else None  # if streams
        self.register_buffer("state", state, persistent=False)  # if streams

    def forward(
        self, x: Tensor, cont: Tensor, *first: Tensor, static: Tensor | None = None
    ) -> Tensor | tuple[Tensor, ...]:
        projected = F.linear(x.flatten(2), self.weight_x, self.bias)
        if static is not None and self.weight_static is not None:  # if static
            projected = projected + F.linear(static.flatten(1), self.weight_static)
        if self.state is None:  # unless streams
            (h,) = (state.detach()[0] for state in first)
        else:
            h = self.state.clone()
        steps: list[Tensor] = []
        for gates, keep in zip(projected, cont.detach()[..., None], strict=True):
            h = torch.tanh(gates + F.linear(keep * h, self.weight_h))
            steps.append(h)
        outputs = torch.tanh(F.linear(torch.stack(steps), self.weight_o, self.bias_o))
        if self.state is None:  # unless streams
            return outputs, h.detach()[None]
        self.state.copy_(h.detach())  # if streams
        return outputs  # if streams
