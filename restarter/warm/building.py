"""From a command to what a host of it is, or to why there is none."""

from typing import NamedTuple

from restarter.processes.command import Command
from restarter.warm.program import Program, Unfit, recognise
from restarter.warm.uv import is_uv_run, obstacle


class HopelessError(Exception):
    """No start will be warm.

    Args:
        reason: why, in words.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Plan(NamedTuple):
    """What a host is made for.

    Args:
        asked_for: what the person asked for.
        command: the same, or what uv has made of it.
        program: what is known of that.
    """

    asked_for: Command
    command: Command
    program: Program

    @property
    def trial(self) -> Command:
        """What the interpreter can be tried with: the same options, and nothing to run."""
        interpreter = self.program.interpreter
        return self.command._replace(path=interpreter[0], words=(*interpreter, "-c", "pass"))


def plan(asked_for: Command, found: Command | None) -> Plan | None:
    """Return what a host is to be made for; None: the run has not come so far that one can tell.

    Args:
        asked_for: what is to be started.
        found: what uv has made of it in the last run; None: that is not known.

    Raises:
        HopelessError: no start will be warm.
    """
    is_uv = is_uv_run(asked_for)
    reason = obstacle(asked_for) if is_uv else ""
    if reason:
        raise HopelessError(reason)
    command = found if is_uv else asked_for
    if command is None:
        return None
    program = recognise(command)
    if isinstance(program, Unfit):
        raise HopelessError(program.reason)
    return Plan(asked_for, command, program)
