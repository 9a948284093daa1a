# A net | Input: data 2×6×4. | Output: a 2×1×4, b 2×2×4, c 2×3×4. | Phase: TEST.
# Tensor, nn
class Net(nn.Module):
    def forward(self, data: Tensor) -> dict[str, Tensor]:
        a = data[:, :1]  # 2×1×4
        b = data[:, 1:3]  # 2×2×4
        c = data[:, 3:]  # 2×3×4
        return {"a": a, "b": b, "c": c}
