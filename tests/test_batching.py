"""The settle window, with a clock that the tests move."""

import pytest

from restarter.batching import LIMIT, QUIET_COMPLETE, QUIET_INCOMPLETE, SettleWindow

START = 100.0


def test_without_a_dirty_path_nothing_is_ever_due() -> None:
    window = SettleWindow(None)

    assert window.deadline is None
    assert not window.is_due(START)


@pytest.mark.parametrize(
    ("settle", "complete", "quiet"),
    [
        (None, True, QUIET_COMPLETE),
        (None, False, QUIET_INCOMPLETE),
        (0.2, True, 0.2),
        (0.2, False, 0.2),
        (0.0, False, 0.0),
        (5.0, True, 5.0),
    ],
)
def test_one_path_is_due_after_its_quiet(
    settle: float | None, complete: bool, quiet: float
) -> None:
    window = SettleWindow(settle)

    window.add("a", now=START, complete=complete)

    assert window.deadline == pytest.approx(START + quiet)
    assert window.is_due(START + quiet + 0.0001)
    assert quiet == 0 or not window.is_due(START + quiet - 0.0001)


def test_each_further_path_moves_the_deadline_on() -> None:
    window = SettleWindow(None)

    window.add("a", now=START, complete=True)
    window.add("b", now=START + 0.004, complete=True)

    assert window.deadline == pytest.approx(START + 0.004 + QUIET_COMPLETE)


def test_a_file_that_is_closed_at_last_needs_no_long_quiet_any_more() -> None:
    window = SettleWindow(None)

    window.add("a", now=START, complete=False)
    window.add("a", now=START + 0.01, complete=True)

    assert window.deadline == pytest.approx(START + 0.01 + QUIET_COMPLETE)


def test_one_unfinished_file_keeps_the_whole_batch_waiting() -> None:
    window = SettleWindow(None)

    window.add("a", now=START, complete=False)
    window.add("b", now=START + 0.01, complete=True)

    assert window.deadline == pytest.approx(START + 0.01 + QUIET_INCOMPLETE)


@pytest.mark.parametrize("settle", [None, 0.1])
def test_writing_without_a_pause_waits_no_longer_than_the_limit(settle: float | None) -> None:
    window = SettleWindow(settle)

    for step in range(200):
        window.add("a", now=START + step * 0.02, complete=False)

    assert window.deadline == pytest.approx(START + LIMIT)


def test_a_longer_settle_than_the_limit_is_what_the_person_asked_for() -> None:
    window = SettleWindow(10.0)

    window.add("a", now=START, complete=True)
    window.add("a", now=START + 9.0, complete=True)

    assert window.deadline == pytest.approx(START + 10.0)


def test_a_cleared_window_starts_anew() -> None:
    window = SettleWindow(None)
    window.add("a", now=START, complete=False)

    window.clear()

    assert window.deadline is None
    window.add("b", now=START + 9, complete=True)
    assert window.deadline == pytest.approx(START + 9 + QUIET_COMPLETE)
