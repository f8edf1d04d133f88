"""Polling: look again and again, where the kernel does not tell.

Not everything is looked at equally often. Directories, whose times tell of new, renamed and
deleted files, once in each interval; files that changed recently several times in it; all other
files a slice at a time, as many as fit into two percent of a processor.
"""

import math
import os
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from restarter.clock import TICK_NS
from restarter.events import Armed, DirtyPaths, Listed, Put, Stat, Verified, Writing
from restarter.sources.interface import Root, Selects
from restarter.sources.walk import starting_points, walk

RECENT_SECONDS = 0.1
"""How often recently changed files are looked at; more often where the interval is short."""

TURNS = 5
"""Turns of an interval at the least."""

FILES_SECONDS = 2.5
"""In how many seconds every file is looked at once, if there is time for it."""

RECENT_FILES = 30
"""So many files count as recently changed."""

SHARE = 0.019
"""Part of one processor that looking may take."""

_CHECK_TIME = 32  # files between two looks at the clock


class _Directory(NamedTuple):
    """What a directory looked like.

    Args:
        stat: its own stat, taken before it was read.
        is_racy: it had changed so shortly before that an equal stat proves nothing.
        below: the directories in it that are entered.
    """

    stat: Stat
    is_racy: bool
    below: frozenset[str]


class _Rota:
    """Deals out all keys of a table, again and again.

    Args:
        table: what is dealt out; it may change in the meantime.
    """

    def __init__(self, table: Mapping[str, object]) -> None:
        self._table = table
        self._keys: list[str] = []
        self._at = 0

    def next(self, parts: float) -> list[str]:
        """Return the next part of the keys, where so many parts are all of them."""
        if self._at >= len(self._keys):
            self._keys, self._at = list(self._table), 0
        begin, self._at = self._at, self._at + math.ceil(len(self._keys) / parts)
        return self._keys[begin : self._at]

    def put_back(self, keys: int) -> None:
        """Deal the last keys out again: there was no time for them."""
        self._at -= keys


