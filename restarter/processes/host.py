"""What all runs of one restarter have in common: the mark, adopted orphans, the guardian."""

import time
from collections.abc import Callable

from restarter.processes import Guardian, reap, start_guardian
from restarter.processes.launched import Launched
from restarter.processes.marks import Marks
from restarter.processes.run import Home, Run

SEE_OFF_SECONDS = 0.5
"""They were killed, or have nothing left to do: so long takes none that can be reaped at all."""


class Host:
    """Begins runs, and sees to it that the guardian knows of them.

    Args:
        launched: what was done before anything else was loaded.
    """

    def __init__(self, launched: Launched) -> None:
        self._mark = launched.mark
        self._marks = Marks(launched.mark)
        self._adopting = launched.adopting
        self._strangers = launched.strangers
        self._guardian: Guardian | None = launched.guardian
        self.helpers: set[int] = set()
        """Process ids of our own children that belong to no run, besides the guardian's."""
        self._group = 0

    def begin(self, number: int, pid: int, keep: frozenset[str]) -> Run:
        """Return the run of a leader that was just started.

        Args:
            number: the number of the run, from 1.
            pid: the leader's process id.
            keep: names of processes that are meant to outlive the run.
        """
        self._tell(pid)
        home = Home(self._marks, self._adopting, self.own_children, self._strangers, keep)
        return Run(number, pid, home)

    def over(self) -> None:
        """The run is over and no other follows at once: its group's number may be used again."""
        self._tell(0)

    def replace_guardian(self, ended: int, stop_signal: int, keep: frozenset[str]) -> bool:
        """Start another guardian, if it was the guardian that ended.

        Args:
            ended: the process id of a child that ended.
            stop_signal: what asks processes to stop.
            keep: names of processes that are meant to outlive a run.

        Returns:
            Whether it was.
        """
        if self._guardian is None or self._guardian.pid != ended:
            return False
        self._guardian.dismiss()
        self._guardian = start_guardian(self._mark, stop_signal, keep)
        self._tell(self._group)
        return True

    def own_children(self) -> set[int]:
        """Return the process ids of all our own children that belong to no run."""
        return self.helpers | ({self._guardian.pid} if self._guardian is not None else set())

    def close(self) -> None:
        """Everything is over."""
        if self._guardian is not None:
            self._guardian.dismiss()

    def see_off(self, wait: Callable[[float], None]) -> None:
        """Reap our own children that were told to end, as far as they do so at once.

        Process 1 would have to reap them after us, and in a container it may be one that does not.

        Args:
            wait: waits for so many seconds at most, and no longer than until a child has ended.
        """
        deadline = time.monotonic() + SEE_OFF_SECONDS
        left = self.own_children() - _ended()
        while left and time.monotonic() < deadline:
            wait(max(0.0, deadline - time.monotonic()))
            left -= _ended()

    def _tell(self, group: int) -> None:
        self._group = group
        if self._guardian is not None:
            self._guardian.watch(group)


def _ended() -> set[int]:
    return {pid for pid, code, _ in reap() if code is not None}
