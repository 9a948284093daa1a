"""Trained weights: files in and out, and which of their blobs belong to which layer of a net."""
