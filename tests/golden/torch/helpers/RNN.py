class RNN(Recurrent):
    """x T×N×…, cont T×N (0 where a sequence begins) and the first h, 1×N×H, to the outputs T×N×H
    and the last h.

    Without a first state the last one of the pass before is used, and no state is returned.
    """

    def __init__(
        self, *, inputs: int, outputs: int, streams: int | None = None, static: int = 0
    ) -> None:
        super().__init__(
            inputs=inputs, outputs=outputs, gates=1, states=1, streams=streams, static=static
        )
        self.weight_o = nn.Parameter(torch.empty(outputs, outputs))
        self.bias_o = nn.Parameter(torch.empty(outputs))

    def forward(
        self, x: Tensor, cont: Tensor, *first: Tensor, static: Tensor | None = None
    ) -> Tensor | tuple[Tensor, ...]:
        projected, (h,) = self.project(x, static), self.begin(first)
        steps: list[Tensor] = []
        for gates, keep in zip(projected, cont.detach()[..., None], strict=True):
            h = torch.tanh(gates + F.linear(keep * h, self.weight_h))
            steps.append(h)
        outputs = torch.tanh(F.linear(torch.stack(steps), self.weight_o, self.bias_o))
        return self.finish(outputs, h)
