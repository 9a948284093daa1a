class LSTM(Recurrent):
    """x T×N×…, cont T×N (0 where a sequence begins) and the first h and c, 1×N×H, to h T×N×H and
    the last h and c.

    Without a first state the last one of the pass before is used, and no state is returned.
    """

    def __init__(
        self, *, inputs: int, outputs: int, streams: int | None = None, static: int = 0
    ) -> None:
        super().__init__(
            inputs=inputs, outputs=outputs, gates=4, states=2, streams=streams, static=static
        )

    def forward(
        self, x: Tensor, cont: Tensor, *first: Tensor, static: Tensor | None = None
    ) -> Tensor | tuple[Tensor, ...]:
        projected, (h, c) = self.project(x, static), self.begin(first)
        steps: list[Tensor] = []
        for gates, keep in zip(projected, cont.detach()[..., None], strict=True):
            i, f, o, g = (gates + F.linear(keep * h, self.weight_h)).chunk(4, 1)
            c = keep * torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            steps.append(h)
        return self.finish(torch.stack(steps), h, c)
