"""Polling: look again and again, where the kernel does not tell.

Not everything is looked at equally often. Directories, whose times tell of new, renamed and
deleted files, once in each interval; files that changed recently several times in it; all other
files a slice at a time, as many as fit into two percent of a processor.
"""

import math
import os
import queue
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence

from restarter.clock import TICK_NS
from restarter.events import Armed, DirtyPaths, Listed, Put, Stat, Verified, Writing
from restarter.sources.interface import Root, Selects
from restarter.sources.walk import starting_points, walk

RECENT_SECONDS = 0.12
"""How often recently changed files are looked at; more often where the interval is short."""

TURNS = 5
"""Turns of an interval at the least."""

FILES_SECONDS = 2.5
"""In how many seconds every file is looked at once, if there is time for it."""

RECENT_FILES = 20
"""So many files count as recently changed."""

SHARE = 0.0165
"""Part of one processor that the search may take; waking up and what is found come on top."""

_NEVER = Stat(0, 0, 0, 0, 0)
"""Stands for a directory that has to be read, whatever its stat is, and for a file that is not
there."""

_ReadStat = Callable[[str], os.stat_result]

_CHECK_TIME = 32  # files between two looks at the clock


class _Rota:
    """Compares all paths of a table with the disk, again and again, a part at a time.

    Args:
        known: what is known of each path; it may change in the meantime.
        read_stat: stat(2) or lstat(2).
    """

    def __init__(self, known: Mapping[str, Stat], read_stat: _ReadStat) -> None:
        self._known = known
        self._read_stat = read_stat
        self._paths: list[str] = []
        self._at = 0

    def search(self, parts: float, ration: float) -> tuple[list[str], float]:
        """Compare the next paths.

        Args:
            parts: how many such parts are all of the paths.
            ration: seconds of processor time that this may take.

        Returns:
            The paths that differ, and what is left of the ration.
        """
        if self._at >= len(self._paths):
            self._paths, self._at = list(self._known), 0
        end = min(self._at + math.ceil(len(self._paths) / parts), len(self._paths))
        began, left, found = time.thread_time(), ration, []
        while self._at < end and left > 0:
            begin, self._at = self._at, min(self._at + _CHECK_TIME, end)
            found += _differing(self._paths[begin : self._at], self._known, self._read_stat)
            left = ration - (time.thread_time() - began)
        return found, left


