"""Optical flow, as FlowNet 2.0 has it."""
