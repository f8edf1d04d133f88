"""How a run is started: cold as a rule, warm if the person asked for it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from restarter.configuration.settings import Settings
from restarter.events import Put
from restarter.notices import WarmOff
from restarter.processes import spawn
from restarter.processes.command import Command, prepare
from restarter.processes.launched import Launched
from restarter.supervising.supervision import Begun


class Starter(Protocol):
    """Starts runs."""

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, in seconds of the monotonic clock."""

    @property
    def handlers(self) -> Mapping[type, Callable[[Any], None]]:
        """What answers its own events on the inbox."""

    def start(self, command: Command) -> Begun:
        """Start a run.

        Raises:
            SpawnError: it cannot be started.
        """

    def tick(self, now: float) -> None:
        """Do what is due at `now`."""

    def close(self) -> None:
        """End whatever was made ready for later starts."""


class ColdStarter:
    """Starts each run from nothing."""

    deadline = None
    handlers: Mapping[type, Callable[[Any], None]] = {}

    def start(self, command: Command) -> Begun:
        """Start a run."""
        return Begun(spawn(command), is_warm=False)

    def tick(self, now: float) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Runs(Protocol):
    """What the runs have in common."""

    @property
    def helpers(self) -> set[int]:
        """Where to name processes that belong to no run."""

    def restart(self, reason: str) -> None:
        """Start a new run at once; the person is told the reason."""


def open_starter(
    settings: Settings,
    launched: Launched,
    put: Put,
    show: Callable[[object], None],
    runs: Runs,
) -> Starter:
    """Return what starts the runs.

    Args:
        settings: whether starts are to be warm.
        launched: the first run.
        put: puts events on the inbox.
        show: tells the person.
        runs: whose runs they are.
    """
    if not settings.warm:
        return ColdStarter()
    if not launched.adopting:
        show(WarmOff("warm restarts need Linux, where orphans can be adopted"))
        return ColdStarter()
    from restarter.warm.learning import Lessons
    from restarter.warm.starter import WarmStarter
    from restarter.warm.surroundings import Surroundings

    around = Surroundings(
        put,
        show,
        runs.helpers,
        prepare=lambda: prepare(settings, run=0, changes=(), mark=launched.mark),
        outside=settings.env_files,
        restart=runs.restart,
    )
    starter = WarmStarter(Lessons(settings.warm_modules, settings.warm_skip), around)
    if launched.command is not None:
        starter.adopt(launched.command, launched.lessons)
    return starter
