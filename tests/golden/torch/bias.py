# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST; the module begins in evaluation mode.
# torch, Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bias_bias = nn.Parameter(torch.full((4, 6), 0.5))
        self.eval()  # as in TEST; train() for training

    def forward(self, data: Tensor) -> Tensor:
        y = data + self.bias_bias[:, :, None]
        return y
