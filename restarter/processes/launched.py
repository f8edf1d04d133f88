"""What was done before anything else was loaded."""

from typing import NamedTuple

from restarter.processes import Guardian, HeldSignals
from restarter.processes.command import Command


class Launched(NamedTuple):
    """What was done before anything else was loaded.

    Args:
        signals: they wait until a session takes them.
        command: the command that was started.
        pid: the process id of its leader; None: the first run waits for a change.
        mark: the value by which the processes of this restarter are known.
        adopting: orphaned descendants become children of restarter.
        reference_ns: the file system's clock just before the start.
        strangers: pids of children that were there before.
        guardian: the process that ends the run if restarter is killed; None: there is none.
        lessons: a descriptor on which the first run reports what it imports; None: it does not.
        started: when the command was started, in seconds of the monotonic clock.
    """

    signals: HeldSignals
    command: Command | None
    pid: int | None
    mark: str
    adopting: bool
    reference_ns: int
    strangers: frozenset[int]
    guardian: Guardian | None
    lessons: int | None
    started: float
