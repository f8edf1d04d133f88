"""What leads to the watched places: a place goes and comes with any directory above it."""

import contextlib
import os
from collections.abc import Iterator
from typing import Protocol

from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, Mask

from restarter.sources.walk import is_inside
from restarter.sources.watches import APPEARED, VANISHED, Kernel, Listener, Watch, WatchedDirectory

_WAY_MASK = Mask(
    APPEARED
    | VANISHED
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_MASK_ADD
)
"""Nothing of what is written beside a watched place: a log in its parent would wake us."""

_GONE = InotifyConstants.IN_MOVE_SELF | InotifyConstants.IN_DELETE_SELF

_ABOVE_MASK = Mask(_GONE | InotifyConstants.IN_ONLYDIR | InotifyConstants.IN_MASK_ADD)
"""Nothing of what happens in it: much does in a home directory."""


class WayListener(Listener, Protocol):
    """Who is told; called by the reader's thread."""

    def way_event(self, path: str, start: str, mask: int) -> None:
        """Something happened to a watched place, or to a directory on the way to it."""

    def above_gone(self, path: str) -> None:
        """A directory above watched places was moved or removed."""


class Way(WatchedDirectory):
    """The directory that holds a watched place: it tells when that place goes and comes.

    Args:
        path: the directory.
        name: the name of the next directory on the way.
        start: the watched place.
        listener: who is told.
    """

    mask = _WAY_MASK

    def __init__(self, path: str, name: bytes, start: str, listener: WayListener) -> None:
        super().__init__(path, listener)
        self.start = start
        self._name = name
        self._tell = listener.way_event

    def on_event(self, event: InotifyEvent) -> None:
        """Tell of the next directory on the way."""
        if event.name == self._name:
            path = os.path.join(self.path, os.fsdecode(event.name))
            self._tell(path, self.start, event.mask)


class Above(WatchedDirectory):
    """A directory above watched places: it tells when it goes itself.

    Args:
        path: the directory.
        listener: who is told.
    """

    mask = _ABOVE_MASK

    def __init__(self, path: str, listener: WayListener) -> None:
        super().__init__(path, listener)
        self._tell = listener.above_gone

    def on_event(self, event: InotifyEvent) -> None:
        """Tell that the directory is not where it was."""
        if event.mask & _GONE and not event.name:
            self._tell(self.path)


class Ways:
    """The watches of all that leads to the watched places; one thread at a time may use them.

    Args:
        listener: who is told.
    """

    def __init__(self, listener: WayListener) -> None:
        self._listener = listener
        self._ways: dict[str, Watch] = {}
        self._above: dict[str, Watch] = {}

    def watch(self, kernel: Kernel, start: str) -> None:
        """Watch the nearest directory above a place that exists, and all that are above that."""
        for path in _above(start):
            if path not in self._above:
                above = _add(kernel, Above(path, self._listener))
                if above is not None:
                    self._above[path] = above
        while True:
            parent, name = _next_step(start)
            way = _add(kernel, Way(parent, os.fsencode(name), start, self._listener))
            if way is not None:
                kernel.drop(self._ways.pop(start, None))
                self._ways[start] = way
            # Whatever came between the look and the watch was not reported.
            if way is None or _next_step(start) == (parent, name):
                return

    def leave(self, kernel: Kernel, path: str) -> None:
        """Let go of a directory that went or came, and of those below it: they are others now."""
        for each in [above for above in self._above if is_inside(above, path)]:
            kernel.drop(self._above.pop(each))

    def forget(self, directory: WatchedDirectory) -> None:
        """A watch is gone with its directory."""
        if isinstance(directory, Way):
            watches, key = self._ways, directory.start
        else:
            watches, key = self._above, directory.path
        watch = watches.get(key)
        if watch is not None and watch.directory is directory:
            del watches[key]

    def clear(self) -> None:
        """All watches are gone with their queue."""
        self._ways.clear()
        self._above.clear()


def _add(kernel: Kernel, directory: WatchedDirectory) -> Watch | None:
    with contextlib.suppress(OSError):  # no watch left for it: the watched places matter more
        return kernel.add(directory)
    return None


def _above(start: str) -> Iterator[str]:
    """Yield the directories above a place but for the topmost, which cannot be moved."""
    path = os.path.dirname(start)
    while path != os.path.dirname(path):
        yield path
        path = os.path.dirname(path)


def _next_step(start: str) -> tuple[str, str]:
    """Return the nearest directory above a place that exists, and the next name towards it."""
    path = start
    while True:
        parent, name = os.path.split(path)
        if parent == path or os.path.isdir(parent):
            return parent, name
        path = parent
