# A net | Input: x 4×2×5, cont 4×2. | Output: h 4×2×3. | Phase: TEST; the module begins in evaluation mode.
# torch, F, Tensor, nn | RNN-static+streams
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = RNN(inputs=5, outputs=3, streams=2)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.zeros_(self.rnn.weight_x)
        nn.init.zeros_(self.rnn.bias)
        nn.init.zeros_(self.rnn.weight_h)
        nn.init.zeros_(self.rnn.weight_o)
        nn.init.zeros_(self.rnn.bias_o)

    def forward(self, x: Tensor, cont: Tensor) -> Tensor:
        h = self.rnn(x, cont)  # 4×2×3
        return h
