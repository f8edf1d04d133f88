"""Several sources that look like one, each for the places that it can watch."""

from collections.abc import Callable, Sequence

from restarter.events import Armed, Listed, Put, Verified
from restarter.sources.interface import Source


class SourceGroup:
    """Starts several sources, and says that it is armed when all of them are.

    Args:
        openers: makes each source from a way to put events.
        put: puts an event on the inbox.
    """

    def __init__(self, openers: Sequence[Callable[[Put], Source]], put: Put) -> None:
        self._put = put
        self._armed: dict[int, Armed] = {}
        self._is_verified: set[int] = set()
        self._listed: list[set[str]] = [set() for _ in openers]
        self._sources = [opener(self._putter(at)) for at, opener in enumerate(openers)]

    def start(self) -> None:
        """Begin to watch; one `Armed` and one `Verified` are put when all sources have put one."""
        for source in self._sources:
            source.start()

    def close(self) -> None:
        """Stop; nothing is put afterwards."""
        for source in self._sources:
            source.close()

    def _putter(self, at: int) -> Put:
        def put(event: object) -> None:
            if isinstance(event, Armed):
                self._on_armed(at, event)
            elif isinstance(event, Verified):
                self._on_verified(at, event)
            else:
                if isinstance(event, Listed):
                    self._listed[at].add(event.directory)
                self._put(event)

        return put

    def _on_armed(self, at: int, event: Armed) -> None:
        self._armed[at] = event
        if len(self._armed) == len(self._sources):
            self._put(_together([armed for _, armed in sorted(self._armed.items())]))

    def _on_verified(self, at: int, event: Verified) -> None:
        """What one source did not visit, another one may have listed."""
        self._listed[at] = set(event.visited)
        self._is_verified.add(at)
        if len(self._is_verified) == len(self._sources):
            self._put(Verified(frozenset().union(*self._listed)))


def _together(armed: list[Armed]) -> Armed:
    return Armed(
        " and ".join(dict.fromkeys(each.source for each in armed)),
        sum(each.directories for each in armed),
    )
