"""The guardian: a child of restarter that ends the run when restarter itself was killed.

It holds the reading end of a pipe and sleeps. When restarter ends in good order it says so; when
the pipe closes without a word, restarter was killed, and whatever carries its mark is asked to
stop and, a moment later, killed.
"""

import contextlib
import os
import signal
import sys
import time
import warnings

from restarter.processes.command import GUARDIAN_NAME

assert sys.platform != "win32"  # noqa: S101  mypy reads this module for other systems alone

GRACE_SECONDS = 1.0
"""How long what is left has to stop. All is to be gone two seconds after restarter."""

LIMIT_SECONDS = 10.0
"""How long the guardian keeps killing; a process that hangs in the kernel outlives it."""

_PR_SET_NAME = 15  # linux/prctl.h
_GOODBYE = b"q"
_SUPERFLUOUS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)


class Guardian:
    """The guardian as restarter sees it.

    Args:
        pid: its process id.
        writer: the writing end of the pipe.
    """

    def __init__(self, pid: int, writer: int) -> None:
        self.pid = pid
        self._writer = writer

    def watch(self, group: int) -> None:
        """Tell of the process group of a new run; 0: it is over, and the number may be reused."""
        self._write(f"{group}\n".encode())

    def dismiss(self) -> None:
        """Let it end: everything is over."""
        self._write(_GOODBYE)
        with contextlib.suppress(OSError):
            os.close(self._writer)

    def _write(self, message: bytes) -> None:
        with contextlib.suppress(OSError):  # it was killed; there is nobody to tell
            os.write(self._writer, message)


def start_guardian(mark: str, stop_signal: int, keep: frozenset[str]) -> Guardian | None:
    """Fork the guardian.

    Args:
        mark: what the processes of this restarter carry in their environment.
        stop_signal: what asks them to stop.
        keep: names of processes that are meant to outlive them.

    Returns:
        The guardian; None where the system has no process left for it.
    """
    try:
        reader, writer = os.pipe()
        with warnings.catch_warnings():
            # Python warns of threads that hold locks. The first guardian is forked before there
            # are any; one that replaces it needs no lock but those that Python renews itself.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
    except OSError:
        return None
    if pid:
        os.close(reader)
        return Guardian(pid, writer)
    try:
        os.close(writer)
        _guard(reader, mark, stop_signal, keep)
    finally:
        os._exit(0)
    return None


def _guard(reader: int, mark: str, stop_signal: int, keep: frozenset[str]) -> None:
    _let_go()
    told = b""
    while news := os.read(reader, 4096):
        if _GOODBYE in news:
            return
        told = news
    lines = told.split()
    group = int(lines[-1]) or None if lines else None
    _end_all(mark, group, keep, stop_signal)


def _let_go() -> None:
    """Hold nothing of the terminal, the pipes and the directory that restarter was started with."""
    os.setsid()
    for number in _SUPERFLUOUS:
        signal.signal(number, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.chdir("/")
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_NAME, GUARDIAN_NAME.encode(), 0, 0, 0)


def _end_all(mark: str, group: int | None, keep: frozenset[str], stop_signal: int) -> None:
    # Loaded only now: nearly always there is nothing to do.
    from restarter.processes import tree
    from restarter.processes.marks import Marks

    def left() -> list[tree.Process]:
        found = Marks(mark).carriers(group)
        return [process for process in found if not tree.is_kept(process, keep, group)]

    began = time.monotonic()
    asked: set[tree.Process] = set()
    while (processes := left()) and time.monotonic() - began < LIMIT_SECONDS:
        number = stop_signal if time.monotonic() - began < GRACE_SECONDS else signal.SIGKILL
        for process in processes:
            if process not in asked or number == signal.SIGKILL:
                tree.signal_one(process, number)
                tree.signal_one(process, signal.SIGCONT)
        asked |= set(processes)
        time.sleep(0.02)  # these are not its children: nobody tells when they end
