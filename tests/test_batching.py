"""The settle window, with a clock that the tests move."""

import pytest

from restarter.changes.batching import (
    DOUBLE_LIMIT,
    HOLD_LIMIT,
    HOLD_LOOK,
    HOLD_QUIET,
    LIMIT,
    OPEN_LIMIT,
    QUIET_FOR_EACH,
    QUIET_LIMIT,
    QUIET_UNCERTAIN,
    SINGLES_TO_FORGET,
    SettleWindow,
)
from restarter.events import Writing

START = 100.0
DONE, OPEN, UNCERTAIN = Writing.DONE, Writing.OPEN, Writing.UNCERTAIN


def window_of(*hints: tuple[float, str, Writing], settle: float | None = None) -> SettleWindow:
    """A window that got these hints, at times from the start on."""
    window = SettleWindow(settle)
    for seconds, path, writing in hints:
        window.add(path, writing, now=START + seconds)
    return window


def test_without_a_dirty_path_nothing_is_ever_due() -> None:
    window = SettleWindow(None)

    assert window.deadline is None
    assert not window.is_due(START)


@pytest.mark.parametrize(
    ("hints", "due"),
    [
        # One path: complete, open, uncertain.
        ([(0, "a", DONE)], QUIET_FOR_EACH),
        ([(0, "a", UNCERTAIN)], QUIET_UNCERTAIN),
        ([(0, "a", OPEN)], OPEN_LIMIT),
        # Each further hint moves the deadline on.
        ([(0, "a", DONE), (0.004, "a", DONE)], 0.004 + QUIET_FOR_EACH),
        # Closed at last, or come back: complete again.
        ([(0, "a", OPEN), (0.1, "a", DONE)], 0.1 + QUIET_FOR_EACH),
        ([(0, "a", UNCERTAIN), (0.01, "a", DONE)], 0.01 + QUIET_FOR_EACH),
        # One that is not complete makes the others wait.
        ([(0, "a", UNCERTAIN), (0.01, "b", DONE)], 0.01 + QUIET_UNCERTAIN),
        ([(0, "a", OPEN), (0.1, "b", DONE)], OPEN_LIMIT),
        # A file that was open and went is not open any more.
        ([(0, "a", OPEN), (0.1, "a", UNCERTAIN)], 0.1 + QUIET_UNCERTAIN),
        # An open file holds from its first write on, not from each.
        ([(0, "a", OPEN), (0.3, "a", OPEN)], OPEN_LIMIT),
        ([(0, "a", OPEN), (0.499, "a", OPEN)], 0.499 + QUIET_FOR_EACH),
        # The quiet grows with the batch, up to a limit.
        ([(0, str(number), DONE) for number in range(4)], 4 * QUIET_FOR_EACH),
        ([(0, str(number), DONE) for number in range(1000)], QUIET_LIMIT),
        # Without a pause: the limit.
        ([(step * 0.004, "a", UNCERTAIN) for step in range(600)], LIMIT),
        ([(step * 0.004, str(step), DONE) for step in range(600)], LIMIT),
    ],
)
def test_when_a_batch_is_due(hints: list[tuple[float, str, Writing]], due: float) -> None:
    window = window_of(*hints)

    assert window.deadline == pytest.approx(START + due)
    assert window.is_due(START + due + 0.0001)
    assert not window.is_due(START + due - 0.0001)


@pytest.mark.parametrize("writing", Writing)
@pytest.mark.parametrize("settle", [0.0, 0.2, 5.0])
def test_a_settle_that_was_given_is_what_is_waited(settle: float, writing: Writing) -> None:
    window = window_of((0, "a", writing), settle=settle)

    assert window.deadline == pytest.approx(START + settle)


def test_a_longer_settle_than_the_limit_is_what_the_person_asked_for() -> None:
    window = window_of((0, "a", DONE), (9, "a", DONE), settle=10.0)

    assert window.deadline == pytest.approx(START + 10.0)


