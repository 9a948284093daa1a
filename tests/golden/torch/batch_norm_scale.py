# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST; the module begins in evaluation mode.
# F, Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.batchnorm = nn.BatchNorm2d(4, momentum=0.001)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.zeros_(self.batchnorm.running_var)  # as in Caffe

    def forward(self, data: Tensor) -> Tensor:
        y = F.relu(self.batchnorm(data), inplace=True)
        return y
