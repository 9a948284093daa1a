# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST.
# Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = (data > 0.5).type_as(data)
        return y
