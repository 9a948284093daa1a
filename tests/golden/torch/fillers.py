# A net | Input: data 2×4. | Output: y0 2×4, y1 2×4, y2 2×4, y3 2×4, y4 2×4, y5 2×4, y6 2×4, y7 2×4, y8 2×4. | Phase: TEST; the module begins in evaluation mode.
# torch, Tensor, nn | sparse_normal_, positive_unitball_
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ip0 = nn.Linear(4, 4)
        self.ip1 = nn.Linear(4, 4)
        self.ip2 = nn.Linear(4, 4)
        self.ip3 = nn.Linear(4, 4)
        self.ip4 = nn.Linear(4, 4)
        self.ip5 = nn.Linear(4, 4)
        self.ip6 = nn.Linear(4, 4)
        self.ip7 = nn.Linear(4, 4)
        self.ip8 = nn.Linear(4, 4)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.constant_(self.ip0.weight, 0.5)
        nn.init.zeros_(self.ip0.bias)
        nn.init.uniform_(self.ip1.weight, -1.0, 1.0)
        nn.init.zeros_(self.ip1.bias)
        nn.init.normal_(self.ip2.weight, mean=1.0, std=0.1)
        nn.init.zeros_(self.ip2.bias)
        sparse_normal_(self.ip3.weight, sparse=2)
        nn.init.zeros_(self.ip3.bias)
        positive_unitball_(self.ip4.weight)
        nn.init.zeros_(self.ip4.bias)
        nn.init.xavier_uniform_(self.ip5.weight)
        nn.init.zeros_(self.ip5.bias)
        # Caffe's xavier
        nn.init.kaiming_uniform_(self.ip6.weight, mode="fan_out", nonlinearity="linear")
        nn.init.zeros_(self.ip6.bias)
        nn.init.xavier_normal_(self.ip7.weight, gain=2**0.5)
        nn.init.zeros_(self.ip7.bias)
        nn.init.kaiming_normal_(self.ip8.weight, nonlinearity="relu")
        nn.init.zeros_(self.ip8.bias)

    def forward(self, data: Tensor) -> dict[str, Tensor]:
        y0 = self.ip0(data)
        y1 = self.ip1(data)
        y2 = self.ip2(data)
        y3 = self.ip3(data)
        y4 = self.ip4(data)
        y5 = self.ip5(data)
        y6 = self.ip6(data)
        y7 = self.ip7(data)
        y8 = self.ip8(data)
        return {
            "y0": y0,
            "y1": y1,
            "y2": y2,
            "y3": y3,
            "y4": y4,
            "y5": y5,
            "y6": y6,
            "y7": y7,
            "y8": y8,
        }
