class Recurrent(nn.Module):
    """What LSTM and RNN have in common: weights for the input and the state, and the state between
    passes.

    streams: how many sequences run side by side, if the state is to last from one forward pass to
    the next.
    static: the size of an input that is the same at every step, 0 if there is none.
    """

    state: Tensor | None

    def __init__(
        self,
        *,
        inputs: int,
        outputs: int,
        gates: int,
        states: int,
        streams: int | None,
        static: int,
    ) -> None:
        super().__init__()
        self.weight_x = nn.Parameter(torch.empty(gates * outputs, inputs))
        self.bias = nn.Parameter(torch.empty(gates * outputs))
        self.weight_static = nn.Parameter(torch.empty(gates * outputs, static)) if static else None
        self.weight_h = nn.Parameter(torch.empty(gates * outputs, outputs))
        self.register_buffer(
            "state", torch.zeros(states, streams, outputs) if streams else None, persistent=False
        )

    def project(self, x: Tensor, static: Tensor | None) -> Tensor:
        """What the inputs add to the gates of every step, T×N×gates."""
        gates = F.linear(x.flatten(2), self.weight_x, self.bias)
        if static is None or self.weight_static is None:
            return gates
        return gates + F.linear(static.flatten(1), self.weight_static)

    def begin(self, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The first state: as given, or as the last pass left it. It takes no gradient."""
        return (
            tuple(state.detach()[0] for state in given)
            if self.state is None
            else self.state.clone().unbind()
        )

    def finish(self, steps: Tensor, *states: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Hands the last state on: to the next pass, or to the caller."""
        last = torch.stack(states).detach()
        if self.state is None:
            return steps, *last.unsqueeze(1).unbind()
        self.state.copy_(last)
        return steps
