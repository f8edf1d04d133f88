"""What supervising a command needs besides the command: its owner, its timers, its next step."""

import time
from enum import Enum, auto
from typing import NamedTuple, Protocol

from restarter.events import Change
from restarter.processes.command import Command


class Brief(NamedTuple):
    """What the next run is to be.

    Args:
        command: what is executed.
        changes: what differs from what the last run was started with.
        operation: of version control, that made the changes; may be empty.
    """

    command: Command
    changes: tuple[Change, ...]
    operation: str


class Begun(NamedTuple):
    """A run that was started.

    Args:
        pid: the process id of its leader.
        is_warm: it was forked with its libraries imported.
    """

    pid: int
    is_warm: bool


class Owner(Protocol):
    """What the supervisor asks of the session that owns it."""

    def brief(self, run: int) -> Brief:
        """Return what is to be run; from now on the disk is what that run was started with."""

    def rehearse(self, run: int) -> None:
        """See whether that run could be started now.

        Raises:
            SpawnError: it could not.
        """

    def changes(self) -> tuple[Change, ...]:
        """Return what differs from what the last run was started with and is worth another."""

    def is_settling(self) -> bool:
        """Whether files are still being written; a new run waits for the rest of them."""

    def asks_for_restart(self, code: int) -> bool:
        """Whether a run that ended with this code wants to be started again."""

    def start(self, command: Command) -> Begun:
        """Start a run, in the way that is fastest.

        Raises:
            SpawnError: it cannot be started.
        """

    def reconsider(self) -> None:
        """What made changes wait is over: act on them, if there are any."""

    def helper_ended(self, pid: int, code: int) -> None:
        """A child that is not the leader of the run has ended.

        Args:
            pid: its process id.
            code: its exit code, or minus the number of the signal that ended it.
        """

    def acknowledge(self) -> None:
        """The changes were dealt with without a new run."""

    def look_for_console(self) -> None:
        """Use the terminal, if restarter has it by now."""

    def show(self, notice: object) -> None:
        """Tell the person."""


class After(Enum):
    """What follows when the run is over."""

    REST = auto()
    START = auto()
    BACK_OFF = auto()
    FINISH = auto()


class Timer(Enum):
    """What is waited for with a deadline."""

    GRACE = auto()
    LOOK_AGAIN = auto()
    PATIENCE = auto()
    BACK_OFF = auto()
    TERMINAL = auto()
    LENT = auto()
    HELD = auto()
    IMPROVE = auto()
    RENEW = auto()


class Timers:
    """Deadlines, in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._due: dict[Timer, float] = {}

    @property
    def deadline(self) -> float | None:
        """The first of them; None while there is none."""
        return min(self._due.values(), default=None)

    def set(self, timer: Timer, seconds: float) -> None:
        """Let a timer be due in so many seconds."""
        self._due[timer] = time.monotonic() + seconds

    def left(self, timer: Timer) -> float:
        """Return the seconds until a timer is due."""
        return self._due[timer] - time.monotonic()

    def cancel(self, timer: Timer) -> None:
        """Forget a timer."""
        self._due.pop(timer, None)

    def clear(self) -> None:
        """Forget all of them."""
        self._due.clear()

    def pop_due(self, now: float) -> Timer | None:
        """Return the first timer that is due, and forget it; None if none is.

        One at a time: what is done for the first may cancel the others.
        """
        first = min(self._due, key=self._due.__getitem__, default=None)
        if first is None or self._due[first] > now:
            return None
        del self._due[first]
        return first
