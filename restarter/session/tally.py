"""What a session comes to: runs, crashes, how long restarts took; pure, it is told the time."""

from statistics import median

from restarter.notices import Exited, Recovered, Restarted, SpawnFailed, Started, Summary

WELL_SECONDS = 2.0
"""A run that lives so long after a crash is well: most crash while they start."""

RECENT = 30
"""So many of the last restarts are told one by one."""


class Tally:
    """Counts what happens."""

    def __init__(self) -> None:
        self._runs = 0
        self._crashes = 0
        self._crashes_in_a_row = 0
        self._well_at: float | None = None
        self._seconds: list[float] = []

    def see(self, notice: object, now: float) -> None:
        """Take note of a notice.

        Args:
            notice: what happened.
            now: in seconds of the monotonic clock.
        """
        match notice:
            case Started():
                self._began(now)
            case Restarted():
                self._began(now)
                self._seconds.append((notice.stop_seconds or 0.0) + notice.start_seconds)
            case Exited(code=0):
                self._well_at = now if self._crashes_in_a_row else None
            case Exited() | SpawnFailed():
                self._crashes += isinstance(notice, Exited)
                self._crashes_in_a_row += 1
                self._well_at = None

    def _began(self, now: float) -> None:
        self._runs += 1
        self._well_at = now + WELL_SECONDS if self._crashes_in_a_row else None

    @property
    def deadline(self) -> float | None:
        """When a run after a crash will be well, in seconds of the monotonic clock."""
        return self._well_at

    def recovery(self, now: float) -> Recovered | None:
        """Return the news that a run after a crash is well, once."""
        if self._well_at is None or now < self._well_at:
            return None
        crashes, self._crashes_in_a_row, self._well_at = self._crashes_in_a_row, 0, None
        return Recovered(self._runs, crashes)

    def summary(self) -> Summary | None:
        """Return what it came to; None for a single run, which was told of already."""
        if not self._seconds:
            return None
        recent = tuple(self._seconds[-RECENT:])
        typical, slowest = median(self._seconds), max(self._seconds)
        return Summary(self._runs, self._crashes, typical, slowest, recent)
