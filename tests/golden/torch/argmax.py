# A net | Input: data 3×5. | Output: y 3×1×2. | Phase: TEST.
# torch, Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        index = torch.argsort(-data, dim=1, descending=True, stable=True).flip(1)[:, :2]
        y = index.type_as(data).reshape(-1, 1, 2)  # 3×1×2
        return y
