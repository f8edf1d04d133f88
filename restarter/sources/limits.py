"""The kernel's limits on inotify(7), what is used of them, and how to lift them."""

import contextlib
import os
from typing import NamedTuple

WATCHES = "max_user_watches"
INSTANCES = "max_user_instances"

_DIRECTORY = "/proc/sys/fs/inotify/"

# Of a user namespace, as of a container: the same names with another beginning (namespaces(7)).
_OF_NAMESPACE = "/proc/sys/user/max_inotify_"


class Limits(NamedTuple):
    """How much each user may have; None where the system does not tell."""

    watches: int | None
    instances: int | None


class InUse(NamedTuple):
    """What the processes of this user have."""

    watches: int
    instances: int


def read_limit(name: str) -> int:
    """Return a limit of this user; 0 where the system does not tell."""
    try:
        with open(_DIRECTORY + name, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def read_limits() -> Limits:
    """Return what counts here: of two limits the lower one."""
    return Limits(_lowest(WATCHES), _lowest(INSTANCES))


def read_use() -> InUse:
    """Count what the processes of this user have; other users have limits of their own.

    The lines of a descriptor are those of proc_pid_fdinfo(5).
    """
    watches = instances = 0
    for pid in filter(str.isdecimal, _names("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{pid}").st_uid == os.stat("/proc/self").st_uid:
                counts = list(_watches_of(pid))
                watches, instances = watches + sum(counts), instances + len(counts)
    return InUse(watches, instances)


def _lowest(name: str) -> int | None:
    known = [read_limit(name)] if read_limit(name) else []
    path = _OF_NAMESPACE + name.removeprefix("max_user_")
    with contextlib.suppress(OSError, ValueError), open(path, encoding="ascii") as file:
        known.append(int(file.read()))
    return min(known, default=None)


def _names(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _watches_of(pid: str) -> list[int]:
    """Return the number of watches of each inotify instance of a process."""
    found = []
    for descriptor in _names(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{pid}/fd/{descriptor}") == "anon_inode:inotify":
                with open(f"/proc/{pid}/fdinfo/{descriptor}", encoding="ascii") as file:
                    found.append(sum(line.startswith("inotify ") for line in file))
    return found


def limit_message(what: str, name: str, missing: int) -> str:
    """Return one line that says what is not possible and how it becomes so.

    Args:
        what: what does not work, and what is done instead.
        name: WATCHES or INSTANCES.
        missing: how many more of them are needed.
    """
    return f"{what}; to lift the limit: {sysctl(name, missing)}"


def sysctl(name: str, missing: int) -> str:
    """Return the command that lifts a limit.

    Args:
        name: WATCHES or INSTANCES.
        missing: how many more of them are needed.
    """
    needed = read_limit(name) + missing
    # The next power of two leaves some for others.
    return f"sudo sysctl fs.inotify.{name}={1 << needed.bit_length()}"
