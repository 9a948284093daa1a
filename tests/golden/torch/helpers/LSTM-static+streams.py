class LSTM(nn.Module):
    """Caffe's LSTM: x T×N×… and cont T×N, which is 0 where a sequence begins, to h T×N×H.

    streams: how many sequences run side by side, whose state lasts from one forward pass to the
    next.
    """

    state: Tensor

    def __init__(self, *, inputs: int, outputs: int, streams: int) -> None:
        super().__init__()
        self.weight_x = nn.Parameter(torch.empty(4 * outputs, inputs))
        self.bias = nn.Parameter(torch.empty(4 * outputs))
        self.weight_h = nn.Parameter(torch.empty(4 * outputs, outputs))
        state = torch.zeros(2, streams, outputs)
        self.register_buffer("state", state, persistent=False)

    def forward(self, x: Tensor, cont: Tensor) -> Tensor:
        projected = F.linear(x.flatten(2), self.weight_x, self.bias)
        h, c = self.state.clone().unbind()
        steps: list[Tensor] = []
        for gates, keep in zip(projected, cont.detach()[..., None], strict=True):
            i, f, o, g = (gates + F.linear(keep * h, self.weight_h)).chunk(4, 1)
            c = keep * torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            steps.append(h)
        self.state.copy_(torch.stack((h, c)).detach())
        return torch.stack(steps)
