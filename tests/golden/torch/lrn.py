# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST.
# F, Tensor, nn | local_response_norm
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = local_response_norm(data, size=3, alpha=0.0001, beta=0.75, k=2.0)
        return y
