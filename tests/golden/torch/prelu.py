# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST; the module begins in evaluation mode.
# torch, F, Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.prelu_weight = nn.Parameter(torch.full((4,), 0.25))
        self.eval()  # as in TEST; train() for training

    def forward(self, data: Tensor) -> Tensor:
        y = F.prelu(data, self.prelu_weight)
        return y
