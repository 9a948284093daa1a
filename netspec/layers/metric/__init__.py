"""Metric learning and faces."""
