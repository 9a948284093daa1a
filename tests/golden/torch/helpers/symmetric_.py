def symmetric_(weight: Tensor, *, filters: int) -> Tensor:
    """Makes the first filters the same wherever swapping and mirroring the three axes of a cube
    leads.
    """
    with torch.no_grad():
        size = weight.shape[-1]
        away = (torch.arange(size, device=weight.device) - size // 2).abs()
        positions = torch.stack(torch.meshgrid(away, away, away, indexing="ij")) + size // 2
        x, y, z = positions.sort(0, descending=True).values
        weight[:filters] = weight[:filters, :, x, y, z]
        return weight