@pytest.mark.parametrize(
    ("hints", "due"),
    [
        # Nothing but the temporary file: there is nothing to wait for.
        ([(0, "tmp", UNCERTAIN)], 0.0),
        ([(0, "tmp", OPEN)], 0.0),
        # An atomic save is as quick as one in place.
        ([(0, "tmp", OPEN), (0.01, "tmp", DONE), (0.02, "a", DONE)], 0.02 + QUIET_FOR_EACH),
        # What else there is is waited for as ever.
        ([(0, "tmp", UNCERTAIN), (0.01, "a", UNCERTAIN)], 0.01 + QUIET_UNCERTAIN),
    ],
)
def test_a_file_that_came_and_went_holds_nothing(
    hints: list[tuple[float, str, Writing]], due: float
) -> None:
    window = window_of(*hints)

    window.forget("tmp")

    assert window.deadline == pytest.approx(START + due)


def test_a_window_that_was_closed_starts_anew() -> None:
    window = window_of((0, "a", OPEN))

    window.close(START + 1)

    assert window.deadline is None
    window.add("b", DONE, now=START + 9)
    assert window.deadline == pytest.approx(START + 9 + QUIET_FOR_EACH)


def test_an_operation_of_version_control_holds_the_batch_until_some_quiet_after_it() -> None:
    window = window_of((0, "a", DONE))
    window.look(START + 0.005, is_busy=True)
    assert window.is_held
    assert window.deadline == pytest.approx(START + 0.005 + HOLD_LOOK)
    assert not window.is_due(START + 0.1)

    window.look(START + 1.0, is_busy=True)
    window.look(START + 1.03, is_busy=False)

    assert not window.is_due(START + 1.0 + HOLD_QUIET - 0.001)
    assert window.is_due(START + 1.0 + HOLD_QUIET + 0.001)


def test_the_limit_of_a_batch_does_not_count_for_a_held_one() -> None:
    window = window_of(*[(step * 0.1, "a", DONE) for step in range(100)])

    window.look(START + 10, is_busy=True)

    assert not window.is_due(START + 10.1)


def test_a_held_batch_is_not_held_for_ever() -> None:
    window = window_of((0, "a", DONE))

    for step in range(1000):
        window.look(START + step * HOLD_LOOK, is_busy=True)

    assert window.is_due(START + HOLD_LIMIT + 0.001)
    assert not window.is_due(START + HOLD_LIMIT - 0.001)


def save(window: SettleWindow, at: float, *gaps: float) -> None:
    """Save a file, and again after each of the gaps; each is a batch unless the window waits."""
    window.add("a", DONE, now=at)
    for gap in gaps:
        if window.is_due(at + gap):
            window.close(at + gap)
        at += gap
        window.add("a", DONE, now=at)
    window.close(at + 1)


def test_second_saves_again_and_again_are_waited_for() -> None:
    window = SettleWindow(None)
    save(window, 10.0, 0.08)
    assert window.learned_seconds == 0
    save(window, 20.0, 0.08)

    assert window.learned_seconds == pytest.approx(0.12)
    window.add("a", DONE, now=30.0)
    assert not window.is_due(30.08)
    assert window.is_due(30.121)


def test_what_was_learned_has_a_limit() -> None:
    window = SettleWindow(None)
    for number in range(5):
        save(window, number * 10.0, 0.29)

    assert window.learned_seconds == DOUBLE_LIMIT


def test_saves_further_apart_than_the_limit_are_two_saves() -> None:
    window = SettleWindow(None)
    for number in range(5):
        save(window, number * 10.0, DOUBLE_LIMIT + 0.01)

    assert window.learned_seconds == 0


def test_different_files_in_short_order_teach_nothing() -> None:
    window = SettleWindow(None)
    for number in range(20):
        window.add(str(number), DONE, now=START + number * 0.05)
        window.close(START + number * 0.05 + 0.01)

    assert window.learned_seconds == 0


def test_what_was_learned_is_forgotten_when_it_does_not_happen_any_more() -> None:
    window = SettleWindow(None)
    for number in range(3):
        save(window, number * 10.0, 0.08)
    assert window.learned_seconds

    for number in range(SINGLES_TO_FORGET + 1):
        save(window, 1000.0 + number)

    assert window.learned_seconds == 0


def test_a_second_save_that_is_waited_for_keeps_the_window_waiting() -> None:
    window = SettleWindow(None)
    for number in range(30):
        save(window, number * 10.0, 0.08)

    assert window.learned_seconds == pytest.approx(0.12)
