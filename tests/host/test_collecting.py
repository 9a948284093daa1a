"""Python's search for garbage rests for a while, and goes on as it was."""

from __future__ import annotations

import gc

import pytest

from netspec.host.collecting import uncollected


def test_it_rests_and_goes_on() -> None:
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_a_fault() -> None:
    with pytest.raises(KeyError), uncollected():
        raise KeyError
    assert gc.isenabled()
