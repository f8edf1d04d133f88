"""Sessions of the engine whose command is the program that is run again."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from restarter.configuration.settings import Settings
from restarter.events import Put
from restarter.notices import CrashLoop, HandedOver, Started, Stopped, Summary, Watching
from restarter.processes.launched import Launched
from restarter.reloader.options import Asked
from restarter.reloader.orders import Order, Reported, read_report
from restarter.reloader.selecting import watching
from restarter.reloader.stat_reloader import RELOAD_CODE
from restarter.reloader.tracking import Watched
from restarter.session.reporting import Reporter
from restarter.session.session import Session
from restarter.supervising.supervision import Brief

_USUAL_ENDS = (128 + signal.SIGINT, 128 + signal.SIGTERM)
_PIECE = 65536


class ParentGone(NamedTuple):
    """The process that was started first has ended."""


def open_session(order: Order, settings: Settings, launched: Launched) -> "RestartingSession":
    """Return the session that an order asks for.

    Args:
        order: what is wanted.
        settings: how the program was launched.
        launched: the first run.
    """
    if order.watched is not None:
        return ReloadingSession(settings, order, launched, order.watched)
    return RestartingSession(settings._replace(on_exit="exit", on_crash="exit"), order, launched)


def read_reports(reader: int, put: Put) -> None:
    """Put on the inbox what the program reports.

    Args:
        reader: the reading end of the pipe that the program writes to.
        put: puts a report on the inbox.
    """

    def read() -> None:
        text = b""
        while piece := os.read(reader, _PIECE):
            *lines, text = (text + piece).split(b"\n")
            for line in filter(None, lines):
                report = read_report(line)
                if report is not None:
                    put(report)

    threading.Thread(target=read, name="reports", daemon=True).start()


class _Reserved(Reporter):
    """Passes on some of the notices only, and counts nothing up at the end.

    Args:
        settings: in which form, and where.
        put: puts what was found out beside the loop on the inbox.
        may_draw: tells whether the terminal is ours.
        is_wanted: whether a notice is passed on.
    """

    def __init__(
        self,
        settings: Settings,
        put: Put,
        may_draw: Callable[[], bool],
        is_wanted: Callable[[object], bool],
    ) -> None:
        super().__init__(settings, put, may_draw)
        self._is_wanted = is_wanted

    def show(self, notice: object) -> None:
        """Tell of a notice, if it is wanted."""
        if self._is_wanted(notice):
            super().show(notice)

    def remember_ports(self, ports: frozenset[int]) -> None:
        """Do nothing: `restarter doctor` is not for such programs."""

    def reconfigure(self, settings: Settings) -> None:
        """Do nothing: what differs is what is watched."""


def _is_crash_loop(notice: object) -> bool:
    return isinstance(notice, CrashLoop)


class _Worthwhile:
    """Tells what somebody wants to read who has started a program and not restarter."""

    def __init__(self) -> None:
        self._is_watching_told = False

    def __call__(self, notice: object) -> bool:
        if isinstance(notice, Watching):
            self._is_watching_told, is_known = True, self._is_watching_told
            return not is_known
        return not isinstance(notice, Started | Stopped | HandedOver | Summary)


class RestartingSession(Session):
    """Runs the program again when it asks for that.

    Args:
        settings: of the first run.
        order: what is wanted.
        launched: the first run.
    """

    def __init__(self, settings: Settings, order: Order, launched: Launched) -> None:
        self._directory = order.directory
        super().__init__(settings, lambda: self._settings, launched)
        self.put: Put = self._inbox.put

    def open_reporter(self, settings: Settings, put: Put, may_draw: Callable[[], bool]) -> Reporter:
        """Return one that says nothing but that the program asks too often."""
        return _Reserved(settings._replace(base=self._directory), put, may_draw, _is_crash_loop)

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """Return what is done about each event that is no hint."""
        return super().handlers() | {
            Reported: self._on_reported,
            ParentGone: lambda _: self._supervisor.finish(0, "the end of its parent"),
        }

    def asks_for_restart(self, code: int) -> bool:
        """Whether the program ended with the code that asks for it."""
        return code == RELOAD_CODE

    def _on_reported(self, event: Reported) -> None:
        """The program watches its files itself."""


class ReloadingSession(RestartingSession):
    """Runs the program again whenever one of its files has changed.

    Args:
        settings: of the first run.
        order: what is wanted.
        launched: the first run.
        watched: what is watched, until the program itself says what it is made of.
    """

    def __init__(
        self, settings: Settings, order: Order, launched: Launched, watched: Watched
    ) -> None:
        super().__init__(watching(settings, watched), order, launched)
        self._watched = watched
        self._asked = Asked(watched.options)

    def open_reporter(self, settings: Settings, put: Put, may_draw: Callable[[], bool]) -> Reporter:
        """Return one that tells why, and what has to be waited for; the rest shows by itself."""
        return _Reserved(settings._replace(base=self._directory), put, may_draw, _Worthwhile())

    def brief(self, run: int) -> Brief:
        """Return what is to be run; what it wants to be tracked it says itself."""
        self._asked.begin_run()
        return super().brief(run)

    def run(self) -> int:
        """Watch and restart until the end.

        Returns:
            0 for the usual ways to end a server.
        """
        code = super().run()
        return 0 if code in _USUAL_ENDS else code

    def _on_reported(self, event: Reported) -> None:
        roots = dict.fromkeys((*self._watched.roots, *event.roots))
        files = self._watched.files | event.files.keys()
        for options in event.options:
            self._asked.add(options)
        self._watched = Watched(tuple(roots), files, self._asked.options)
        settings = watching(self._settings, self._watched)
        added = {path for path, _ in settings.watch} - {path for path, _ in self._settings.watch}
        if settings != self._settings:
            self.use(settings)
            self._gatherer.learn({path: event.files[path] for path in added & event.files.keys()})