class PollingSource:
    """Puts a hint for whatever differs from the last look.

    Args:
        roots: what to watch.
        selects: which files and directories count.
        put: puts an event on the inbox.
        interval: seconds between two looks at the same directory.
    """

    def __init__(
        self, roots: Sequence[Root], selects: Selects, put: Put, *, interval: float
    ) -> None:
        self._put = put
        self._starts = starting_points(roots)
        self._selects = selects
        self._step = min(RECENT_SECONDS, interval / TURNS)
        self._turns = interval / self._step
        self._turns_for_files = max(FILES_SECONDS / self._step, self._turns)
        # A watched directory that is not there is looked for in each interval.
        self._directories: dict[str, _Directory | None] = dict.fromkeys(self._starts)
        self._files: dict[str, Stat] = {}
        self._missing: set[str] = set()
        self._racy: set[str] = set()
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._looks: dict[str, tuple[Stat, bool]] = {}
        self._added: queue.SimpleQueue[tuple[str, bool]] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="polling", daemon=True)

    def start(self) -> None:
        """Begin to look; `Armed` and `Verified` are put after the first look."""
        self._thread.start()

    def add(self, directory: str, *, is_start: bool) -> None:
        """Look at one more directory from now on.

        Args:
            directory: the directory, which was listed already.
            is_start: it is looked for again when it goes.
        """
        self._added.put((directory, is_start))

    def close(self) -> None:
        """Stop; nothing is put afterwards."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()

    # The rhythm

    def _work(self) -> None:
        for start in self._starts:
            self._walk(start, baseline=True)
        self._choose_recent()
        visited = frozenset(path for path, seen in self._directories.items() if seen)
        self._put(Armed("polling", len(visited)))
        self._put(Verified(visited))
        directories, files = _Rota(self._directories), _Rota(self._files)
        pause = self._step
        while not self._closed.wait(pause):
            began = time.thread_time()
            self._look_at_recent()
            self._look_at_directories(directories.next(self._turns))
            self._look_at_others(files, until=began + self._step * SHARE)
            pause = max(self._step, (time.thread_time() - began) / SHARE)

    def _look_at_recent(self) -> None:
        for path in [*self._recent, *self._racy]:
            self._look_at_file(path)

    def _look_at_directories(self, paths: list[str]) -> None:
        self._take_added()
        for path in paths:
            seen = self._directories.get(path)
            if seen is None or seen.is_racy or _differs(path, seen.stat):
                self._look_at_directory(path)

    def _take_added(self) -> None:
        while not self._added.empty():
            directory, is_start = self._added.get()
            self._directories.setdefault(directory, None)
            if is_start and directory not in self._starts:
                self._starts = (*self._starts, directory)

    def _look_at_others(self, rota: _Rota, until: float) -> None:
        paths = rota.next(self._turns_for_files)
        for at in range(0, len(paths), _CHECK_TIME):
            for path in paths[at : at + _CHECK_TIME]:
                if _differs(path, self._files.get(path)):
                    self._look_at_file(path)
            if time.thread_time() > until:
                rota.put_back(max(0, len(paths) - at - _CHECK_TIME))
                return

    def _choose_recent(self) -> None:
        newest = sorted(self._files, key=lambda path: self._files[path].mtime_ns)
        self._recent.update(dict.fromkeys(newest[-RECENT_FILES:]))

    # One look

    def _look_at_file(self, path: str) -> None:
        before = self._files.get(path)
        found = _stat(path)
        if before is None or (found == before and path not in self._racy):
            return
        self._forget_file(path)
        if found is not None and found.is_file:
            self._remember_file(path, found)
            self._mark_recent(path)
        self._put(DirtyPaths((path,), Writing.UNCERTAIN))

    def _look_at_directory(self, path: str) -> None:
        seen, found = self._directories.get(path), _stat(path)
        if found is None:
            self._forget(path)
        elif seen is None or seen.is_racy or found != seen.stat:
            self._walk(path, baseline=False, skip=seen.below if seen else frozenset())

    def _walk(self, start: str, *, baseline: bool, skip: frozenset[str] = frozenset()) -> None:
        """List a directory and those below it, but for those that are looked at anyway."""
        listings = walk(
            start,
            self._selects,
            baseline=baseline,
            before_reading=lambda path: path not in skip and self._look_before_reading(path),
        )
        for listing in listings:
            if self._closed.is_set():
                return
            self._take(listing)

    def _look_before_reading(self, path: str) -> bool:
        found = _stat(path)
        if found is not None:
            self._looks[path] = (found, _is_racy(found))
        return found is not None

    def _take(self, listing: Listed) -> None:
        path, before = listing.directory, self._directories.get(listing.directory)
        stat, is_racy = self._looks.pop(path)
        self._missing.discard(path)
        self._directories[path] = _Directory(stat, is_racy, listing.below)
        for gone in before.below - listing.below if before else ():
            self._forget(gone)
        for name, found in listing.files.items():
            file = os.path.join(path, name)
            if not listing.baseline and self._files.get(file) != found:
                self._mark_recent(file)
            self._remember_file(file, found)
        self._put(listing)

    def _remember_file(self, path: str, found: Stat) -> None:
        self._files[path] = found
        if _is_racy(found):
            self._racy.add(path)

    def _mark_recent(self, path: str) -> None:
        self._recent[path] = None
        self._recent.move_to_end(path)
        if len(self._recent) > RECENT_FILES:
            self._recent.popitem(last=False)

    def _forget_file(self, path: str) -> None:
        for table in (self._files, self._recent):
            table.pop(path, None)
        self._racy.discard(path)

    def _forget(self, path: str) -> None:
        """A directory is gone, and all below it."""
        if path in self._missing:
            return
        prefix = path + os.sep
        for table in (self._files, self._recent, self._directories):
            for each in [each for each in table if each.startswith(prefix)]:
                del table[each]
        if path in self._starts:
            self._directories[path] = None
            self._missing.add(path)
        else:
            self._directories.pop(path, None)
        self._put(DirtyPaths((path,), Writing.UNCERTAIN))


def _is_racy(found: Stat) -> bool:
    """Whether a change right after this look would not show in the times."""
    return time.time_ns() - found.ctime_ns < TICK_NS


def _differs(path: str, before: Stat | None) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return True
    return (
        before is None
        or found.st_ctime_ns != before.ctime_ns
        or found.st_size != before.size
        or found.st_ino != before.inode
    )


def _stat(path: str) -> Stat | None:
    try:
        return Stat.of(os.lstat(path))
    except OSError:
        return None
