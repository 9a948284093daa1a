# A net | Input: data 2×3×4×5×6. | Output: y 2×3×6×3×4. | Phase: TEST; the module begins in evaluation mode.
# torch, Tensor, nn
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(4, 6, kernel_size=3)
        self.init_weights()
        self.eval()  # as in TEST; train() for training

    def init_weights(self) -> None:
        """Fills the parameters as the spec says."""
        nn.init.kaiming_uniform_(self.convolution.weight, nonlinearity="linear")  # Caffe's xavier
        nn.init.zeros_(self.convolution.bias)

    def forward(self, data: Tensor) -> Tensor:
        convolution_input = torch.flatten(data, 0, 1)  # 6×4×5×6
        convolution = self.convolution(convolution_input)  # 6×6×3×4
        y = convolution.reshape(-1, 3, 6, 3, 4)  # 2×3×6×3×4
        return y
