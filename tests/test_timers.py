"""Deadlines of the loop."""

import math

from restarter.supervising.supervision import Timer, Timers


def test_the_first_timer_that_is_due_comes_first() -> None:
    timers = Timers()
    timers.set(Timer.PATIENCE, 0)
    timers.set(Timer.GRACE, -1)

    assert timers.pop_due(math.inf) is Timer.GRACE
    assert timers.pop_due(math.inf) is Timer.PATIENCE
    assert timers.pop_due(math.inf) is None


def test_what_is_due_at_the_same_time_may_still_be_cancelled() -> None:
    timers = Timers()
    timers.set(Timer.GRACE, 0)
    timers.set(Timer.PATIENCE, 0)
    timers.pop_due(math.inf)

    timers.clear()  # the run was over after all: nobody is to be told to be patient

    assert timers.pop_due(math.inf) is None


def test_a_timer_that_is_not_due_stays() -> None:
    timers = Timers()
    timers.set(Timer.GRACE, 1000)

    assert timers.pop_due(0) is None
    assert timers.deadline is not None
    assert 0 < timers.left(Timer.GRACE) <= 1000
