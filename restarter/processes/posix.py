"""POSIX: a run is a process group, and on Linux everything that descends from it."""

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

from restarter.processes.command import Command, Reaped, spawn_error

if TYPE_CHECKING:
    from restarter.events import Put

assert sys.platform != "win32"  # noqa: S101  mypy reads this module for other systems alone

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h

STOPPED_FOR_TERMINAL = frozenset({signal.SIGTTIN, signal.SIGTTOU})
"""What stops a background process that reads the terminal or sets it up."""

KILL_SIGNAL = signal.SIGKILL
CONTINUE_SIGNAL = signal.SIGCONT

_HANDLED = frozenset(
    {
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGTSTP,
        signal.SIGCONT,
        signal.SIGWINCH,
        signal.SIGCHLD,
    }
)

_RESETTABLE = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}


def adopt_orphans() -> bool:
    """Become the parent of every orphaned descendant, so that none can get away.

    Returns:
        Whether the system can do that: Linux can (prctl(2), PR_SET_CHILD_SUBREAPER).
    """
    if sys.platform != "linux":
        return False
    import ctypes

    return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def hold_signals() -> None:
    """Let signals wait until `deliver_signals`; none is lost, and none interrupts a start."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)


def deliver_signals(put: "Put") -> None:
    """Put every signal on the inbox from here on.

    A signal handler does nothing else: SimpleQueue.put may interrupt itself (Python's queue
    documentation), most other things may not. SIGHUP stays ignored under nohup(1).
    """
    from restarter.events import ChildChanged, SignalReceived

    def handle(number: int, _frame: object) -> None:
        put(ChildChanged() if number == signal.SIGCHLD else SignalReceived(number))

    for number in _HANDLED:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handle)
    put(ChildChanged())  # for whatever ended before
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)


def suspend() -> None:
    """Stop this process, as Ctrl-Z would have; returns when it is continued."""
    os.kill(os.getpid(), signal.SIGSTOP)


def spawn(command: Command) -> int:
    """Start a command as the leader of a process group of its own.

    Every signal has its default disposition in it and none is blocked, whatever restarter
    inherited: a script starts `tool &` with SIGINT ignored, and that would be passed on.

    Returns:
        The process id of the leader, which is the number of the group as well.

    Raises:
        SpawnError: the system refused to execute it.
    """
    # posix_spawn(3) has no portable way to set the directory; restarter itself uses
    # absolute paths only, so that it may well stand where its command stands.
    try:
        os.chdir(command.directory)
        return os.posix_spawn(
            command.path,
            command.words,
            command.environment,
            setpgroup=0,
            setsigmask=(),
            setsigdef=_RESETTABLE,
        )
    except OSError as error:
        raise spawn_error(command, error) from error


def reap() -> list[Reaped]:
    """Return the children that ended or stopped since the last time, without waiting."""
    found = []
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                break
            stopped = os.WSTOPSIG(status) if os.WIFSTOPPED(status) else None
            code = None if stopped is not None else os.waitstatus_to_exitcode(status)
            found.append(Reaped(pid, code, stopped))
    return found


def stop_signals(number: int) -> tuple[int, ...]:
    """Return what asks a process to stop: a stopped one has to be continued to notice."""
    return (number, signal.SIGCONT)


def group_of(pid: int) -> int | None:
    """Return the process group of a process; None where it is gone."""
    try:
        return os.getpgid(pid)
    except OSError:
        return None


def signal_group(group: int, number: int) -> None:
    """Signal a whole process group whose leader was not reaped yet."""
    # Permission is denied where all that is left are zombies (macOS), or a process that
    # changed its user; both are no reason to stop here.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
