"""Polling: look again and again, where the kernel does not tell.

Not everything is looked at equally often. Directories, whose times tell of new, renamed and
deleted files, once in each interval; files that changed recently five times as often; all other
files a fifth as often, a slice at a time. When that is too much work for one percent or two of a
processor, all of it becomes slower.
"""

import os
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from restarter.clock import TICK_NS
from restarter.events import Armed, DirtyPaths, Listed, Put, Stat, Writing
from restarter.sources.interface import Root, Selects
from restarter.sources.walk import starting_points, walk

LOOKS_AT_RECENT = 5
"""Looks at recently changed files in each interval."""

INTERVALS_FOR_FILES = 5
"""Intervals in which every file is looked at once."""

RECENT_FILES = 50
"""So many files count as recently changed."""

SHARE = 0.015
"""Part of one processor that looking may take."""


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
    """Deals out all keys of a table in turns.

    Args:
        table: what is dealt out; it may change in the meantime.
        turns: after so many turns each key was dealt out once.
    """

    def __init__(self, table: Mapping[str, object], turns: int) -> None:
        self._table = table
        self._turns = turns
        self._turn = 0
        self._keys: list[str] = []

    def next(self) -> list[str]:
        """Return the keys of the next turn."""
        if self._turn == 0:
            self._keys = list(self._table)
        dealt = self._keys[self._turn :: self._turns]
        self._turn = (self._turn + 1) % self._turns
        return dealt


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
        self._step = interval / LOOKS_AT_RECENT
        # A watched directory that is not there is looked for in each interval.
        self._directories: dict[str, _Directory | None] = dict.fromkeys(self._starts)
        self._files: dict[str, Stat] = {}
        self._racy: set[str] = set()
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._looks: dict[str, tuple[Stat, bool]] = {}
        self._added: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="polling", daemon=True)

    def start(self) -> None:
        """Begin to look; `Armed` is put after the first look."""
        self._thread.start()

    def add(self, directory: str) -> None:
        """Look at one more directory from now on."""
        self._added.put(directory)

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
        self._put(Armed("polling", len(visited), visited))
        directories = _Rota(self._directories, LOOKS_AT_RECENT)
        files = _Rota(self._files, LOOKS_AT_RECENT * INTERVALS_FOR_FILES)
        pause = self._step
        while not self._closed.wait(pause):
            began = time.thread_time()
            self._look(directories.next(), [*self._recent, *self._racy, *files.next()])
            pause = max(self._step, (time.thread_time() - began) / SHARE)

    def _look(self, directories: list[str], files: list[str]) -> None:
        while not self._added.empty():
            self._directories.setdefault(self._added.get(), None)
        for path in files:
            self._look_at_file(path)
        for path in directories:
            self._look_at_directory(path)

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
        if self._directories.get(path) is None:
            return
        prefix = path + os.sep
        for table in (self._files, self._recent, self._directories):
            for each in [each for each in table if each.startswith(prefix)]:
                del table[each]
        if path in self._starts:
            self._directories[path] = None
        else:
            del self._directories[path]
        self._put(DirtyPaths((path,), Writing.UNCERTAIN))


def _is_racy(found: Stat) -> bool:
    """Whether a change right after this look would not show in the times."""
    return time.time_ns() - found.ctime_ns < TICK_NS


def _stat(path: str) -> Stat | None:
    try:
        return Stat.of(os.lstat(path))
    except OSError:
        return None
