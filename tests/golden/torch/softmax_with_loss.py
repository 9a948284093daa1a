# A net | Input: score 2×5×3×3, label 2×3×3. | Output: loss (). | Phase: TEST.
# torch, F, Tensor, nn
class Net(nn.Module):
    def forward(self, score: Tensor, label: Tensor) -> Tensor:
        labels = label.reshape(-1, 1, 3, 3).long()
        valid = labels != 255
        log_probability = F.log_softmax(score, dim=1)
        safe_labels = torch.where(valid, labels, 0)
        log_likelihood = torch.gather(log_probability, 1, safe_labels)
        # at most -log(FLT_MIN), as in Caffe
        losses = -(log_likelihood + F.relu(-87.3365447505531 - log_likelihood).detach())
        count = valid.type_as(score).sum()
        loss = torch.where(valid, losses, 0.0).sum() / torch.clamp(count, min=1.0)  # scalar
        return loss
