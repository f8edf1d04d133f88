"""Who carries a mark in its environment: what belongs to a run, whoever started it."""

import os
from collections.abc import Iterable, Iterator

import psutil
from psutil import Process

from restarter.processes.command import MARK_NAME
from restarter.processes.system import group_of
from restarter.processes.tree import existing, is_alive, is_guardian, read

LOOKS = 2
"""Who was looked at so often and carried no mark never will: a process gets its environment by
execve(2), soon after it came to be, and two looks are mostly two stops of a run."""


class Marks:
    """Finds every process with a mark, wherever it belongs.

    Most processes of a machine are there for long and have nothing to do with a run. To read the
    environment of each costs milliseconds, between the end of one run and the start of the next.

    Args:
        mark: the value of the environment variable.
    """

    def __init__(self, mark: str) -> None:
        self._needle = f"{MARK_NAME}={mark}".encode()
        self._strangers: dict[tuple[int, int], int] = {}

    def carriers(self, group: int | None = None) -> list[Process]:
        """Return every living process with the mark.

        Args:
            group: its living members are returned as well, marked or not.
        """
        found = existing(self._look(group))
        return [each for each in found if is_alive(each) and not is_guardian(each)]

    def _look(self, group: int | None) -> Iterable[int]:
        found, strangers = [], {}
        for pid, inode in _processes():
            looks = self._strangers.get((pid, inode), 0)
            is_marked = looks < LOOKS and _has_in_environment(pid, self._needle)
            if is_marked or (group is not None and group_of(pid) == group):
                found.append(pid)
            elif inode:
                strangers[pid, inode] = looks + 1
        self._strangers = strangers
        return found


def _processes() -> Iterator[tuple[int, int]]:
    """Yield the pid of every other process, with what tells it from the next one of that pid.

    On Linux that is the inode of its directory in /proc: it belongs to one process, which now and
    then gets another one. Elsewhere 0: nothing tells at so little cost.
    """
    own = os.getpid()
    if not os.path.isdir("/proc/self/fdinfo"):
        yield from ((pid, 0) for pid in psutil.pids() if pid != own)
        return
    with os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdigit() and int(entry.name) != own:
                yield int(entry.name), entry.inode()


def _has_in_environment(pid: int, needle: bytes) -> bool:
    try:
        return needle in read(f"/proc/{pid}/environ").split(b"\0")
    except FileNotFoundError:
        return _has_in_environment_elsewhere(pid, needle)
    except OSError:  # somebody else's process, or one that just ended
        return False


def _has_in_environment_elsewhere(pid: int, needle: bytes) -> bool:
    name, _, value = needle.decode().partition("=")
    try:
        return bool(Process(pid).environ().get(name) == value)
    except (psutil.Error, OSError):
        return False