class PollingSource:
    """Puts a hint for whatever differs from the last look.

    Args:
        roots: what to watch.
        selects: which files and directories count.
        put: puts an event on the inbox.
        interval: seconds between two looks at the same directory.
        files_seconds: in how many seconds every file is looked at once, if there is time for it.
        share: part of one processor that looking may take.
    """

    def __init__(  # noqa: PLR0913  what is watched, and how thoroughly
        self,
        roots: Sequence[Root],
        selects: Selects,
        put: Put,
        *,
        interval: float,
        files_seconds: float = FILES_SECONDS,
        share: float = SHARE,
    ) -> None:
        self._put = put
        self._starts = starting_points(roots)
        self._selects = selects
        self._step = min(RECENT_SECONDS, interval / TURNS)
        self._turns = interval / self._step
        self._turns_for_files = max(files_seconds / self._step, self._turns)
        self._ration = self._step * share
        # A watched directory that is not there is looked for in each interval.
        self._directories = dict.fromkeys(self._starts, _NEVER)
        self._below: dict[str, frozenset[str]] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._files: dict[str, Stat] = {}
        # Files that were named are told of, whether they are selected or not.
        self._named = {each.path: _stat(each.path) or _NEVER for each in roots if each.is_file}
        self._missing: set[str] = set()
        self._racy: set[str] = set()
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._looks: dict[str, Stat] = {}
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
        visited = frozenset(self._below)
        self._put(Armed("polling", len(visited)))
        self._put(Verified(visited))
        directories, files = _Rota(self._directories, os.stat), _Rota(self._files, os.lstat)
        named = _Rota(self._named, os.lstat)
        while not self._closed.wait(self._step):
            self._take_added()
            for path in [*self._recent, *self._racy]:
                self._look_at_file(path)
            # Only the search is rationed: what differs is handled, however much it is.
            changed, left = directories.search(self._turns, self._ration)
            for path in changed:
                self._look_at_directory(path)
            changed, left = named.search(self._turns, left)
            for path in changed:
                self._look_at_named(path)
            changed, _ = files.search(self._turns_for_files, left)
            for path in changed:
                self._look_at_file(path)

    def _take_added(self) -> None:
        while not self._added.empty():
            directory, is_start = self._added.get()
            self._directories.setdefault(directory, _NEVER)
            if is_start and directory not in self._starts:
                self._starts = (*self._starts, directory)

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
        else:
            self._doubt(os.path.dirname(path))
        self._put(DirtyPaths((path,), Writing.UNCERTAIN))

    def _look_at_named(self, path: str) -> None:
        found = _stat(path) or _NEVER
        if found != self._named[path]:
            self._named[path] = found
            self._put(DirtyPaths((path,), Writing.UNCERTAIN))

    def _doubt(self, directory: str) -> None:
        """Something in a directory is gone: read it next time, whatever its stat is.

        When a directory further up was moved away and back, everything in it was gone for a
        while, and nothing but that directory's parent has another time.
        """
        if directory in self._directories:
            self._directories[directory] = _NEVER

    def _look_at_directory(self, path: str) -> None:
        found = self._stat_directory(path)
        if found is None:
            self._forget(path)
            self._doubt(os.path.dirname(path))
        elif found != self._directories.get(path):
            self._walk(path, baseline=False)

    def _walk(self, start: str, *, baseline: bool) -> None:
        """List a directory and those below it, but for those that have their turn anyway."""
        listings = walk(
            start,
            self._selects,
            baseline=baseline,
            before_reading=lambda path: (
                (path == start or path not in self._directories) and self._look_before_reading(path)
            ),
        )
        for listing in listings:
            if self._closed.is_set():
                return
            self._take(listing)

    def _look_before_reading(self, path: str) -> bool:
        found = self._stat_directory(path)
        if found is not None:
            self._looks[path] = _NEVER if _is_racy(found) else found
            self._directories[path] = _NEVER  # until it could be read
        return found is not None

    def _stat_directory(self, path: str) -> Stat | None:
        """Return the stat of a directory, or of the one that a link leads to if it is followed."""
        is_followed = self._selects.follows_links or path in self._starts
        if not is_followed and os.path.islink(path):
            return None
        found = _stat(path, os.stat)
        return found if found is not None and stat.S_ISDIR(found.mode) else None

    def _take(self, listing: Listed) -> None:
        path = listing.directory
        self._missing.discard(path)
        self._directories[path] = self._looks.pop(path)
        before, self._below[path] = self._below.get(path, frozenset()), listing.below
        for gone in before - listing.below:
            self._forget(gone)
        names, self._names[path] = self._names.get(path, frozenset()), frozenset(listing.files)
        for name in names - self._names[path]:
            self._forget_file(os.path.join(path, name))
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
        for directory in self._known_below(path):
            for name in self._names.pop(directory, ()):
                self._forget_file(os.path.join(directory, name))
            self._below.pop(directory, None)
            self._directories.pop(directory, None)
            if directory in self._starts:
                self._directories[directory] = _NEVER
                self._missing.add(directory)
        self._put(DirtyPaths((path,), Writing.UNCERTAIN))

    def _known_below(self, path: str) -> list[str]:
        found = [path]
        for directory in found:  # grows while it is read: a walk without recursion
            found.extend(self._below.get(directory, ()))
        return found


def _is_racy(found: Stat) -> bool:
    """Whether a change right after this look would not show in the times."""
    return time.time_ns() - found.ctime_ns < TICK_NS


def _differing(paths: Iterable[str], known: Mapping[str, Stat], read_stat: _ReadStat) -> list[str]:
    """Return the paths that are not what is known of them.

    One comprehension for all: its own time counts, beside that of stat(2). Some file systems
    keep no time of change, and give that of modification or of creation instead.
    """
    try:
        return [
            path
            for path in paths
            if (found := read_stat(path)).st_ctime_ns != (before := known[path]).ctime_ns
            or found.st_mtime_ns != before.mtime_ns
        ]
    except (OSError, KeyError):  # one of them is gone or new: each by itself
        return [
            path for path in paths if path not in known or _stat(path, read_stat) != known[path]
        ]


def _stat(path: str, read_stat: _ReadStat = os.lstat) -> Stat | None:
    try:
        return Stat.of(read_stat(path))
    except OSError:
        return None
