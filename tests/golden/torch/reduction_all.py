# A net | Input: data 2×4×6×7. | Output: y (). | Phase: TEST.
# torch, Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = torch.abs(data).sum()  # scalar
        return y
