# A net | Input: x 4×2×5, cont 4×2. | Output: h 4×2×3. | Phase: TEST; the module begins in evaluation mode.
# torch, F, Tensor, nn | LSTM-static+streams
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = LSTM(inputs=5, outputs=3, streams=2)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.uniform_(self.lstm.weight_x, -0.1, 0.1)
        nn.init.zeros_(self.lstm.bias)
        nn.init.uniform_(self.lstm.weight_h, -0.1, 0.1)

    def forward(self, x: Tensor, cont: Tensor) -> Tensor:
        h = self.lstm(x, cont)  # 4×2×3
        return h
