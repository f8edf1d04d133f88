"""What whoever starts runs warm is given by those around."""

from collections.abc import Callable
from typing import NamedTuple

from restarter.events import Put
from restarter.processes.command import Command


class Surroundings(NamedTuple):
    """The ways to everybody who has a part in it.

    Args:
        put: puts events on the inbox.
        show: tells the person.
        helpers: where to name processes that belong to no run.
        prepare: returns what would be started now; raises SpawnError.
        outside: files that make another environment.
        restart: starts another run at once, for the reason that it is given.
    """

    put: Put
    show: Callable[[object], None]
    helpers: set[int]
    prepare: Callable[[], Command]
    outside: tuple[str, ...]
    restart: Callable[[str], None]
