"""A hundred restarts in a row; `make soak` does a thousand."""

from pathlib import Path

from tests.soak import soak


def test_a_hundred_restarts_lose_no_save_and_leak_nothing(project: Path) -> None:
    result = soak(project, restarts=100, seed=1)

    assert result.last_seen == result.last_saved
    assert result.late.descriptors <= result.early.descriptors
    assert result.late.threads <= result.early.threads
    assert result.late.children == 2
