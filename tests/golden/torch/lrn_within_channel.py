# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST.
# F, Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = data / (1 + F.avg_pool2d(data**2, 3, stride=1, padding=1)) ** 0.75
        return y
