"""The settle window: when is what was saved so far one batch? Pure: it is told the time.

All times are seconds of one monotonic clock.
"""

from collections.abc import Iterable

from restarter.events import Writing

QUIET_UNCERTAIN = 0.05
"""Seconds of quiet after a hint that does not tell whether the writer is done: a file that went
may come back, as in an editor's save by backup and rename."""

QUIET_FOR_EACH = 0.005
"""Seconds of quiet for each path of the batch: one file that was closed or renamed into place is
complete, who writes many files writes more of them ..."""

QUIET_LIMIT = 0.15
"""... up to so many seconds."""

OPEN_LIMIT = 0.5
"""Seconds for which a file that was written and not closed holds the batch."""

LIMIT = 2.0
"""Seconds that a batch waits at the most, however much goes on."""

HOLD_QUIET = 0.15
"""Seconds of quiet after an operation of version control: the next one often follows."""

HOLD_LOOK = 0.03
"""Seconds between two looks whether such an operation is over."""

HOLD_LIMIT = 30.0
"""Seconds that a batch is held for one at the most."""

DOUBLE_LIMIT = 0.3
"""Seconds within which a second save of a file belongs to the first: a formatter on save."""

DOUBLES_TO_LEARN = 2
"""After so many second saves the window waits for them."""

SINGLES_TO_FORGET = 5
"""After so many batches without one it does not wait any more."""


class DoubleSaves:
    """Learns whether files are saved twice in short order, and how far apart."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._gaps: list[float] = []
        self._singles = 0
        self._last: dict[str, float] = {}

    def saved(self, path: str, now: float) -> None:
        """Take note of a complete save."""
        gap = now - self._last.get(path, -DOUBLE_LIMIT)
        self._last[path] = now
        if QUIET_FOR_EACH < gap < DOUBLE_LIMIT:
            self._gaps = [*self._gaps[-DOUBLES_TO_LEARN:], gap]
            self._singles = 0
        if len(self._gaps) >= DOUBLES_TO_LEARN:
            self.seconds = min(DOUBLE_LIMIT, 1.5 * max(self._gaps))

    def batch_is_over(self, now: float) -> None:
        """Forget what does not happen any more."""
        self._last = {path: at for path, at in self._last.items() if now - at < DOUBLE_LIMIT}
        self._singles += 1
        if self._singles > SINGLES_TO_FORGET:
            self.seconds, self._gaps = 0.0, []


class SettleWindow:
    """Opened by the first dirty path, moved on by each further one, over after some quiet.

    Args:
        settle: seconds of quiet that close the window; None derives them from what is seen.

    Example:
        >>> window = SettleWindow(None)
        >>> window.add("/p/app.py", Writing.DONE, now=10.0)
        >>> window.deadline
        10.005
    """

    def __init__(self, settle: float | None) -> None:
        self._settle = settle
        self._doubles = DoubleSaves()
        self._reset()

    @property
    def learned_seconds(self) -> float:
        """Seconds for which second saves are waited for; 0 while there are none."""
        return self._doubles.seconds

    def _reset(self) -> None:
        self._first: float | None = None
        self._last = 0.0
        self._paths: set[str] = set()
        self._uncertain: set[str] = set()
        self._open_since: dict[str, float] = {}
        self._busy_at: float | None = None
        self._looked_at = 0.0

    def add(self, path: str, writing: Writing, *, now: float) -> None:
        """Take note of one dirty path."""
        self._first = now if self._first is None else self._first
        self._last = now
        self._paths.add(path)
        self._uncertain.discard(path)
        if writing is Writing.OPEN:
            self._open_since.setdefault(path, now)
            return
        self._open_since.pop(path, None)
        if writing is Writing.DONE:
            self._doubles.saved(path, now)
        else:
            self._uncertain.add(path)

    def forget(self, path: str) -> None:
        """A path came and went: it is no reason to wait any more."""
        self._paths.discard(path)
        self._uncertain.discard(path)
        self._open_since.pop(path, None)

    def look(self, now: float, *, is_busy: bool) -> None:
        """Take note of whether an operation of version control is in progress."""
        self._looked_at = now
        if is_busy:
            self._busy_at = now

    def close(self, now: float) -> None:
        """The batch is acted on: the next path opens a new window."""
        if self._paths:
            self._doubles.batch_is_over(now)
        self._reset()

    @property
    def deadline(self) -> float | None:
        """When to look again; None while nothing is dirty."""
        if self._first is None:
            return None
        if self._busy_at is not None:
            return min(self._due(self._first), self._looked_at + HOLD_LOOK)
        return self._due(self._first)

    @property
    def is_held(self) -> bool:
        """Whether the batch waits for an operation of version control."""
        return self._busy_at is not None

    def is_due(self, now: float) -> bool:
        """Whether the batch is to be acted on."""
        return self._first is not None and now >= self._due(self._first)

    def _due(self, first: float) -> float:
        quiet = self._quiet()
        due = min(max((self._last + quiet, *self._open_until())), first + max(LIMIT, quiet))
        if self._busy_at is None:
            return due
        return min(max(due, self._busy_at + HOLD_QUIET), first + HOLD_LIMIT)

    def _open_until(self) -> Iterable[float]:
        if self._settle is not None:
            return ()
        return (since + OPEN_LIMIT for since in self._open_since.values())

    def _quiet(self) -> float:
        if self._settle is not None:
            return self._settle
        grown = min(QUIET_FOR_EACH * len(self._paths), QUIET_LIMIT)
        uncertain = QUIET_UNCERTAIN if self._uncertain else 0.0
        return max(grown, uncertain, self._doubles.seconds)
