"""What a session comes to: values in, values out."""

import pytest

from restarter.notices import Exited, Recovered, Restarted, SpawnFailed, Started
from restarter.session.tally import RECENT, WELL_SECONDS, Tally

STARTED = Started(1, ("a",), 1)


def restarted(run: int, stop: float | None = 0.02, start: float = 0.01) -> Restarted:
    return Restarted(run, run, (), "", "", stop, start)


def ended(code: int) -> Exited:
    return Exited(1, code, 1.0, (), "")


def tally(*notices: object, now: float = 0.0) -> Tally:
    found = Tally()
    for notice in notices:
        found.see(notice, now)
    return found


def test_a_single_run_needs_no_summary() -> None:
    assert tally(STARTED, ended(1)).summary() is None


def test_the_summary_counts_runs_and_crashes_and_times_restarts() -> None:
    found = tally(
        STARTED, ended(0), restarted(2, None, 0.5), ended(1), restarted(3), restarted(4, 1.0, 0.5)
    ).summary()
    assert found is not None
    assert (found.runs, found.crashes) == (4, 1)
    assert [round(each, 6) for each in found.recent_seconds] == [0.5, 0.03, 1.5]
    assert (found.median_seconds, found.slowest_seconds) == (0.5, 1.5)


def test_the_summary_tells_a_limited_number_one_by_one() -> None:
    found = tally(STARTED, *(restarted(run, 0.0, float(run)) for run in range(2, 102))).summary()
    assert found is not None
    assert len(found.recent_seconds) == RECENT
    assert found.recent_seconds[-1] == found.slowest_seconds == 101.0
    assert found.median_seconds == 51.5


@pytest.mark.parametrize("crash", [ended(1), ended(-11), SpawnFailed("", "")])
def test_a_run_that_lives_a_while_after_a_crash_is_well_and_that_is_told_once(
    crash: object,
) -> None:
    found = tally(STARTED, crash, crash, restarted(2), now=10.0)
    assert found.deadline == 10.0 + WELL_SECONDS
    assert found.recovery(11.9) is None
    assert found.recovery(12.0) == Recovered(2, 2)
    assert found.deadline is None
    assert found.recovery(20.0) is None


def test_a_run_that_ends_well_after_a_crash_is_well_at_once() -> None:
    found = tally(STARTED, ended(1), restarted(2), ended(0), now=10.0)
    assert found.recovery(10.0) == Recovered(2, 1)


def test_a_run_that_crashes_again_is_not_well() -> None:
    found = tally(STARTED, ended(1), restarted(2), ended(1), now=10.0)
    assert found.deadline is None
    assert found.recovery(100.0) is None


def test_without_a_crash_nothing_recovers() -> None:
    found = tally(STARTED, restarted(2), ended(0))
    assert found.deadline is None
    assert found.recovery(100.0) is None
