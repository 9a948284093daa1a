# A net | Input: data 2×3. | Output: y 2×3. | Phase: TEST; the module begins in evaluation mode.
# torch, Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.parameter_value = nn.Parameter(torch.zeros(2, 3))
        self.eval()  # as in TEST; train() for training

    def forward(self, data: Tensor) -> Tensor:
        p = self.parameter_value  # 2×3
        y = data + p
        return y
