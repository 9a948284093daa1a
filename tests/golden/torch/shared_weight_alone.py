# A net | Input: a 2×4, b 2×4. | Output: ya 2×3, yb 2×3. | Phase: TEST; the module begins in evaluation mode.
# Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ip_a = nn.Linear(4, 3)
        self.ip_b = nn.Linear(4, 3)
        self.ip_b.weight = self.ip_a.weight
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.kaiming_uniform_(self.ip_a.weight, nonlinearity="linear")  # Caffe's xavier
        nn.init.zeros_(self.ip_a.bias)
        nn.init.zeros_(self.ip_b.bias)

    def forward(self, a: Tensor, b: Tensor) -> dict[str, Tensor]:
        ya = self.ip_a(a)  # 2×3
        yb = self.ip_b(b)  # 2×3
        return {"ya": ya, "yb": yb}
