# A net | Input: data 2×4×6×6. | Output: mask 2×4×3×3, y 2×4×3×3. | Phase: TEST.
# torch, F, Tensor, nn | window_padding, max_pool_with_mask
class Net(nn.Module):
    def forward(self, data: Tensor) -> dict[str, Tensor]:
        y, mask = max_pool_with_mask(
            data, kernel_size=(2, 2), stride=(2, 2), padding=(0, 0), ends=(0, 0)
        )
        return {"mask": mask, "y": y}
