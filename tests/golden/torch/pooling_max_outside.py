# A net | Input: data 2×4×6×7. | Output: y 2×4×4×4. | Phase: TEST.
# torch, F, Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = F.max_pool2d(F.pad(data, (0, 0, 0, 1), value=torch.finfo(data.dtype).min), 1, stride=2)
        return y
