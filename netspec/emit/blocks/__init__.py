"""Uses of blocks as instances of classes: what is emitted of a net that a spec says with blocks, folded again."""
