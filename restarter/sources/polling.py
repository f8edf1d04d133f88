"""Polling: look again and again, where the kernel does not tell."""

import threading
from collections.abc import Sequence

from restarter.events import Armed, DirtyPaths, Listed, Put, Writing
from restarter.sources.interface import Root, Selects
from restarter.sources.walk import starting_points, walk


class PollingSource:
    """Puts a listing of each directory in which something differs from the last look.

    Args:
        roots: what to watch.
        selects: which files and directories count.
        put: puts an event on the inbox.
        interval: seconds between two looks.
    """

    def __init__(
        self, roots: Sequence[Root], selects: Selects, put: Put, *, interval: float
    ) -> None:
        self._put = put
        self._starts = tuple(dict.fromkeys(starting_points(roots)))
        self._selects = selects
        self._interval = interval
        self._seen: dict[str, Listed] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="polling", daemon=True)

    def start(self) -> None:
        """Begin to look; `Armed` is put after the first look."""
        self._thread.start()

    def rescan(self) -> None:
        """Polling never loses track."""

    def close(self) -> None:
        """Stop; nothing is put afterwards."""
        self._closed.set()
        self._thread.join()

    def _work(self) -> None:
        seen = self._look(baseline=True)
        self._put(Armed("polling", len(seen), frozenset(seen)))
        while not self._closed.wait(self._interval):
            before, seen = seen, self._look(baseline=False)
            gone = tuple(before.keys() - seen.keys())
            if gone:
                self._put(DirtyPaths(gone, Writing.UNCERTAIN))

    def _look(self, *, baseline: bool) -> dict[str, Listed]:
        seen: dict[str, Listed] = {}
        for start in self._starts:
            for listing in walk(start, self._selects, baseline=baseline):
                seen[listing.directory] = listing
                if self._closed.is_set():
                    return seen
                last = self._seen.get(listing.directory)
                if last is None or last.files != listing.files:
                    self._put(listing)
        self._seen = seen
        return seen
