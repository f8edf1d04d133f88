"""Whether the command can run: the command itself, its ports, leftovers of earlier runs."""

import shlex
from collections.abc import Iterable, Iterator, Sequence

from restarter.diagnosing.findings import Finding, ok, warning, wrong
from restarter.errors import SpawnError
from restarter.ports import named_ports, ports_in_environment
from restarter.processes.command import configured_environment, prepare
from restarter.processes.found import Found, Listener
from restarter.settings import Settings


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

    Those that stand in the code of the program alone are not known. Nothing is remembered of
    earlier runs either: what of them still holds a port carries a mark, and is found by that.

    Args:
        settings: what to run, and with which environment.
    """
    try:
        environment = configured_environment(settings)
    except SpawnError:  # the check of the command tells of it
        environment = dict(settings.env)
    return named_ports(settings.command) or ports_in_environment(environment)


def check_ports(ports: Iterable[int], listeners: Iterable[Listener]) -> Iterator[Finding]:
    """Tell who holds the ports of the command.

    Args:
        ports: those that it is about to open.
        listeners: who listens on them.
    """
    found: dict[int, Listener] = {each.port: each for each in listeners}
    for port in sorted(ports):
        holder = found.get(port)
        if holder is None:
            yield ok("ports", f"{port} is free")
        elif holder.is_of_living_run:
            yield ok("ports", f"{port} is held by a running restarter: {holder.who}")
        else:
            remedy = f"kill {holder.pid}" if holder.pid else f"sudo ss -ltnp 'sport = :{port}'"
            yield wrong("ports", f"{port} is held by {holder.who}", remedy)


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
