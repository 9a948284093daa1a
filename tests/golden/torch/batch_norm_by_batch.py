# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST; the module begins in evaluation mode.
# torch, F, Tensor, nn | BatchNorm-affine
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.batchnorm = BatchNorm(channels=4)
        self.eval()  # as in TEST; train() for training

    def forward(self, data: Tensor) -> Tensor:
        y = self.batchnorm(data, by_batch=True)
        return y
