# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST; the module begins in evaluation mode.
# torch, Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale_weight = nn.Parameter(torch.ones(4))
        self.scale_bias = nn.Parameter(torch.zeros(4))
        self.eval()  # as in TEST; train() for training

    def forward(self, data: Tensor) -> Tensor:
        y = data * self.scale_weight[:, None, None] + self.scale_bias[:, None, None]
        return y
