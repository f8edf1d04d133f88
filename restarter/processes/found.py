"""Processes that somebody else started: leftovers of earlier runs, and who listens on a port."""

import contextlib
import os
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

import psutil
from psutil import Process

from restarter.processes import tree
from restarter.processes.command import MARK_NAME
from restarter.processes.ports import listened_to, listeners

GRACE_SECONDS: Final = 5.0
"""How long what is left over has to stop."""

KILL_SECONDS: Final = 3.0
"""How long killed processes are waited for."""

_SLACK_SECONDS: Final = 2.0
"""By so much the time of a process's start may be wrong when somebody set the clock."""


class Found(NamedTuple):
    """A process.

    Args:
        process: itself.
        who: its pid and command line, for the person.
        ports: those that it listens on, sorted.
    """

    process: Process
    who: str
    ports: tuple[int, ...]


class Listener(NamedTuple):
    """Who listens on a port.

    Args:
        port: its number.
        pid: the process; 0 where the system does not tell, as of other users.
        who: its pid and command line, for the person.
        is_of_living_run: a restarter that is alive has started it.
    """

    port: int
    pid: int
    who: str
    is_of_living_run: bool


def find_leftovers(keep: AbstractSet[str]) -> list[Found]:
    """Return the processes that carry the mark of a restarter that is gone.

    Args:
        keep: names of processes that are meant to outlive a run.
    """
    found = []
    for process in psutil.process_iter():
        mark = _mark_of(process)
        if mark and not _is_living(mark) and _is_left(process, keep):
            found.append(Found(process, tree.who(process), tuple(sorted(listened_to(process)))))
    return found


def end(processes: Collection[Process], grace: float = GRACE_SECONDS) -> list[Process]:
    """Ask processes to stop, and kill after a while what has not.

    Args:
        processes: these, and nothing that they started.
        grace: seconds.

    Returns:
        Those that are still there.
    """
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
            process.resume()  # a stopped one would not notice
    _, alive = psutil.wait_procs(processes, timeout=grace)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    _, alive = psutil.wait_procs(alive, timeout=KILL_SECONDS)
    return [process for process in alive if tree.is_alive(process)]


def find_listeners(ports: AbstractSet[int]) -> list[Listener]:
    """Return who listens on some ports.

    Args:
        ports: their numbers.
    """
    return [_listener(port, pid) for port, pid, _ in listeners(ports)] if ports else []


def _mark_of(process: Process) -> str:
    try:
        return str(process.environ().get(MARK_NAME, ""))
    except (psutil.Error, OSError):  # of another user, or gone
        return ""


def _is_left(process: Process, keep: AbstractSet[str]) -> bool:
    return (
        process.pid != os.getpid()
        and tree.is_alive(process)
        and not tree.is_guardian(process)
        and not tree.is_kept(process, keep, None)
        and _is_of_this_namespace(process)
    )


def _is_living(mark: str) -> bool:
    """Tell whether the restarter of a mark is alive, which is its pid and the time of its start.

    A pid may belong to somebody else by now: who was started after the mark was made, and does
    not look like restarter.
    """
    pid, _, started = mark.partition("-")
    if not (pid.isdecimal() and started.isdecimal()):
        return True  # none of ours: hands off
    try:
        process = Process(int(pid))
        was_there = process.create_time() <= int(started) / 1e9 + _SLACK_SECONDS
        return tree.is_alive(process) and (was_there or "restarter" in " ".join(process.cmdline()))
    except psutil.AccessDenied:
        return True
    except psutil.Error:
        return False


def _is_of_this_namespace(process: Process) -> bool:
    """Tell whether pids mean the same to it; those in a mark of a container do not."""
    try:
        return os.readlink(f"/proc/{process.pid}/ns/pid") == os.readlink("/proc/self/ns/pid")
    except FileNotFoundError:
        return True  # no Linux, or it is gone
    except OSError:
        return False


def _listener(port: int, pid: int | None) -> Listener:
    if pid is None:
        return Listener(port, 0, "a process of another user", is_of_living_run=False)
    try:
        process = Process(pid)
    except psutil.Error:
        return Listener(port, pid, str(pid), is_of_living_run=False)
    mark = _mark_of(process)
    return Listener(port, pid, tree.who(process), is_of_living_run=bool(mark) and _is_living(mark))
