"""Stopping a run: who is asked, who is killed, and what the person is told meanwhile."""

import time
from collections.abc import Callable

from restarter.notices import Escalated, StillStopping, Stuck
from restarter.processes import tree
from restarter.processes.run import Run
from restarter.supervising.supervision import Timer, Timers

LOOK_AGAIN_SECONDS = 0.1
"""How often a stop looks for processes that nobody reports: those started in a signal handler,
and, where orphans cannot be adopted, those that lost their parents."""

PATIENCE_SECONDS = 0.3
"""After how long the person is told that a stop takes its time."""

KILL_SECONDS = 3.0
"""How long killed processes are waited for; only one that hangs in the kernel takes longer."""


class Stopping:
    """The stop of one run after the other, each from the first signal to the last process.

    Args:
        timers: where the deadlines of a stop are set.
        show: tells the person.
    """

    def __init__(self, timers: Timers, show: Callable[[object], None]) -> None:
        self._timers = timers
        self._show = show
        self._began: float | None = None
        self.seconds: float | None = None
        """How long the last stop took; None if the run ended by itself."""

    def ask(self, run: Run, number: int, timeout: float) -> None:
        """Send the stop signal to all of a run.

        Args:
            run: the run.
            number: the signal.
            timeout: seconds until `Timer.GRACE` is due.
        """
        self._began = time.monotonic()
        run.ask_to_stop(number)
        self._timers.set(Timer.GRACE, timeout)
        self._timers.set(Timer.LOOK_AGAIN, LOOK_AGAIN_SECONDS)
        self._timers.set(Timer.PATIENCE, PATIENCE_SECONDS)

    def ask_latecomers(self, run: Run, number: int) -> None:
        """Send the stop signal to those who did not get it yet."""
        run.ask_latecomers_to_stop(number)
        self._timers.set(Timer.LOOK_AGAIN, LOOK_AGAIN_SECONDS)

    def kill(self, run: Run, given_seconds: float | None) -> None:
        """Kill all that is left of a run, and name it.

        Args:
            run: the run.
            given_seconds: how long it had to stop; None if somebody does not want to wait.
        """
        self._began = self._began or time.monotonic()
        killed = run.kill()
        if killed:
            self._show(Escalated(killed, given_seconds))
        self._timers.cancel(Timer.PATIENCE)
        self._timers.set(Timer.GRACE, KILL_SECONDS)
        self._timers.set(Timer.LOOK_AGAIN, LOOK_AGAIN_SECONDS)

    def kill_latecomers(self, run: Run) -> None:
        """Kill those who came to be while the others were killed."""
        run.kill()
        self._timers.set(Timer.LOOK_AGAIN, LOOK_AGAIN_SECONDS)

    def tell_patience(self, run: Run, *, is_last: bool) -> None:
        """Tell who is waited for.

        Args:
            run: the run.
            is_last: restarter ends afterwards.
        """
        left = self._timers.left(Timer.GRACE)
        members = tree.describe(run.members())
        if not members:  # all that is missing is the news of its end
            return
        self._show(StillStopping(members, PATIENCE_SECONDS, left, is_last))

    def give_up(self, run: Run) -> None:
        """Tell who does not even end by SIGKILL."""
        self._show(Stuck(tree.describe(run.members())))

    def over(self) -> None:
        """The run is over; see how long its stop took, if it was stopped."""
        if self._began is not None:
            self.seconds = time.monotonic() - self._began
            self._began = None
