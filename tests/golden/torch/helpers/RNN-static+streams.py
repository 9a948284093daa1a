class RNN(nn.Module):
    """Caffe's RNN: x T×N×… and cont T×N, which is 0 where a sequence begins, to outputs T×N×H.

    streams: how many sequences run side by side, whose state lasts from one forward pass to the
    next.
    """

    state: Tensor

    def __init__(self, *, inputs: int, outputs: int, streams: int) -> None:
        super().__init__()
        self.weight_x = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.weight_h = nn.Parameter(torch.empty(outputs, outputs))
        self.weight_o = nn.Parameter(torch.empty(outputs, outputs))
        self.bias_o = nn.Parameter(torch.empty(outputs))
        state = torch.zeros(streams, outputs)
        self.register_buffer("state", state, persistent=False)

    def forward(self, x: Tensor, cont: Tensor) -> Tensor:
        projected = F.linear(x.flatten(2), self.weight_x, self.bias)
        h = self.state.clone()
        steps: list[Tensor] = []
        for gates, keep in zip(projected, cont.detach()[..., None], strict=True):
            h = torch.tanh(gates + F.linear(keep * h, self.weight_h))
            steps.append(h)
        outputs = torch.tanh(F.linear(torch.stack(steps), self.weight_o, self.bias_o))
        self.state.copy_(h.detach())
        return outputs
