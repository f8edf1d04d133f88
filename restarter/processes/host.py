"""What all runs of one restarter have in common: the mark, adopted orphans, the guardian."""

from restarter.processes import Guardian, start_guardian
from restarter.processes.launched import Launched
from restarter.processes.marks import Marks
from restarter.processes.run import Home, Run


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
        home = Home(self._marks, self._adopting, self._all_helpers, self._strangers, keep)
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

    def close(self) -> None:
        """Everything is over."""
        if self._guardian is not None:
            self._guardian.dismiss()

    def _all_helpers(self) -> set[int]:
        return self.helpers | ({self._guardian.pid} if self._guardian is not None else set())

    def _tell(self, group: int) -> None:
        self._group = group
        if self._guardian is not None:
            self._guardian.watch(group)
