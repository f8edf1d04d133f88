"""Windows: a run is a process group of its own, and the tree that psutil finds below it.

Checked by mypy and by tests of its pure parts; not run on a real Windows machine so far.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

from restarter.events import ChildChanged, Put, SignalReceived
from restarter.processes.command import Command, Reaped, spawn_error

assert sys.platform == "win32"  # noqa: S101  mypy reads this module for that system alone

STOPPED_FOR_TERMINAL: frozenset[int] = frozenset()
"""No process is stopped for reading the console."""

KILL_SIGNAL = signal.SIGTERM  # os.kill() and psutil end a process at once for it
CONTINUE_SIGNAL = signal.CTRL_BREAK_EVENT  # nothing is ever stopped, so nothing is continued

_children: dict[int, subprocess.Popen[bytes]] = {}
_put_on_inbox: list[Put] = []


class Guardian:
    """There is none: a process cannot fork itself."""

    pid = 0

    def watch(self, group: int) -> None:
        """Do nothing."""

    def dismiss(self) -> None:
        """Do nothing."""


def start_guardian(mark: str, stop_signal: int, keep: frozenset[str]) -> Guardian | None:
    """Return None."""
    del mark, stop_signal, keep
    return None


class Terminal:
    """The console is shared by all its processes: nothing is lent, and no key is read."""

    descriptor = 0
    is_lent = False

    @classmethod
    def find(cls) -> "Terminal | None":
        """Return None: there is nothing to lend."""
        return None

    def read_single_keys(self) -> None:
        """Do nothing."""

    def lend(self, group: int) -> None:
        """Do nothing."""

    def take_back(self, *, clean: bool = False) -> bool:
        """Return False: nothing was lent."""
        del clean
        return False

    def is_raw(self) -> bool:
        """Return False."""
        return False

    def is_closed(self) -> bool:
        """Return False: Windows tells by a signal."""
        return False

    def mend(self) -> None:
        """Do nothing."""

    @property
    def devices(self) -> frozenset[int]:
        """No device."""
        return frozenset()

    def give_up(self) -> None:
        """Do nothing."""


def adopt_orphans() -> bool:
    """Return False: there are no orphans to adopt, a process keeps its parent's id."""
    return False


def children_until_now() -> frozenset[int]:
    """Return nothing: no orphans are adopted."""
    return frozenset()


class HeldSignals:
    """Events of the console are not queued: they arrive from `deliver` on."""

    def deliver(self, put: Put) -> None:
        """Put Ctrl-C, Ctrl-Break and the ends of children on the inbox.

        Handlers of Python would not do: they run in the main thread, which waits for a lock, and
        no signal interrupts that on Windows (documentation of `threading.Lock.acquire`). The
        number that `set_wakeup_fd` writes comes from the thread that Windows starts for the event.
        """
        _put_on_inbox.append(put)
        reader, writer = socket.socketpair()
        writer.settimeout(0)
        signal.set_wakeup_fd(writer.fileno())
        for number in (signal.SIGINT, signal.SIGBREAK, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: None)
        threading.Thread(target=_read_signals, args=(reader, writer, put), daemon=True).start()
        put(ChildChanged())


def own_outputs() -> frozenset[str]:
    """Return nothing: the names of open files are not known."""
    return frozenset()


def suspend() -> None:
    """Do nothing: a process cannot be suspended by a key."""


def spawn(command: Command, output: int | None = None) -> int:
    """Start a command as a process group of its own (CREATE_NEW_PROCESS_GROUP).

    Args:
        command: what is executed.
        output: the descriptor that standard output and error are to go to, standard input being
            empty; None: it has those of restarter.

    Returns:
        Its process id.

    Raises:
        SpawnError: the system refused to execute it.
    """
    try:
        child = subprocess.Popen(
            command.words,
            executable=command.path,
            cwd=command.directory,
            env=command.environment,
            stdin=None if output is None else subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
        )
    except (OSError, ValueError) as error:
        raise spawn_error(command, error) from error
    _children[child.pid] = child
    threading.Thread(target=_wait, args=(child,), daemon=True).start()
    return child.pid


def reap() -> list[Reaped]:
    """Return the children that ended since the last time, without waiting."""
    ended = {pid: child.poll() for pid, child in _children.items()}
    found = [Reaped(pid, code, None) for pid, code in ended.items() if code is not None]
    for pid, _, _ in found:
        del _children[pid]
    return found


def stop_signals(number: int) -> tuple[int, ...]:
    """Return what asks a process to stop: CTRL_BREAK_EVENT is all that there is."""
    del number
    return (signal.CTRL_BREAK_EVENT,)


def group_of(pid: int) -> int | None:
    """Return None: the group of a process cannot be asked for."""
    del pid
    return None


def signal_group(group: int, number: int) -> None:
    """Ask a group to stop by CTRL_BREAK_EVENT, the only thing that a group can be sent."""
    del number  # whatever was asked for
    try:
        os.kill(group, signal.CTRL_BREAK_EVENT)
    except OSError:  # it is gone
        return


def signal_process(pid: int, number: int, is_meant: Callable[[], bool]) -> None:
    """Signal one process, if its pid still belongs to the one that is meant."""
    with contextlib.suppress(OSError):
        if is_meant():
            os.kill(pid, number)


def _wait(child: "subprocess.Popen[bytes]") -> None:
    child.wait()
    for put in _put_on_inbox:
        put(ChildChanged())


def _read_signals(reader: socket.socket, writer: socket.socket, put: Put) -> None:
    with writer:  # nobody else holds it
        while numbers := reader.recv(64):
            for number in numbers:
                put(SignalReceived(number))
