"""Activations and dropout of forks."""
