"""The process tree: who belongs to a run, and who of them is still alive."""

import contextlib
import os
import shlex
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import chain

import psutil
from psutil import Process

from restarter.processes.command import GUARDIAN_NAME
from restarter.processes.names import names_of
from restarter.processes.system import KILL_SIGNAL, group_of, signal_process

__all__ = [
    "Process",
    "are_reading",
    "created_at",
    "descendant_pids",
    "descendants",
    "describe",
    "existing",
    "group_and_known",
    "have_written",
    "is_alive",
    "is_guardian",
    "is_kept",
    "kill_group_and_descendants",
    "open_for_writing",
    "read",
    "signal_one",
    "who",
]

_LONGEST = 60
"""Letters of a command line that is shown."""

_READ = {"x86_64": "0", "aarch64": "63", "arm64": "63"}  # syscalls(2): the number of read

_PART_BYTES = 65536

_CHILDREN = "/proc/{}/task/{}/children"


def describe(members: Iterable[Process]) -> tuple[str, ...]:
    """Return the pid and the command line of each process, for the person."""
    return tuple(map(who, members))


def who(process: Process) -> str:
    """Return the pid and the command line of a process; one that is gone keeps its pid."""
    try:
        words = process.cmdline() or [process.name()]
    except (psutil.Error, OSError):
        return str(process.pid)
    if len(shlex.join(words)) > _LONGEST and os.path.isabs(words[0]):
        words = [os.path.basename(words[0]), *words[1:]]  # what it is tells more than where
    line = " ".join(shlex.join(words).split())
    return f"{process.pid} {line if len(line) <= _LONGEST else f'{line[: _LONGEST - 3]}...'}"


def descendants(*, but: AbstractSet[int]) -> list[Process]:
    """Return every living process that descends from this one.

    Where orphans are adopted that is everything a run can have started: a process that forks
    twice, makes a session of its own and loses its parents becomes our own child.

    Args:
        but: pids of children that are left out, with all below them.
    """
    found = existing(descendant_pids(but=but))
    return [process for process in found if not _is_zombie(process)]


def descendant_pids(*, but: AbstractSet[int]) -> list[int]:
    """Return the pid of every process that descends from this one, zombies included.

    Args:
        but: pids of children that are left out, with all below them.
    """
    top = os.getpid()
    does_kernel_tell = os.path.exists(_CHILDREN.format(top, top))
    children_of = _children_by_kernel if does_kernel_tell else _children_by_parents
    pids = list(children_of(top) - but)
    for pid in pids:  # grows while it is read: a walk without recursion
        pids.extend(children_of(pid) - but)
    return pids


def existing(pids: Iterable[int]) -> Iterator[Process]:
    """Yield the processes of those pids that are there."""
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            yield Process(pid)


def group_and_known(group: int | None, known: Iterable[Process]) -> list[Process]:
    """Return the living members of a group, the known processes, and all their descendants.

    Args:
        group: the process group, which is the leader's process id; None where that number may
            belong to others by now.
        known: processes that were seen to belong to the run.
    """
    below = _by_parent()
    found = {process for process in known if is_alive(process)}
    if group is not None:
        # The leader is named also where the group of a process cannot be asked for.
        everybody = chain.from_iterable(below.values())
        found.update(each for each in everybody if group in (each.pid, group_of(each.pid)))
    left = list(found)
    while left:
        new = set(below.get(left.pop().pid, ())) - found
        found |= new
        left += new
    return [process for process in found if is_alive(process)]


def _by_parent() -> dict[int, list[Process]]:
    """Return all processes by the process id of their parents, in one look."""
    found: dict[int, list[Process]] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            found.setdefault(process.ppid(), []).append(process)
    return found


def is_guardian(process: Process) -> bool:
    """Whether the process is the guardian of some restarter: it ends by itself."""
    try:
        return bool(process.name() == GUARDIAN_NAME)
    except psutil.Error:
        return False


def is_alive(process: Process) -> bool:
    """Whether it runs or could; a zombie does not."""
    return process.is_running() and not _is_zombie(process)


