"""Training as a solver says, in any backend that learns."""
