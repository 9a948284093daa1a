class LSTM(nn.Module):
    """Caffe's LSTM: x T×N×… and cont T×N, which is 0 where a sequence begins, to h T×N×H.

    first: h and c before the first step, 1×N×H; those behind the last are returned, too. static:
    the size of an input that is the same at every step.
    """

    def __init__(self, *, inputs: int, outputs: int, static: int) -> None:
        super().__init__()
        self.weight_x = nn.Parameter(torch.empty(4 * outputs, inputs))
        self.bias = nn.Parameter(torch.empty(4 * outputs))
        self.weight_static = nn.Parameter(torch.empty(4 * outputs, static))
        self.weight_h = nn.Parameter(torch.empty(4 * outputs, outputs))

    def forward(
        self, x: Tensor, cont: Tensor, *first: Tensor, static: Tensor
    ) -> tuple[Tensor, ...]:
        projected = F.linear(x.flatten(2), self.weight_x, self.bias)
        projected = projected + F.linear(static.flatten(1), self.weight_static)
        h, c = (state.detach()[0] for state in first)
        steps: list[Tensor] = []
        for gates, keep in zip(projected, cont.detach()[..., None], strict=True):
            i, f, o, g = (gates + F.linear(keep * h, self.weight_h)).chunk(4, 1)
            c = keep * torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            steps.append(h)
        return torch.stack(steps), h.detach()[None], c.detach()[None]
