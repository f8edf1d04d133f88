"""The kernel's limits on inotify(7), what is used of them, and how to lift them."""

import contextlib
import os
from typing import NamedTuple

WATCHES = "max_user_watches"
INSTANCES = "max_user_instances"

_SYSCTLS = "/proc/sys"
_UID_MAP = "/proc/self/uid_map"
_EVERYBODY = ["0", "0", "4294967295"]


class Limit(NamedTuple):
    """A limit as sysctl(8) names it, and its value."""

    name: str
    value: int


class Limits(NamedTuple):
    """How much each user may have; None where the system does not tell."""

    watches: int | None
    instances: int | None


class InUse(NamedTuple):
    """What the processes of this user have."""

    watches: int
    instances: int


def read_limit(name: str) -> int:
    """Return what counts of a limit here; 0 where the system does not tell."""
    lowest = _lowest(name)
    return lowest.value if lowest else 0


def read_limits() -> Limits:
    """Return what counts here."""
    watches, instances = map(_lowest, (WATCHES, INSTANCES))
    return Limits(watches and watches.value, instances and instances.value)


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


def _lowest(name: str) -> Limit | None:
    """Return the lower one of two limits, which is the one that counts.

    A user namespace, as of a container, has its own besides that of the system (namespaces(7)).
    """
    own = f"user.max_inotify_{name.removeprefix('max_user_')}"
    known = []
    for each in (f"fs.inotify.{name}", own):
        path = os.path.join(_SYSCTLS, *each.split("."))
        with contextlib.suppress(OSError, ValueError), open(path, encoding="ascii") as file:
            known.append(Limit(each, int(file.read())))
    return min(known, default=None, key=lambda limit: limit.value)


def _is_namespace() -> bool:
    """Whether this is a user namespace, in which the limit of the system cannot be set."""
    try:
        with open(_UID_MAP, encoding="ascii") as file:
            return file.read().split() != _EVERYBODY
    except OSError:
        return False


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
    limit = _lowest(name) or Limit(f"fs.inotify.{name}", 0)
    needed = limit.value + missing
    is_outside = limit.name.startswith("fs.") and _is_namespace()
    where = ", outside of this user namespace" if is_outside else ""
    # The next power of two leaves some for others.
    return f"sudo sysctl {limit.name}={1 << needed.bit_length()}{where}"
