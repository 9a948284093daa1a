# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST; the module begins in evaluation mode.
# Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.5)
        self.eval()  # as in TEST; train() for training

    def forward(self, data: Tensor) -> Tensor:
        y = self.dropout(data)
        return y
