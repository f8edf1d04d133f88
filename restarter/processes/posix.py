"""POSIX: a run is a process group, and on Linux everything that descends from it."""

import contextlib
import errno
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from restarter.processes.command import Command, Reaped, spawn_error

if TYPE_CHECKING:
    from restarter.events import Put

assert sys.platform != "win32"  # noqa: S101  mypy reads this module for other systems alone

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_SI_KERNEL = 0x80  # asm-generic/siginfo.h: nobody's kill(2)

STOPPED_FOR_TERMINAL = frozenset({signal.SIGTTIN, signal.SIGTTOU})
"""What stops a background process that reads the terminal or sets it up."""

KILL_SIGNAL = signal.SIGKILL
CONTINUE_SIGNAL = signal.SIGCONT

HANDLED = frozenset(
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


def children_until_now() -> frozenset[int]:
    """Return the children that this process had before it started any itself.

    A shell that starts something in the background and then `exec`s restarter leaves such:
    they are none of a run's. Only where orphans are adopted does that make a difference.
    """
    try:
        with open("/proc/thread-self/children", encoding="ascii") as file:
            return frozenset(map(int, file.read().split()))
    except OSError:
        return frozenset()


class HeldSignals:
    """Signals wait from the making of this until `deliver`.

    They are blocked in this thread and in all that it starts, so that none of them is ever
    interrupted by one, or takes one that another waits for. A thread that was there before does
    not block them: a profiler or a tracer starts such when the interpreter starts
    (sitecustomize). What the kernel gives to that one comes by a pipe, into which the handler
    writes in whatever thread it runs (`signal.set_wakeup_fd`).
    """

    def __init__(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        is_deaf_to_hangup = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # by nohup(1)
        self._awaited = HANDLED - {signal.SIGHUP} if is_deaf_to_hangup else HANDLED
        self._taken_elsewhere, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        # An ignored SIGCHLD would let the kernel reap children by itself (waitpid(2)), and some
        # systems drop any ignored signal even while it is blocked.
        for number in self._awaited:
            signal.signal(number, lambda _number, _frame: None)

    def deliver(self, put: "Put") -> None:
        """Put every signal on the inbox from here on: threads of their own wait for them.

        A handler of Python's would not do: it runs in the main thread only, which may sleep on
        (Python's signal documentation).
        """
        from restarter.events import ChildChanged, SignalReceived

        def tell(number: int, *, is_typed: bool = False) -> None:
            put(ChildChanged() if number == signal.SIGCHLD else SignalReceived(number, is_typed))

        def wait() -> None:
            while True:
                number, is_typed = _next_signal(self._awaited)
                tell(number, is_typed=is_typed)

        def read() -> None:
            while True:
                # There is also what a handler of somebody else's is for, as for SIGPROF.
                for number in self._awaited.intersection(os.read(self._taken_elsewhere, 64)):
                    tell(number)

        threading.Thread(target=wait, name="signals", daemon=True).start()
        threading.Thread(target=read, name="signals elsewhere", daemon=True).start()
        put(ChildChanged())  # for whatever ended before


def _next_signal(awaited: frozenset[signal.Signals]) -> tuple[int, bool]:
    """Wait for a signal; returns it, and whether the kernel sent it by itself."""
    if sys.platform == "linux":
        found = signal.sigwaitinfo(awaited)
        return found.si_signo, found.si_code == _SI_KERNEL
    return signal.sigwait(awaited), False


def own_outputs() -> frozenset[str]:
    """Return the files that our own output goes to, where the system tells their names."""
    found = set()
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                found.add(os.readlink(f"/proc/self/fd/{descriptor}"))
    return frozenset(found)


def suspend() -> None:
    """Stop this process, as Ctrl-Z would have; returns when it is continued."""
    os.kill(os.getpid(), signal.SIGSTOP)


def spawn(command: Command, output: int | None = None) -> int:
    """Start a command as the leader of a process group of its own.

    Every signal has its default disposition in it and none is blocked, whatever restarter
    inherited: a script starts `tool &` with SIGINT ignored, and that would be passed on.

    Args:
        command: what is executed.
        output: the descriptor that standard output and error are to go to, standard input being
            empty; None: it has those of restarter.

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
            file_actions=_redirections(output),
            setpgroup=0,
            setsigmask=(),
            setsigdef=_RESETTABLE,
        )
    except (OSError, ValueError) as error:
        raise spawn_error(command, error) from error


def _redirections(output: int | None) -> Sequence[tuple[Any, ...]]:
    if output is None:
        return ()
    return (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, output, 1),
        (os.POSIX_SPAWN_DUP2, output, 2),
    )


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


def signal_process(pid: int, number: int, is_meant: Callable[[], bool]) -> None:
    """Signal one process.

    Args:
        pid: its process id.
        number: the signal.
        is_meant: whether the pid still belongs to the process that is meant; asked at the last
            moment, and where the system has handles of processes, while one is held: the signal
            goes to the process that was asked about, whoever has its pid afterwards.
    """
    with contextlib.suppress(OSError), _handle(pid) as handle:
        if not is_meant():
            return
        if handle is None:
            os.kill(pid, number)
        elif sys.platform == "linux":
            signal.pidfd_send_signal(handle, number)


@contextlib.contextmanager
def _handle(pid: int) -> Iterator[int | None]:
    """Hold a process by a descriptor (pidfd_open(2)); None where the system cannot do that."""
    handle = None
    if sys.platform == "linux":
        try:
            handle = os.pidfd_open(pid)
        except OSError as error:
            if error.errno != errno.ENOSYS:
                raise
    try:
        yield handle
    finally:
        if handle is not None:
            os.close(handle)
