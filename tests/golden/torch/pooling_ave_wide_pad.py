# A net | Input: data 2×4×6×7. | Output: y 2×4×8×9. | Phase: TEST.
# F, Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = F.avg_pool2d(F.pad(data, (2, 2, 2, 2)), 3, stride=1)  # 2×4×8×9
        return y
