"""A hundred restarts in a row; `make soak` does a thousand."""

from pathlib import Path

from tests.soak import soak


def test_a_hundred_restarts_lose_no_save_and_leak_nothing(project: Path) -> None:
    assert soak(project, restarts=100, seed=1).faults() == []
