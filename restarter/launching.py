"""Launch first: the command is started before anything is loaded that it does not need."""

import gc
import sys
import time
from collections.abc import Callable

from restarter.clock import file_system_now_ns
from restarter.configuration.settings import Settings
from restarter.processes import (
    HeldSignals,
    adopt_orphans,
    children_until_now,
    spawn,
    start_guardian,
)
from restarter.processes.command import new_mark, prepare
from restarter.processes.launched import Launched

_CLEAR = "\x1b[H\x1b[2J"  # ECMA-48: cursor home, erase the screen
_CLEAR_ALL = _CLEAR + "\x1b[3J"  # xterm: and the lines that were scrolled off


def launch(settings: Settings, reload: Callable[[], Settings]) -> int:
    """Start the command, then watch and restart it until restarter ends.

    Args:
        settings: what to do.
        reload: reads the configuration again; raises UsageError if it is broken.

    Returns:
        The exit code of restarter.

    Raises:
        SpawnError: the command cannot be started at all.
    """
    launched = start(settings)

    # rich, psutil, watchdog and pathspec are loaded from here on, beside the running command.
    from restarter.session.session import Session

    return Session(settings, reload, launched).run()


def start(settings: Settings) -> Launched:
    """Start the command, and what ends it if this process is killed.

    From here on signals wait until a session takes them.

    Raises:
        SpawnError: the command cannot be started at all.
    """
    launched = _start_first(settings, HeldSignals())
    gc.enable()
    return launched


def _start_first(settings: Settings, signals: HeldSignals) -> Launched:
    strangers = children_until_now()
    adopting, mark, reference_ns = adopt_orphans(), new_mark(), file_system_now_ns()
    command, pid, lessons, started = None, None, None, 0.0
    if not settings.postpone:
        _clear_screen(settings)
        command = prepare(settings, run=1, changes=(), mark=mark)
        started = time.monotonic()
        if settings.warm and adopting:
            from restarter.warm.learning import start_to_learn

            pid, lessons = start_to_learn(command)
        else:
            pid = spawn(command)
    # While there are no threads yet, so that the child has nothing half done in it.
    guardian = start_guardian(mark, settings.stop_signal, frozenset(settings.stop_keep))
    return Launched(
        signals, command, pid, mark, adopting, reference_ns, strangers, guardian, lessons, started
    )


def _clear_screen(settings: Settings) -> None:
    """Clear the screen by hand: what does that later is not loaded yet."""
    if settings.clear and sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(_CLEAR_ALL if settings.clear == "all" else _CLEAR)
        sys.stderr.flush()
