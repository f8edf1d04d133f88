"""The process tree: who belongs to a run, and who of them is still alive."""

import contextlib
import os
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import chain

import psutil
from psutil import Process

from restarter.processes.command import GUARDIAN_NAME, MARK_NAME
from restarter.processes.names import names_of
from restarter.processes.system import group_of, signal_process

__all__ = [
    "Process",
    "are_reading",
    "created_at",
    "descendants",
    "describe",
    "group_and_known",
    "have_written",
    "is_alive",
    "is_guardian",
    "is_kept",
    "marked",
    "open_for_writing",
    "signal_one",
]

_READ = {"x86_64": "0", "aarch64": "63", "arm64": "63"}  # syscalls(2): the number of read

_CHILDREN = "/proc/self/task/{}/children"


def describe(members: Iterable[Process]) -> tuple[str, ...]:
    """Return each process as "pid name"; one that is gone by now keeps its pid."""
    return tuple(f"{member.pid} {_name(member)}".rstrip() for member in members)


def descendants(*, but: AbstractSet[int]) -> list[Process]:
    """Return every living process that descends from this one.

    Where orphans are adopted that is everything a run can have started: a process that forks
    twice, makes a session of its own and loses its parents becomes our own child.

    Args:
        but: pids of children that are left out, with all below them.
    """
    if not _children_by_kernel() - but:
        return []
    found = Process().children(recursive=True)
    left_out = set(but)
    for process in found:  # parents come before their children
        if _parent_of(process) in left_out:
            left_out.add(process.pid)
    return [process for process in found if process.pid not in left_out and is_alive(process)]


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


def marked(mark: str, group: int | None = None) -> list[Process]:
    """Return every living process with a mark in its environment, wherever it belongs.

    Args:
        mark: the value of the environment variable.
        group: its living members are returned as well, marked or not.
    """
    needle = f"{MARK_NAME}={mark}".encode()
    found = []
    for pid in psutil.pids():
        if pid != os.getpid() and (_has_in_environment(pid, needle) or group_of(pid) == group):
            with contextlib.suppress(psutil.Error):
                found.append(Process(pid))
    return [process for process in found if is_alive(process) and not is_guardian(process)]


def is_guardian(process: Process) -> bool:
    """Whether the process is the guardian of some restarter: it ends by itself."""
    try:
        return bool(process.name() == GUARDIAN_NAME)
    except psutil.Error:
        return False


def is_alive(process: Process) -> bool:
    """Whether it runs or could; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


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


def signal_one(process: Process, number: int) -> None:
    """Signal a process, unless its pid belongs to another one by now."""
    signal_process(process.pid, number, process.is_running)


def open_for_writing(members: Iterable[Process], paths: AbstractSet[str]) -> set[str]:
    """Return those of the paths that one of the processes holds open for writing."""
    find = _open_on_linux if os.path.isdir("/proc/self/fdinfo") else _open_elsewhere
    found: set[str] = set()
    for member in members:
        with contextlib.suppress(psutil.Error, OSError):
            found |= find(member, paths)
    return found


def _open_on_linux(process: Process, paths: AbstractSet[str]) -> set[str]:
    """Compare names first: a look at every open file, as psutil takes, is far slower.

    The flags in fdinfo are octal, those of open(2) (proc_pid_fdinfo(5)).
    """
    found = set()
    for descriptor in os.listdir(f"/proc/{process.pid}/fd"):
        with contextlib.suppress(OSError):
            path = os.readlink(f"/proc/{process.pid}/fd/{descriptor}")
            if path in paths:
                with open(f"/proc/{process.pid}/fdinfo/{descriptor}", encoding="ascii") as file:
                    flags = next(line for line in file if line.startswith("flags:")).split()[1]
                if int(flags, 8) & (os.O_WRONLY | os.O_RDWR):
                    found.add(path)
    return found


def _open_elsewhere(process: Process, paths: AbstractSet[str]) -> set[str]:
    # Only some systems tell how a file is open.
    return {
        file.path
        for file in process.open_files()
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


def have_written(members: Iterable[Process]) -> bool | None:
    """Whether one of the processes wrote to a disk; None where the system does not tell.

    proc_pid_io(5): write_bytes counts what is written to files, not to pipes or terminals.
    """
    written = None
    for member in members:
        counters = getattr(member, "io_counters", None)  # not on macOS
        with contextlib.suppress(psutil.Error, OSError):
            if counters is not None:
                written = bool(written) or counters().write_bytes > 0
    return written


def _has_in_environment(pid: int, needle: bytes) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return needle in file.read().split(b"\0")
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


def _children_by_kernel() -> set[int]:
    """Return the direct children, without a look at every process of the machine.

    proc_pid_task(5): /proc/pid/task/tid/children; where the kernel lacks it, a pid that is
    never ours asks for the longer look.
    """
    found: set[int] = set()
    try:
        for thread in os.listdir("/proc/self/task"):
            with open(_CHILDREN.format(thread), encoding="ascii") as file:
                found.update(map(int, file.read().split()))
    except FileNotFoundError:
        return {0}
    return found


def _parent_of(process: Process) -> int:
    try:
        return int(process.ppid())
    except psutil.Error:
        return 0


def _name(process: Process) -> str:
    try:
        return str(process.name())
    except psutil.Error:
        return ""
