"""When a run ends by itself: what follows, after how long, and what the person is told."""

import signal
import time
from collections.abc import Callable

from restarter.configuration.settings import Settings
from restarter.notices import CrashLoop, Exited
from restarter.processes import tree
from restarter.processes.run import Run
from restarter.supervising.decisions import BackOff
from restarter.supervising.supervision import After

EARLY_SECONDS = 2.0
EARLY_ENDS = 3
"""So many ends in a row, each so soon after the start, are worth a word."""

INTERRUPTED = 128 + signal.SIGINT
"""What shells report of a program that Ctrl-C has ended, and what some programs return then."""

_POLICIES = {"wait": After.REST, "restart": After.BACK_OFF, "exit": After.FINISH}


def exit_code_of(code: int) -> int:
    """Return how a shell tells of an end.

    Args:
        code: an exit code, or minus the number of the signal that ended the program.
    """
    return code if code >= 0 else 128 - code


def after_end(code: int, settings: Settings, *, had_terminal: bool, has_changes: bool) -> After:
    """Return what follows when a run has ended by itself.

    Args:
        code: its exit code, or minus the number of a signal.
        settings: what the person wants.
        had_terminal: it had the terminal, so that a Ctrl-C went to it alone.
        has_changes: there are changes that waited for its end.
    """
    if had_terminal and exit_code_of(code) == INTERRUPTED:
        return After.FINISH
    if has_changes and (had_terminal or settings.on_change == "queue"):
        return After.START
    return _POLICIES[settings.on_crash if code else settings.on_exit]


class Ends:
    """The ends of one run after the other: how long to wait until the next start.

    Args:
        show: tells the person.
    """

    def __init__(self, show: Callable[[object], None]) -> None:
        self._show = show
        self.forget()

    def forget(self) -> None:
        """Begin anew: what runs next is another program."""
        self._back_off = BackOff()
        self._early_ends = 0
        self._early_requests = 0
        self.pause = 0.0
        """Seconds until the next start, after the last end that was reported."""

    def after_request(self, run: Run) -> After:
        """Return what follows when a run has ended in order to be started again.

        At once, that is, unless it did so right after each of the last starts.
        """
        is_early = time.monotonic() - run.started < EARLY_SECONDS
        self._early_requests = self._early_requests + 1 if is_early else 0
        return After.START if self._early_requests < EARLY_ENDS else After.BACK_OFF

    def report(self, run: Run, after: After) -> None:
        """Tell of an end, and find out how long to wait.

        Args:
            run: the run, whose leader has ended.
            after: what follows.
        """
        run.is_reported = True
        lived = time.monotonic() - run.started
        if after is After.BACK_OFF:
            self.pause = self._back_off.next_seconds(lived)
            self._note_early_end(lived)
        remaining = tree.describe(run.members())
        self._show(Exited(run.number, run.code or 0, lived, remaining, self._following(after)))

    def _note_early_end(self, lived_seconds: float) -> None:
        self._early_ends = self._early_ends + 1 if lived_seconds < EARLY_SECONDS else 0
        if self._early_ends == EARLY_ENDS:
            self._show(CrashLoop(self._early_ends))

    def _following(self, after: After) -> str:
        return {
            After.REST: "waiting for a change",
            After.START: "starting again",
            After.BACK_OFF: f"starting again in {self.pause:g} s",
            After.FINISH: "",
        }[after]
