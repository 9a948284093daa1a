# A net | Input: x 4×2×5, cont 4×2, s 2×3, h0 1×2×3, c0 1×2×3. | Output: cT 1×2×3, h 4×2×3, hT 1×2×3. | Phase: TEST; the module begins in evaluation mode.
# torch, F, Tensor, nn | LSTM+static-streams
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = LSTM(inputs=5, outputs=3, static=3)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.zeros_(self.lstm.weight_x)
        nn.init.zeros_(self.lstm.bias)
        nn.init.zeros_(self.lstm.weight_static)
        nn.init.zeros_(self.lstm.weight_h)

    def forward(
        self, x: Tensor, cont: Tensor, s: Tensor, h0: Tensor, c0: Tensor
    ) -> dict[str, Tensor]:
        h, hT, cT = self.lstm(x, cont, h0, c0, static=s)
        return {"cT": cT, "h": h, "hT": hT}
