"""What the person is told of a host: each thing once."""

from collections.abc import Callable, Collection

from restarter.notices import Trouble, WarmReady, WarmSkipped


class Teller:
    """Tells what is new.

    Args:
        show: tells the person.
        named: the modules that the person asked for.
    """

    def __init__(self, show: Callable[[object], None], named: Collection[str]) -> None:
        self._show = show
        self._named = named
        self._told: set[str] = set()
        self._modules = -1

    def ready(self, modules: int) -> None:
        """The next restart is a warm one, with so many modules imported ahead."""
        if modules != self._modules:
            self._modules = modules
            self._show(WarmReady(modules))

    def ready_again(self) -> None:
        """It was ready, and is worked at once more: the next time it is ready is news."""
        self._modules = -1

    def left_out(self, name: str, why: str) -> None:
        """A module is not imported ahead."""
        if name in self._told:
            return
        self._told.add(name)
        if name in self._named:
            self._show(Trouble(f"warm.modules: {name} is not imported ahead: {why}"))
        else:
            self._show(WarmSkipped(name, why))
