"""TCP ports: which does a process listen on, and who else does?"""

import os
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any, NamedTuple

import psutil


class Holder(NamedTuple):
    """Who listens on a port.

    Args:
        port: the TCP port.
        pid: its process id; None where the system does not tell.
        command: its command line; empty where the system does not tell.
    """

    port: int
    pid: int | None
    command: str


def listened_to_below(pid: int) -> frozenset[int]:
    """Return the ports that a process and its descendants listen on."""
    found: set[int] = set()
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            found |= listened_to(each)
    return frozenset(found)


def listened_to(process: psutil.Process) -> frozenset[int]:
    """Return the ports that a process itself listens on."""
    return frozenset(connection.laddr.port for connection in _listening(process))


def holders(ports: AbstractSet[int]) -> list[Holder]:
    """Return who listens on some ports, but for this process and its descendants.

    It looks at every process, which takes tens of milliseconds.
    """
    return [each for each in listeners(ports) if not _is_ours(each.pid)]


def listeners(ports: AbstractSet[int]) -> list[Holder]:
    """Return who listens on some ports, whoever it is."""
    held = _held(ports)
    if any(pid is None for _, pid in held):
        # Or it has come between the look at the processes and that at the sockets.
        held = _held(ports)
    return [
        Holder(port, pid, _command(pid))
        for port, pid in sorted(held, key=lambda each: (each[0], each[1] or 0))
    ]


def first_dynamic_port() -> int:
    """Return from which number on the system chooses ports for who asks for any.

    See ip(7); elsewhere it is as RFC 6335 has it, section 6.
    """
    path = "/proc/sys/net/ipv4/ip_local_port_range"
    with suppress(OSError, ValueError, IndexError), open(path, encoding="ascii") as file:
        return int(file.read().split()[0])
    return 49152


def _held(ports: AbstractSet[int]) -> set[tuple[int, int | None]]:
    return {
        (connection.laddr.port, connection.pid)
        for connection in _all_listening()
        if connection.laddr.port in ports
    }


def _all_listening() -> Iterator[Any]:
    """Yield the listening sockets of everybody, or where that is forbidden, of whom it is not."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr:
                yield connection
    except (psutil.Error, OSError):  # macOS tells only the superuser
        for process in psutil.process_iter():
            for connection in _listening(process):
                yield Socket(connection.laddr, process.pid)


class Socket(NamedTuple):
    """A listening socket, as psutil tells of those of all processes.

    Args:
        laddr: its address, with a `port`.
        pid: whose it is.
    """

    laddr: Any
    pid: int


def _listening(process: psutil.Process) -> Iterable[Any]:
    with suppress(psutil.Error, OSError):
        connections = process.net_connections(kind="tcp")
        return [each for each in connections if each.status == psutil.CONN_LISTEN and each.laddr]
    return []


def _is_ours(pid: int | None) -> bool:
    own = os.getpid()
    with suppress(psutil.Error):
        return pid == own or own in (parent.pid for parent in psutil.Process(pid).parents())
    return False


def _command(pid: int | None) -> str:
    with suppress(psutil.Error):
        return "" if pid is None else " ".join(psutil.Process(pid).cmdline())
    return ""
