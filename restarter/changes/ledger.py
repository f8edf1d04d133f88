"""The ledger: what every selected file looked like when the running program was started.

It turns hints ("this path may be dirty") into facts by looking at the disk: a file is *added*,
*modified*, *deleted*, or nothing happened to it. Kind, size and content are compared; times
only tell whether a comparison of the content is needed, and always for difference, never for
"newer than": files go back in time.
"""

import heapq
import os
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from restarter.changes.contents import HASH_LIMIT, UNKNOWN, Entry, digest_of
from restarter.events import Change, ChangeKind, Listed, Stat

HASH_FILES = 20_000
"""Files whose content is read ahead, newest first, so that their first save without a change
is recognised."""

HASH_BYTES = 200_000_000
"""Bytes that are read ahead at the most."""


class Difference(NamedTuple):
    """How a file differs from what is known of it.

    Args:
        kind: in which way.
        entry: what it is now; None where it is gone.
    """

    kind: ChangeKind
    entry: Entry | None


class Ledger:
    """Known files, and how the disk differs from them.

    Args:
        reference_ns: time of the file system's clock just before the program was started:
            files that changed since then are not what it was started with.

    Attributes:
        follows_links: directories behind symbolic links are watched as well.
    """

    def __init__(self, reference_ns: int) -> None:
        self._known: dict[str, dict[str, bytes]] = {}
        self._below: dict[str, set[str]] = {}
        self._differing: dict[str, dict[str, Difference]] = {}
        self._linked_inodes: set[int] = set()
        self._unread: list[tuple[int, str, str]] = []
        self.read_files = 0
        self._read_bytes = 0
        self._reference_ns = reference_ns
        self.follows_links = False

    def __len__(self) -> int:
        """Return how many files are known."""
        return sum(map(len, self._known.values()))

    def has_directory(self, path: str) -> bool:
        """Whether it is, or was, a directory with selected files or on the way to them."""
        return path in self._known or path in self._below

    def came_and_went(self, path: str) -> bool:
        """Whether the program was started without a file, and it is not there now either.

        Never of a directory, nor in one that nobody has listed so far.
        """
        directory, name = os.path.split(path)
        known = self._known.get(directory)
        if known is None or name in known or self.has_directory(path) or os.path.lexists(path):
            return False
        self._differ(path, None, None)
        return True

    def take(self, listing: Listed) -> bool:
        """Compare one directory with a listing of it, read after its watch was added.

        Returns:
            Whether there are differences now.
        """
        known = self._directory(listing.directory)
        differing = self._differing.get(listing.directory, {}).keys()
        for name, found in listing.files.items():
            if name not in known and listing.baseline:
                self._take_baseline(listing.directory, name, found)
            elif (
                name not in known
                or name in differing
                or Entry.unpack(known[name]).may_differ(found)
            ):
                self._look_at(os.path.join(listing.directory, name))
        for name in self._names_in(listing.directory) - listing.files.keys():
            self._look_at(os.path.join(listing.directory, name))
        for gone in self._below.get(listing.directory, set()) - listing.below:
            for directory in self._directories_below(gone):
                self._lose_directory(directory)
        self._look_at_other_links()
        return bool(self._differing)

    def _take_baseline(self, directory: str, name: str, found: Stat) -> None:
        if found.ctime_ns < self._reference_ns:
            self._learn(directory, name, found)
            if directory in self._differing:  # a hint came before the listing
                self._differ(os.path.join(directory, name), None, None)
        else:
            self._known[directory][name] = UNKNOWN.pack()
            self._look_at(os.path.join(directory, name))

    def learn(self, path: str, found: Stat) -> None:
        """Take note of what the running program found when it read a file that is not known yet."""
        directory, name = os.path.split(path)
        if name not in self._directory(directory):
            self._learn(directory, name, found)

    def look(self, paths: Iterable[str]) -> None:
        """Look at dirty paths again; a known directory stands for all that is known below it."""
        for path in paths:
            below = self._directories_below(path)
            is_there = bool(below) and self._is_directory(path)
            for directory in below:
                if is_there:
                    self._look_at_directory(directory)
                else:
                    self._lose_directory(directory)
            self._look_at(path)
        self._look_at_other_links()

    def look_at_all_but(self, visited: frozenset[str]) -> bool:
        """Look at the files of known directories that a walk of the whole tree did not meet.

        Returns:
            Whether there are differences now.
        """
        for directory in self._known.keys() - visited:
            self._lose_directory(directory)
        return bool(self._differing)

    def differences(self) -> tuple[Change, ...]:
        """Return how the disk, as last looked at, differs from what the program knows."""
        found = [Change(difference.kind, path) for path, difference in self._all_differing()]
        return tuple(sorted(found, key=lambda change: change.path))

    def digests(self, path: str) -> tuple[bytes | None, bytes | None]:
        """Return hashes of what the program was started with, and of what was there last.

        Each is None where there is no file, or where its content is not known.
        """
        directory, name = os.path.split(path)
        known, difference = self._entry(path), self._differing.get(directory, {}).get(name)
        now = known if difference is None else difference.entry
        return (None if known is None else known.digest), (None if now is None else now.digest)

    def newest(self, suffix: str, limit: int, count: int) -> list[str]:
        """Return the known files that were changed last, newest first.

        Args:
            suffix: of their names.
            limit: bytes that each has at the most.
            count: how many are wanted.
        """
        found = [
            (-stat.mtime_ns, os.path.join(directory, name))
            for directory, names in self._known.items()
            for name, packed in names.items()
            if name.endswith(suffix) and (stat := Entry.unpack(packed).stat).size <= limit
        ]
        return [path for _, path in heapq.nsmallest(count, found)]

    def commit(self, reference_ns: int) -> None:
        """A program is about to be started: it will know the disk as last looked at.

        Args:
            reference_ns: the file system's clock just before.
        """
        for path, difference in self._all_differing():
            self._record(path, difference.entry)
        self._differing.clear()
        self._reference_ns = reference_ns

    def accept(self, paths: Iterable[str]) -> None:
        """The running program knows what became of these files: it wrote them itself."""
        for path in paths:
            directory, name = os.path.split(path)
            difference = self._differing.get(directory, {}).get(name)
            if difference is not None:
                self._record(path, difference.entry)
                self._differ(path, None, None)

    def keep_only(self, is_selected: Callable[[str], bool]) -> None:
        """Forget every file that new settings do not select any more."""
        for tables in (self._known, self._differing):
            for directory, names in tables.items():
                for name in list(names):
                    if not is_selected(os.path.join(directory, name)):
                        del names[name]
        self._differing = {path: names for path, names in self._differing.items() if names}

    def has_unread(self) -> bool:
        """Whether there are files whose content is yet to be read ahead."""
        return bool(self._unread) and self.read_files < HASH_FILES and self._read_bytes < HASH_BYTES

    def read_ahead(self, seconds: float) -> None:
        """Read contents, newest first, for about so many seconds."""
        until = time.monotonic() + seconds
        while self.has_unread() and time.monotonic() < until:
            _, directory, name = heapq.heappop(self._unread)
            self._read_one_ahead(os.path.join(directory, name))

    def _read_one_ahead(self, path: str) -> None:
        known = self._entry(path)
        if known is None or known.digest is not None or known.racy:
            return
        digest = digest_of(path)
        # Only a content that still belongs to the known stat is the one the program was
        # started with; an event for anything newer is on its way.
        if digest is not None and _stat(path) == known.stat:
            self._record(path, known._replace(digest=digest))
            self.read_files += 1
            self._read_bytes += known.stat.size

    def _look_at(self, path: str) -> None:
        known = self._entry(path)
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            status = None
        except OSError:  # its directory cannot be read: nothing is known to have changed
            return
        found = None if status is None else Stat.of(status)
        if found is None or not found.is_file:
            self._differ(path, None if known is None else ChangeKind.DELETED, None)
            return
        if status is not None and status.st_nlink > 1:
            self._linked_inodes.add(found.inode)
        if known is None:
            self._differ(path, ChangeKind.ADDED, Entry.read(path, found))
        else:
            self._compare(path, known, found)

    def _compare(self, path: str, known: Entry, found: Stat) -> None:
        if not known.may_differ(found):
            self._differ(path, None, None)
            return
        entry = Entry.read(path, found)
        if entry.is_same_content(known):
            self._record(path, entry)
            self._differ(path, None, None)
        else:
            self._differ(path, ChangeKind.MODIFIED, entry)

    def _differ(self, path: str, kind: ChangeKind | None, entry: Entry | None) -> None:
        directory, name = os.path.split(path)
        if kind is not None:
            self._directory(directory)
            self._differing.setdefault(directory, {})[name] = Difference(kind, entry)
        elif directory in self._differing:
            self._differing[directory].pop(name, None)
            if not self._differing[directory]:
                del self._differing[directory]

    def _all_differing(self) -> list[tuple[str, Difference]]:
        return [
            (os.path.join(directory, name), difference)
            for directory, names in self._differing.items()
            for name, difference in names.items()
        ]

    def _names_in(self, directory: str) -> set[str]:
        return self._known.get(directory, {}).keys() | self._differing.get(directory, {}).keys()

    def _look_at_directory(self, directory: str) -> None:
        for name in self._names_in(directory):
            self._look_at(os.path.join(directory, name))

    def _lose_directory(self, directory: str) -> None:
        """All that was in a directory is gone.

        Nothing is looked at: by way of a symbolic link in its place there might be other files
        of these names.
        """
        for name in self._names_in(directory):
            is_known = name in self._known.get(directory, {})
            kind = ChangeKind.DELETED if is_known else None
            self._differ(os.path.join(directory, name), kind, None)

    def _is_directory(self, path: str) -> bool:
        return os.path.isdir(path) and (self.follows_links or not os.path.islink(path))

    def _look_at_other_links(self) -> None:
        """Look at the other names of changed files: the kernel reports only the one used."""
        if not self._linked_inodes:
            return
        inodes, self._linked_inodes = self._linked_inodes, set()
        known = [
            os.path.join(directory, name)
            for directory, names in self._known.items()
            for name, packed in names.items()
            if Entry.unpack(packed).stat.inode in inodes
        ]
        new = [
            path
            for path, (_, entry) in self._all_differing()
            if entry is not None and entry.stat.inode in inodes
        ]
        for path in {*known, *new}:
            self._look_at(path)
        self._linked_inodes.clear()

    def _directories_below(self, path: str) -> list[str]:
        found = [path] if self.has_directory(path) else []
        for directory in found:  # grows while it is read: a walk without recursion
            found.extend(self._below.get(directory, ()))
        return found

    def _directory(self, path: str) -> dict[str, bytes]:
        if path not in self._known:
            self._known[path] = {}
            self._link_upwards(path)
        return self._known[path]

    def _link_upwards(self, path: str) -> None:
        """Let a directory be found from each one above it, whether that was listed or not."""
        while (parent := os.path.dirname(path)) != path:
            siblings = self._below.setdefault(parent, set())
            if path in siblings:
                return
            siblings.add(path)
            path = parent

    def _entry(self, path: str) -> Entry | None:
        directory, name = os.path.split(path)
        packed = self._known.get(directory, {}).get(name)
        return None if packed is None else Entry.unpack(packed)

    def _record(self, path: str, entry: Entry | None) -> None:
        directory, name = os.path.split(path)
        if entry is None:
            self._known.get(directory, {}).pop(name, None)
        else:
            self._directory(directory)[name] = entry.pack()

    def _learn(self, directory: str, name: str, found: Stat) -> None:
        self._known[directory][name] = Entry.unread(found).pack()
        if found.size <= HASH_LIMIT:
            heapq.heappush(self._unread, (-found.mtime_ns, directory, name))
        if len(self._unread) > 2 * HASH_FILES:
            self._unread = heapq.nsmallest(HASH_FILES, self._unread)


def _stat(path: str) -> Stat | None:
    """Return the stat of a file or symbolic link; None where there is neither."""
    try:
        found = Stat.of(os.lstat(path))
    except OSError:
        return None
    return found if found.is_file else None
