"""Whether the command can run: the command itself, its ports, leftovers of earlier runs."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from restarter.configuration.settings import Settings
from restarter.diagnosing.findings import Finding, ok, warning, wrong
from restarter.errors import SpawnError
from restarter.ports import named_ports, ports_in_environment
from restarter.processes.command import configured_environment, prepare
from restarter.processes.found import Found, Listener


def check_command(settings: Settings) -> Iterator[Finding]:
    """Tell whether the command could be started; it is not.

    Args:
        settings: what to run, where and with which environment.
    """
    if not settings.command:
        yield warning("command", "none is configured", "restarter init")
        return
    try:
        command = prepare(settings, run=1, changes=(), mark="doctor")
    except SpawnError as error:
        yield wrong("command", error.message)
    else:
        yield ok("command", f"{shlex.join(command.words)} ({command.path})")


def ports_of(settings: Settings) -> frozenset[int]:
    """Return the ports that the command is about to open, as far as they are named.

    Those that stand in the code of the program alone are not known.

    Args:
        settings: what to run, and with which environment.
    """
    try:
        environment = configured_environment(settings)
    except SpawnError:  # the check of the command tells of it
        environment = dict(settings.env)
    return named_ports(settings.command) or ports_in_environment(environment)


class Ports(NamedTuple):
    """The ports of a command.

    Args:
        named: those that it is about to open.
        last: those on which its last run listened.
        dynamic: from this number on the system gives ports to who asks for any, so that the next
            run may well have another one.
    """

    named: frozenset[int]
    last: frozenset[int]
    dynamic: int


def check_ports(ports: Ports, listeners: Iterable[Listener]) -> Iterator[Finding]:
    """Tell who holds the ports of the command.

    Args:
        ports: of the command.
        listeners: who listens on them.
    """
    found: dict[int, Listener] = {each.port: each for each in listeners}
    for port in sorted(ports.named | ports.last):
        which = f"{port}" if port in ports.named else f"{port}, where the last run listened,"
        holder = found.get(port)
        if holder is None:
            yield ok("ports", f"{which} is free")
        elif holder.is_of_living_run:
            yield ok("ports", f"{which} is held by a running restarter: {holder.who}")
        elif port not in ports.named and port >= ports.dynamic:
            yield warning("ports", f"{which} is held by {holder.who}")
        else:
            remedy = f"kill {holder.pid}" if holder.pid else f"sudo ss -ltnp 'sport = :{port}'"
            yield wrong("ports", f"{which} is held by {holder.who}", remedy)


def check_leftovers(left: Sequence[Found]) -> Iterator[Finding]:
    """Name the processes of runs whose restarter is gone.

    Args:
        left: these processes.
    """
    if not left:
        yield ok("leftovers", "no process of an earlier run is left")
    for each in left:
        ports = f", listens on {', '.join(map(str, each.ports))}" if each.ports else ""
        text = f"{each.who} was started by a restarter that is gone{ports}"
        yield wrong("leftovers", text, "restarter doctor --end-leftovers")
