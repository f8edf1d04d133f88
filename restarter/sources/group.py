"""Several sources that look like one, each for the places that it can watch."""

from collections.abc import Callable, Sequence

from restarter.events import Armed, Put
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
        self._sources = [opener(self._putter(at)) for at, opener in enumerate(openers)]

    def start(self) -> None:
        """Begin to watch; one `Armed` is put when everything is watched."""
        for source in self._sources:
            source.start()

    def close(self) -> None:
        """Stop; nothing is put afterwards."""
        for source in self._sources:
            source.close()

    def _putter(self, at: int) -> Put:
        def put(event: object) -> None:
            if not isinstance(event, Armed):
                self._put(event)
                return
            self._armed[at] = event
            if len(self._armed) == len(self._sources):
                self._put(_together([armed for _, armed in sorted(self._armed.items())]))

        return put


def _together(armed: list[Armed]) -> Armed:
    return Armed(
        " and ".join(dict.fromkeys(each.source for each in armed)),
        sum(each.directories for each in armed),
        frozenset().union(*(each.visited for each in armed)),
    )
