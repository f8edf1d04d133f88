"""The settle window: when is what was saved so far one batch? Pure: it is told the time."""

QUIET_COMPLETE = 0.005
"""Seconds of quiet after writers that closed or renamed their files: nothing more will come."""

QUIET_INCOMPLETE = 0.05
"""Seconds of quiet after anything else: a file still open, or one that went and may come back,
as in an editor's save by backup and rename."""

LIMIT = 2.0
"""Seconds that a batch waits at the most, however much goes on."""


class SettleWindow:
    """Opened by the first dirty path, moved on by each further one, over after some quiet.

    Args:
        settle: seconds of quiet that close the window; None derives them from what was saved.

    Example:
        >>> window = SettleWindow(None)
        >>> window.add("/p/app.py", now=10.0, complete=True)
        >>> window.deadline
        10.005
    """

    def __init__(self, settle: float | None) -> None:
        self._settle = settle
        self.clear()

    def clear(self) -> None:
        """Close the window: the next path opens a new one."""
        self._first: float | None = None
        self._last = 0.0
        self._unfinished: set[str] = set()

    def add(self, path: str, *, now: float, complete: bool) -> None:
        """Take note of one dirty path.

        Args:
            path: the path.
            now: seconds of a monotonic clock.
            complete: its writer is done with it.
        """
        if self._first is None:
            self._first = now
        self._last = now
        if complete:
            self._unfinished.discard(path)
        else:
            self._unfinished.add(path)

    @property
    def deadline(self) -> float | None:
        """When the batch is due, in seconds of the same clock; None while nothing is dirty."""
        if self._first is None:
            return None
        return min(self._last + self._quiet(), self._first + max(LIMIT, self._quiet()))

    def is_due(self, now: float) -> bool:
        """Whether the batch is to be acted on at `now`."""
        deadline = self.deadline
        return deadline is not None and now >= deadline

    def _quiet(self) -> float:
        if self._settle is not None:
            return self._settle
        return QUIET_INCOMPLETE if self._unfinished else QUIET_COMPLETE
