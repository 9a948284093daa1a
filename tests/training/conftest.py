"""What tests of training have in common."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are written without waiting for the disk, which takes longer than all else."""
    monkeypatch.setattr(os, "fsync", lambda number: None)
