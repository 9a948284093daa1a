# A net | Input: data 2×3×4. | Output: y 2×3×5. | Phase: TEST; the module begins in evaluation mode.
# Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.innerproduct = nn.Linear(4, 5, bias=False)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.zeros_(self.innerproduct.weight)

    def forward(self, data: Tensor) -> Tensor:
        y = self.innerproduct(data)  # 2×3×5
        return y
