"""Raw changes, kept from when a source tells of them until somebody takes them."""

import contextlib
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

ADDED: Final = 1
MODIFIED: Final = 2
DELETED: Final = 3

RawChanges: TypeAlias = set[tuple[int, str]]
Outcome: TypeAlias = RawChanges | Literal["signal", "stop", "timeout"]

CLOSED = "RustNotify watcher closed"
"""The text that callers of the native backend look for."""

LONGEST_SECONDS = 1.0
"""No wait is longer: on Windows Ctrl-C does not end the wait for a lock."""


class NotifyInternalError(RuntimeError):
    """The watcher cannot go on as it should; the message says what it cannot see."""


class Waiting:
    """How long one call waits: pure, it is told the time.

    Args:
        debounce: seconds that changes are collected for at most, from when the call sees the
            first one.
        step: seconds without a new change that end the collecting.
        timeout: seconds to wait for a first change; 0: for ever.
        now: when the call began, on a clock that never goes back.
    """

    def __init__(self, debounce: float, step: float, timeout: float, now: float) -> None:
        self._debounce = debounce
        self._step = step
        self._began = now
        self._gives_up = now + timeout if timeout else math.inf
        self._first: float | None = None

    def seconds_left(self, newest: float | None, now: float) -> float:
        """Return for how long to wait on; 0 or less: no longer.

        Args:
            newest: when the last change came that is new; None: there are no changes.
            now: the time.
        """
        if newest is None:
            self._first = None
            return self._gives_up - now
        if self._first is None:
            self._first = now
        quiet = max(newest, self._began) + self._step
        return min(quiet, self._first + self._debounce) - now


class Wish(NamedTuple):
    """What one call waits for.

    Args:
        waiting: for how long.
        is_stopped: whether to end early.
        look_after: seconds after which that is asked again.
    """

    waiting: Waiting
    is_stopped: Callable[[], bool]
    look_after: float


class Collected:
    """The changes since the last call, and those who wait for more.

    Args:
        is_debug: print every change to stderr.
    """

    def __init__(self, *, is_debug: bool) -> None:
        self._is_debug = is_debug
        # Entered again when a watcher is collected as garbage while the lock is held.
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._changes: RawChanges = set()
        self._newest: float | None = None
        self._error: str | None = None
        self._wakes = 0
        self._listeners: list[Callable[[], None]] = []
        self.is_closed = False

    # Called by the threads of sources

    def add(self, kind: int, path: str) -> None:
        """Keep a change; what is modified after it was added or deleted stays what it was."""
        if self._is_debug:
            self.print(f"change={kind} path={path!r}")
        with self._lock:
            if self._is_known(kind, path):
                return
            is_first = not self._changes
            self._changes.add((kind, path))
            self._newest = time.monotonic()
            if is_first:
                self.wake()

    def fail(self, message: str) -> None:
        """Let the next call raise an error."""
        with self._lock:
            self._error = message
            self.wake()

    def close(self) -> None:
        """Let every call raise an error from now on."""
        with self._lock:
            self.is_closed = True
            self.wake()

    def wake(self) -> None:
        """Let everybody who waits look again."""
        with self._lock:
            self._wakes += 1
            self._news.notify_all()
            for listener in self._listeners:
                listener()

    def print(self, line: str) -> None:
        """Write a line to stderr, where there is one."""
        if sys.stderr is not None:
            sys.stderr.write(f"restarter.notify: {line}\n")

    def _is_known(self, kind: int, path: str) -> bool:
        kinds = (ADDED, MODIFIED, DELETED) if kind == MODIFIED else (kind,)
        return any((each, path) in self._changes for each in kinds)

    # Called by those who wait

    def look(self, waiting: Waiting) -> Outcome | float:
        """Return what a call is to return, or for how many seconds it has to wait on.

        Raises:
            RuntimeError: the watcher is closed.
            NotifyInternalError: it cannot go on as it should; this is told once.
        """
        with self._lock:
            self.raise_if_closed()
            if self._error is not None:
                message, self._error = self._error, None
                raise NotifyInternalError(message)
            left = waiting.seconds_left(self._newest, time.monotonic())
            if left > 0:
                return min(left, LONGEST_SECONDS)
            return self._take() or "timeout"

    def raise_if_closed(self) -> None:
        """Raise an error once the watcher is closed.

        Raises:
            RuntimeError: it is.
        """
        if self.is_closed:
            raise RuntimeError(CLOSED)

    def wait(self, wish: Wish) -> Outcome:
        """Wait, and let other threads run meanwhile.

        Args:
            wish: what for.

        Raises:
            RuntimeError: the watcher is closed.
            NotifyInternalError: it cannot go on as it should.
        """
        while True:
            seen = self._wakes
            if wish.is_stopped():
                return "stop"
            with self._lock:
                found = self.look(wish.waiting)
                if not isinstance(found, float):
                    return found
                if seen == self._wakes and not self._sleep(min(found, wish.look_after)):
                    return "signal"

    def _sleep(self, seconds: float) -> bool:
        """Wait for news; False: a signal handler raised an exception, whatever it was."""
        try:
            self._news.wait(seconds)
        except BaseException:  # noqa: BLE001  only handlers of signals can raise here
            return False
        return True

    @contextlib.contextmanager
    def telling(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call something whenever there are news; it must not block."""
        with self._lock:
            self._listeners.append(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def _take(self) -> RawChanges:
        taken, self._changes, self._newest = self._changes, set(), None
        return taken
