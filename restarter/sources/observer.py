"""Other systems: watchdog's Observer on each root, the same selection after it."""

import itertools
import math
import os
import threading
import time
from collections.abc import Iterator, Sequence

from watchdog.events import (
    EVENT_TYPE_CLOSED,
    EVENT_TYPE_CLOSED_NO_WRITE,
    EVENT_TYPE_CREATED,
    EVENT_TYPE_DELETED,
    EVENT_TYPE_MOVED,
    EVENT_TYPE_OPENED,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from restarter.events import Armed, DirtyPaths, Put, Verified, Writing
from restarter.sources.interface import Root, Selects
from restarter.sources.walk import starting_points, walk

ROOTS_SECONDS = 0.5
"""How often the roots are looked at: whether they are still the directories that are watched.
Not every system tells when a watched directory itself is replaced."""

VERIFY_SECONDS = 1.0
"""How long after the last directory that came or went everything is watched and listed anew: the
names that events tell may be others' by the time they are read."""

_ONLY_READ = (EVENT_TYPE_OPENED, EVENT_TYPE_CLOSED_NO_WRITE)
_DONE = (EVENT_TYPE_CLOSED, EVENT_TYPE_MOVED)
_STRUCTURE = (EVENT_TYPE_CREATED, EVENT_TYPE_DELETED, EVENT_TYPE_MOVED)
_APPEARED = (EVENT_TYPE_CREATED, EVENT_TYPE_MOVED)


class ObserverSource(FileSystemEventHandler):
    """Puts a hint for every event that watchdog reports below the roots.

    Args:
        roots: what to watch.
        selects: which files and directories count.
        put: puts an event on the inbox.
    """

    def __init__(self, roots: Sequence[Root], selects: Selects, put: Put) -> None:
        self._put = put
        self._starts = starting_points(roots)
        self._selects = selects
        self._observer = Observer()
        self._closed = threading.Event()
        self._stale: set[str] = set()
        self._unread: set[str] = set()
        self._doubtful_since = math.inf
        self._scheduled: dict[str, tuple[ObservedWatch, int]] = {}
        self._armer = threading.Thread(target=self._work, name="observer armer", daemon=True)

    def start(self) -> None:
        """Begin to watch; see `Armed` and `Verified`."""
        self._observer.start()
        self._armer.start()

    def close(self) -> None:
        """Stop; nothing is put afterwards."""
        self._put = lambda _event: None
        self._closed.set()
        self._armer.join()
        self._observer.stop()
        self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Translate one event."""
        if event.event_type in _ONLY_READ:
            return
        paths = tuple(os.fsdecode(path) for path in (event.src_path, event.dest_path) if path)
        if event.event_type == EVENT_TYPE_DELETED:
            self._stale.update({paths[0]}.intersection(self._starts))
        if event.is_directory and event.event_type in _STRUCTURE:
            self._doubtful_since = time.monotonic()
        is_news = event.event_type in _APPEARED or paths[-1] in self._unread
        if event.is_directory and is_news and self._selects.enters(paths[-1]):
            for _ in self._list(paths[-1], baseline=False):
                pass
        self._put(DirtyPaths(paths, _writing(event.event_type)))

    def _work(self) -> None:
        for start in self._starts:
            self._schedule(start)
        visited = self._list_all(baseline=True)
        self._put(Armed("the system's events", len(visited)))
        self._put(Verified(visited))
        while not self._closed.wait(ROOTS_SECONDS):
            for start in self._starts:
                self._look_at_root(start)
            if time.monotonic() - self._doubtful_since > VERIFY_SECONDS:
                self._doubtful_since = math.inf
                for start in self._starts:
                    self._schedule(start)
                self._put(Verified(self._list_all(baseline=False)))

    def _list_all(self, *, baseline: bool) -> frozenset[str]:
        lists = (self._list(start, baseline=baseline) for start in self._starts)
        return frozenset(itertools.chain.from_iterable(lists))

    def _look_at_root(self, start: str) -> None:
        inode = _inode(start)
        watch, watched_inode = self._scheduled.get(start, (None, None))
        if inode == watched_inode and start not in self._stale:
            return
        self._stale.discard(start)
        if watch is not None:
            self._put(DirtyPaths((start,), Writing.UNCERTAIN))
        self._schedule(start)
        for _ in self._list(start, baseline=False):
            pass

    def _schedule(self, start: str) -> None:
        """Watch a root, from now on and anew."""
        watch, _ = self._scheduled.pop(start, (None, None))
        if watch is not None:
            self._observer.unschedule(watch)
        inode = _inode(start)
        if inode is not None:
            self._scheduled[start] = (self._observer.schedule(self, start, recursive=True), inode)

    def _list(self, start: str, *, baseline: bool) -> Iterator[str]:
        listings = walk(
            start, self._selects, baseline=baseline, before_reading=self._look_before_reading
        )
        for listing in listings:
            if self._closed.is_set():
                return
            self._unread.discard(listing.directory)
            self._put(listing)
            yield listing.directory

    def _look_before_reading(self, path: str) -> bool:
        self._unread.add(path)
        return True


def _writing(event_type: str) -> Writing:
    return Writing.DONE if event_type in _DONE else Writing.UNCERTAIN


def _inode(path: str) -> int | None:
    try:
        return os.stat(path).st_ino
    except OSError:
        return None
