"""Linux: inotify(7) word for word, for those who want to know of everything that happens.

The same watches, and the same care with directories that come and go; but nothing is listed to
begin with, and what is told is what the kernel said, not where to look.
"""

import errno
import os

from watchdog.observers.inotify_c import InotifyConstants

from restarter.events import ChangeKind, Listed, Put, SourceTrouble
from restarter.sources.inotify import InotifySource
from restarter.sources.interface import RawSelects, Tell
from restarter.sources.limits import WATCHES, limit_message
from restarter.sources.walk import is_inside, visit_directories, without_garbage_collection
from restarter.sources.watches import APPEARED, VANISHED

_MODIFIED = InotifyConstants.IN_MODIFY | InotifyConstants.IN_ATTRIB


class RawInotifySource(InotifySource):
    """Tells every change below the roots, also of directories.

    What is in a directory that appears is told as added, once the directory is watched.

    Args:
        selects: what to watch.
        tell: called with each change, from several threads.
        put: is told what cannot be watched.

    Raises:
        OSError: the kernel has no inotify instance left.
    """

    verify_seconds = None  # a listing of everything would tell nothing of what happened meanwhile

    def __init__(self, selects: RawSelects, tell: Tell, put: Put) -> None:
        super().__init__(selects.places, selects, self._hear)
        self._tell_change = tell
        self._tell_trouble = put
        self._places = tuple(place.path for place in selects.places)
        self._gone: set[str] = set()
        self._fresh: set[str] = set()
        self._skips = selects.skips

    def start(self) -> None:
        """Begin to watch; everything is watched when this returns.

        Raises:
            PermissionError: a directory cannot be read, and is not left out.
            OSError: the kernel has no watches left.
        """
        self._kernel.start()
        self._arm(baseline=True)
        if self._full:
            raise OSError(errno.ENOSPC, "no kernel watches left")
        self._skips = True
        self._armer.start()

    def close(self) -> None:
        """Stop; nothing is told afterwards."""
        self._tell_change = lambda _kind, _path: None
        if self._armer.is_alive():
            super().close()
        else:
            self._kernel.stop()

    # Called by the reader's thread

    def event(self, path: str, mask: int) -> None:
        """Something happened to what is in a watched directory."""
        if mask & APPEARED:
            self._tell(ChangeKind.ADDED, path)
        elif mask & VANISHED:
            self._tell(ChangeKind.DELETED, path)
        elif mask & _MODIFIED:
            self._tell(ChangeKind.MODIFIED, path)
        super().event(path, mask)

    def way_event(self, path: str, start: str, mask: int) -> None:
        """Something happened to a watched place, or to a directory on the way to it."""
        if path == start and mask & _MODIFIED:
            self._tell(ChangeKind.MODIFIED, start)
        if mask & VANISHED:
            for place in self._places:
                if place not in self._gone and is_inside(place, start):
                    self._tell(ChangeKind.DELETED, place)
        super().way_event(path, start, mask)

    # Called by the armer's thread

    def _arm(self, *, baseline: bool) -> None:
        del baseline
        with without_garbage_collection():
            for start in self._starts:
                self._ways.watch(self._kernel, start)
                visit_directories(start, self._selects, self._watch)
        self._fresh.clear()

    def _watch(self, path: str) -> bool:
        if path in self._watches:
            return True
        is_there = super()._watch(path)
        if is_there:
            self._fresh.add(path)
        elif not self._skips and os.path.isdir(path):
            os.scandir(path).close()  # tells why it cannot be watched
        return is_there

    def _begin_again(self) -> None:
        """What happened while events were lost is not known: anything may have."""
        super()._begin_again()
        for place in self._places:
            is_there = os.path.exists(place)
            self._tell(ChangeKind.MODIFIED if is_there else ChangeKind.DELETED, place)

    def _poll_the_rest(self) -> None:
        if self._full:
            what = f"no kernel watches left for {len(self._full)} new directories"
            message = limit_message(what, WATCHES, len(self._full))
            self._full.clear()
            self._tell_trouble(SourceTrouble(message))

    def _hear(self, event: object) -> None:
        if isinstance(event, SourceTrouble):
            self._tell_trouble(event)
        elif isinstance(event, Listed) and event.directory in self._fresh:
            self._fresh.discard(event.directory)
            self._tell_listing(event)

    def _tell_listing(self, listing: Listed) -> None:
        if listing.directory in self._starts:
            self._tell(ChangeKind.ADDED, listing.directory)
        files = (os.path.join(listing.directory, name) for name in listing.files)
        for path in (*listing.below, *files):
            self._tell(ChangeKind.ADDED, path)

    def _tell(self, kind: ChangeKind, path: str) -> None:
        if path in self._places:
            (self._gone.add if kind is ChangeKind.DELETED else self._gone.discard)(path)
        self._tell_change(kind, path)
