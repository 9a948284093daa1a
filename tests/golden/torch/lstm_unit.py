# A net | Input: c 1×2×3, x 1×2×12, cont 1×2. | Output: C 1×2×3, H 1×2×3. | Phase: TEST.
# torch, Tensor, nn
class Net(nn.Module):
    def forward(self, c: Tensor, x: Tensor, cont: Tensor) -> dict[str, Tensor]:
        keep = cont.detach()[:, :, None]
        f = x[:, :, 3:6]
        i = x[:, :, :3]
        g = x[:, :, 9:]
        cell = keep * torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        o = x[:, :, 6:9]
        C = cell
        H = torch.sigmoid(o) * torch.tanh(cell)
        return {"C": C, "H": H}
