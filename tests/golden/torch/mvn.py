# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST.
# torch, Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        centred = data - data.mean(dim=(2, 3), keepdim=True)
        variance = (centred**2).mean(dim=(2, 3), keepdim=True)
        y = centred / torch.sqrt(variance + (1e-09 * (2 * torch.sqrt(variance) + 1e-09)).detach())
        return y
