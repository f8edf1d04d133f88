"""What happened, told to everybody who keeps account of it: people, programs, and the counters."""

import os
import sys
import time
from collections.abc import Callable, Collection
from typing import Any

from restarter.configuration.settings import Settings
from restarter.events import PortsSeen, PortsTaken, Put
from restarter.notices import Help
from restarter.port_memory import remember
from restarter.ports import PortWatch
from restarter.session.controls import HELP, History
from restarter.session.tally import Tally
from restarter.status import Status, open_status

_STATUS_KEYS = ("base", "notify", "output", "output_file")


class Reporter:
    """Passes each notice on, and says what follows from several of them.

    Args:
        settings: how much is said, in which form, and where.
        put: puts what was found out beside the loop on the inbox.
        may_draw: tells whether the terminal is ours, and not the run's or a shell's.
    """

    def __init__(self, settings: Settings, put: Put, may_draw: Callable[[], bool]) -> None:
        self._may_draw = may_draw
        self._settings = settings
        self._history = History()
        self._tally = Tally()
        self._ports = PortWatch(put, os.environ | dict(settings.env), self.remember_ports)
        self._status = self._open_status()
        self.handlers: dict[type, Callable[[Any], None]] = {
            PortsSeen: self._on_ports_seen,
            PortsTaken: self._on_ports_taken,
        }

    def show(self, notice: object) -> None:
        """Tell of a notice."""
        now = time.monotonic()
        self._history.add(notice)
        self._status.show(notice, now)
        self._tally.see(notice, now)
        self._ports.see(notice, now)

    def remember_ports(self, ports: frozenset[int]) -> None:
        """Keep where a run listens beyond the end of this process."""
        remember(self._settings.base, ports, os.environ)

    def reconfigure(self, settings: Settings) -> None:
        """Tell it in another form, or elsewhere."""
        old, self._settings = self._settings, settings
        if any(getattr(old, key) != getattr(settings, key) for key in _STATUS_KEYS):
            self._status.close()
            self._status = self._open_status()

    def _open_status(self) -> Status:
        return open_status(self._settings, sys.stderr, os.environ, self._may_draw)

    @property
    def deadline(self) -> float | None:
        """When `look` is due, in seconds of the monotonic clock."""
        dues = (self._status.deadline, self._tally.deadline, self._ports.deadline)
        return min((due for due in dues if due is not None), default=None)

    def look(self, going_on: Collection[type]) -> None:
        """Do what is due.

        Args:
            going_on: the kinds of waits that are not over.
        """
        now = time.monotonic()
        self._status.look(now, going_on)
        self._ports.look(now)
        recovery = self._tally.recovery(now)
        if recovery is not None:
            self.show(recovery)

    def close(self) -> None:
        """Say what it all came to."""
        summary = self._tally.summary()
        if summary is not None:
            self.show(summary)
        self._status.close()

    def _on_ports_seen(self, event: PortsSeen) -> None:
        listening = self._ports.seen(event)
        if listening is not None:
            self.show(listening)

    def _on_ports_taken(self, event: PortsTaken) -> None:
        for notice in event.notices:
            self.show(notice)

    # What the person asks by a key

    def clear_screen(self) -> None:
        """Clear the screen, and what was scrolled off where that is wanted."""
        self._status.clear_screen(scroll_back=self._settings.clear == "all")

    def write_empty_line(self) -> None:
        """Make room between old and new lines."""
        self._status.write_empty_line()

    def set_verbosity(self, verbosity: int) -> None:
        """Show more, or less."""
        self._status.set_verbosity(verbosity)

    def show_history(self) -> None:
        """Show the last decisions."""
        self._status.show(self._history.notice(), time.monotonic())

    def show_help(self) -> None:
        """Show what can be asked for."""
        self._status.show(Help(HELP), time.monotonic())
