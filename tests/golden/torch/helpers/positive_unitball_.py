def positive_unitball_(weight: Tensor) -> Tensor:
    """Uniform and positive, with a sum of 1 for each output."""
    with torch.no_grad():
        return weight.uniform_().div_(
            weight.flatten(1).sum(1).reshape(-1, *(1,) * (weight.dim() - 1))
        )
