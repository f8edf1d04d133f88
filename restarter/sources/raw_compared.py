"""From hints to changes: a hint tells where to look, comparing tells what happened there.

For polling, and for the events of other systems, which come late and in summary.
"""

import contextlib
import os
import threading
from collections.abc import Callable

from restarter.events import Armed, ChangeKind, DirtyPaths, Listed, LostTrack, Put, Stat
from restarter.sources.interface import RawSelects, Source, Tell
from restarter.sources.walk import starting_points

_Entries = dict[str, Stat | None]
"""What is in a directory, by name; None: a directory."""


class ComparedSource:
    """Tells what differs from what a source saw before; no file is ever read.

    Args:
        selects: what to watch.
        tell: called with each change, from the threads of the source.
        put: is told what the source cannot see.
        opener: makes the source.
    """

    def __init__(
        self, selects: RawSelects, tell: Tell, put: Put, opener: Callable[[Put], Source]
    ) -> None:
        self._selects = selects
        self._tell = tell
        self._put = put
        self._starts = starting_points(selects.places)
        self._known: dict[str, _Entries] = {}
        self._modes: dict[str, int] = {}
        self._is_armed = threading.Event()
        self._source = opener(self._hear)

    def start(self) -> None:
        """Begin to watch; everything was looked at when this returns.

        Raises:
            PermissionError: a directory cannot be read, and is not left out.
        """
        self._source.start()
        self._is_armed.wait()
        if not self._selects.skips:
            for path in self._unread():
                os.scandir(path).close()

    def close(self) -> None:
        """Stop; nothing is told afterwards."""
        self._source.close()

    def _unread(self) -> list[str]:
        """Return the directories of which only the name was seen."""
        found = [path for path in self._starts if path not in self._known]
        if self._selects.is_recursive:
            for directory, entries in self._known.items():
                below = (os.path.join(directory, each) for each in entries if entries[each] is None)
                found += [path for path in below if path not in self._known]
        return found

    def _hear(self, event: object) -> None:
        if isinstance(event, Listed):
            self._take_listing(event)
        elif isinstance(event, DirtyPaths):
            for path in event.paths:
                self._look(path)
        elif isinstance(event, LostTrack):
            for start in self._starts:
                self._tell(ChangeKind.MODIFIED, start)
        elif isinstance(event, Armed):
            self._is_armed.set()
        else:
            self._put(event)

    def _take_listing(self, listing: Listed) -> None:
        path, now = listing.directory, _entries(listing)
        before = self._known.get(path)
        self._known[path] = now
        self._look_at_mode(path)
        if listing.baseline:
            return
        if before is None and path in self._starts:
            self._tell(ChangeKind.ADDED, path)
        before = before or {}
        for name in before.keys() - now.keys():
            self._forget(os.path.join(path, name))
        for name, found in now.items():
            self._compare(os.path.join(path, name), before, found)

    def _compare(self, path: str, before: _Entries, found: Stat | None) -> None:
        name = os.path.basename(path)
        if name not in before:
            self._tell(ChangeKind.ADDED, path)
        elif (before[name] is None) != (found is None):
            self._forget(path)
            self._tell(ChangeKind.ADDED, path)
        elif before[name] != found:
            self._tell(ChangeKind.MODIFIED, path)

    def _look(self, path: str) -> None:
        directory, name = os.path.split(path)
        entries = self._known.get(directory, {})
        found = _stat(path)
        if found is None:
            if path in self._known or name in entries:
                entries.pop(name, None)
                self._forget(path)
        elif found.is_file and directory in self._known and path not in self._known:
            self._compare(path, entries, found)
            entries[name] = found

    def _look_at_mode(self, path: str) -> None:
        """What is in a directory changes its times; only another mode is a change of itself."""
        with contextlib.suppress(OSError):
            mode = os.stat(path).st_mode
            if self._modes.get(path, mode) != mode:
                self._tell(ChangeKind.MODIFIED, path)
            self._modes[path] = mode

    def _forget(self, path: str) -> None:
        """Something is gone, and all that was in it."""
        self._tell(ChangeKind.DELETED, path)
        self._modes.pop(path, None)
        for name in self._known.pop(path, {}):
            self._forget(os.path.join(path, name))


def _entries(listing: Listed) -> _Entries:
    below: _Entries = dict.fromkeys(map(os.path.basename, listing.below))
    return {**listing.files, **below}


def _stat(path: str) -> Stat | None:
    try:
        return Stat.of(os.lstat(path))
    except OSError:
        return None
