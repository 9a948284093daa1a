# A net | Input: data 2×4×6×7. | Output: y 2×4×1×1. | Phase: TEST.
# F, Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = F.adaptive_avg_pool2d(data, 1)  # 2×4×1×1
        return y
