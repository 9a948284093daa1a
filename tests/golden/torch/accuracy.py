# A net | Input: score 2×5, label 2. | Output: per_class 5, top1 (). | Phase: TEST.
# torch, Tensor, nn
class Net(nn.Module):
    def forward(self, score: Tensor, label: Tensor) -> dict[str, Tensor]:
        labels = label.reshape(-1, 1).long()
        rank = (score >= torch.gather(score, 1, labels)).type_as(score).sum(dim=1, keepdim=True)
        correct = (rank <= 1).type_as(score)
        members = (labels[..., None] == torch.arange(5, device=labels.device)).type_as(score)
        top1 = correct.mean()  # scalar
        per_class = (members * correct[:, :, None]).sum(dim=(0, 1)) / torch.clamp(
            members.sum(dim=(0, 1)), min=1.0
        )  # 5
        return {"per_class": per_class, "top1": top1}
