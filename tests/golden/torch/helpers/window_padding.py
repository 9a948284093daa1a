def window_padding(*, padding: tuple[int, ...], ends: tuple[int, ...]) -> list[int]:
    """F.pad's argument for `padding` before each axis and `ends` after it."""
    return [size for pair in reversed(list(zip(padding, ends, strict=True))) for size in pair]