def _is_zombie(process: Process) -> bool:
    """Whether a process that was found just now has ended since, or before that."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def created_at(process: Process) -> float:
    """Return when a process was created, in seconds since the epoch; 0 if it is gone."""
    try:
        return process.create_time()
    except psutil.Error:
        return 0.0


def is_kept(process: Process, names: AbstractSet[str], group: int | None) -> bool:
    """Whether a process is one of those that are meant to outlive a run.

    Args:
        process: a process of the run.
        names: the names of such.
        group: the process group of the run, if it is known: whatever stays in it did not mean to
            leave the run, a client of such a daemon for one.
    """
    try:
        if not names or group in (process.pid, group_of(process.pid)):
            return False
        return process.name() in names or not names.isdisjoint(names_of(process.cmdline()))
    except psutil.Error:
        return False


def kill_group_and_descendants(leader: int) -> None:
    """Kill a child of ours that was not reaped yet, its group, and all that descends from it."""
    with contextlib.suppress(psutil.Error):
        for process in group_and_known(leader, {Process(leader)}):
            signal_one(process, KILL_SIGNAL)


def signal_one(process: Process, number: int) -> None:
    """Signal a process, unless its pid belongs to another one by now."""
    signal_process(process.pid, number, process.is_running)


def open_for_writing(pids: Iterable[int], paths: AbstractSet[str]) -> set[str]:
    """Return those of the paths that one of the processes holds open for writing."""
    find = _open_on_linux if os.path.isdir("/proc/self/fdinfo") else _open_elsewhere
    found: set[str] = set()
    for pid in pids:
        with contextlib.suppress(psutil.Error, OSError):
            found |= find(pid, paths)
    return found


def _open_on_linux(pid: int, paths: AbstractSet[str]) -> set[str]:
    """Compare names first: a look at every open file, as psutil takes, is far slower.

    The flags in fdinfo are octal, those of open(2) (proc_pid_fdinfo(5)).
    """
    found = set()
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            path = os.readlink(f"/proc/{pid}/fd/{descriptor}")
            if path in paths:
                with open(f"/proc/{pid}/fdinfo/{descriptor}", encoding="ascii") as file:
                    flags = next(line for line in file if line.startswith("flags:")).split()[1]
                if int(flags, 8) & (os.O_WRONLY | os.O_RDWR):
                    found.add(path)
    return found


def _open_elsewhere(pid: int, paths: AbstractSet[str]) -> set[str]:
    # Only some systems tell how a file is open.
    return {
        file.path
        for file in Process(pid).open_files()
        if file.path in paths and getattr(file, "mode", "r") != "r"
    }


def are_reading(members: Iterable[Process], devices: AbstractSet[int]) -> bool:
    """Whether one of the processes waits in read(2) for a device, or that cannot be known.

    Args:
        members: the processes.
        devices: the numbers of the device, such as a terminal.
    """
    number = _READ.get(os.uname().machine) if hasattr(os, "uname") else None
    if number is None:
        return True
    return any(_is_reading(member.pid, number, devices) for member in members)


def _is_reading(pid: int, number: str, devices: AbstractSet[int]) -> bool:
    """proc_pid_syscall(5): the number of the system call and its arguments, per thread."""
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/syscall", encoding="ascii") as file:
                words = file.read().split()
            if words[0] == number:
                descriptor = int(words[1], 16)
                found = os.stat(f"/proc/{pid}/fd/{descriptor}")
                if getattr(found, "st_rdev", 0) in devices:
                    return True
    return False


def have_written(pids: Iterable[int]) -> bool | None:
    """Whether one of the processes wrote to a disk; None where the system does not tell.

    proc_pid_io(5): write_bytes counts what is written to files, not to pipes or terminals.
    """
    written = None
    for pid in pids:
        with contextlib.suppress(psutil.Error, OSError):
            counters = getattr(Process(pid), "io_counters", None)  # not on macOS
            if counters is not None:
                written = bool(written) or counters().write_bytes > 0
    return written


def _children_by_kernel(pid: int) -> set[int]:
    """Return the direct children of a process, without a look at every process of the machine.

    proc_pid_task(5): each thread has the children that it started itself. The list may miss one
    while another is taken off it. Our own are only taken off when the loop reaps them, so that
    whether any are left is always certain; and what lost its parents is our own.
    """
    found: set[int] = set()
    with contextlib.suppress(OSError):  # it has ended, and its children are others' now
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found.update(map(int, read(_CHILDREN.format(pid, thread)).split()))
    return found


def read(path: str) -> bytes:
    """Return what a file of /proc holds.

    Four calls of the kernel, where open() makes seven: such files are read while a save waits.

    Raises:
        OSError: it cannot be read, or the process that it tells of is gone.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return b"".join(iter(lambda: os.read(descriptor, _PART_BYTES), b""))
    finally:
        os.close(descriptor)


def _children_by_parents(pid: int) -> set[int]:
    with contextlib.suppress(psutil.Error):
        return {child.pid for child in Process(pid).children()}
    return set()
