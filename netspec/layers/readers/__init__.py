"""Layers of forks that read data."""
