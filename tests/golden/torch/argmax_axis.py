# A net | Input: data 2×4×6×7. | Output: y 2×1×6×7. | Phase: TEST.
# torch, Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        index = torch.argsort(-data, dim=1, descending=True, stable=True).flip(1)[:, :1]
        y = index.type_as(data)  # 2×1×6×7
        return y
