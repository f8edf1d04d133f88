"""The keys: what each of them does while restarter has the terminal."""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from restarter import notices

HISTORY_LENGTH = 10

_DECISIONS = (
    notices.Started,
    notices.Restarted,
    notices.Exited,
    notices.SpawnFailed,
    notices.Signalled,
    notices.Queued,
    notices.Passed,
    notices.Held,
    notices.OwnWrite,
    notices.CheckFailed,
    notices.CheckUnable,
    notices.Refused,
    notices.SameCode,
    notices.Unchanged,
    notices.Ignored,
    notices.ConfigRejected,
    notices.Reconfigured,
)


class History:
    """The last decisions, the rejected ones included."""

    def __init__(self) -> None:
        self._decisions: deque[notices.Decision] = deque(maxlen=HISTORY_LENGTH)

    def add(self, notice: object) -> None:
        """Take note of a notice, if it tells of a decision and not the same as the last one."""
        is_known = any(notice == known.notice for known in self._decisions)
        if isinstance(notice, _DECISIONS) and not (is_known and _is_rejection(notice)):
            self._decisions.append(notices.Decision(time.time(), notice))

    def notice(self) -> notices.History:
        """Return all of it for the person."""
        return notices.History(tuple(self._decisions))


def _is_rejection(notice: object) -> bool:
    return isinstance(notice, notices.Unchanged | notices.Ignored | notices.SameCode)


class Commands(Protocol):
    """What the person can ask for."""

    def restart_now(self) -> None:
        """Start the command anew."""

    def pause_or_resume(self) -> None:
        """Do not act on changes, or do so again."""

    def stop_until_change(self) -> None:
        """Stop the command; the next change starts it."""

    def lend_terminal(self) -> None:
        """Give the command the terminal that it waits for."""

    def clear_screen(self) -> None:
        """Clear the screen."""

    def write_empty_line(self) -> None:
        """Make room between old and new lines."""

    def change_detail(self) -> None:
        """Show more, or less."""

    def show_history(self) -> None:
        """Show the last decisions."""

    def quit(self) -> None:
        """Stop the command and end."""

    def show_help(self) -> None:
        """Show what can be asked for."""


def bindings(commands: Commands) -> dict[str, Callable[[], None]]:
    """Return what each key does."""
    return {
        "r": commands.restart_now,
        "F5": commands.restart_now,
        "p": commands.pause_or_resume,
        "s": commands.stop_until_change,
        "t": commands.lend_terminal,
        "c": commands.clear_screen,
        "\n": commands.write_empty_line,
        "\r": commands.write_empty_line,
        "v": commands.change_detail,
        "w": commands.show_history,
        "q": commands.quit,
        "h": commands.show_help,
        "?": commands.show_help,
    }


HELP = (
    ("r", "restart"),
    ("p", "pause or resume"),
    ("s", "stop until the next change"),
    ("t", "give the command the terminal"),
    ("c", "clear"),
    ("v", "more or less detail"),
    ("w", "why: the last decisions"),
    ("q", "quit"),
)
