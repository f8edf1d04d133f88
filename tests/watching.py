"""A source and a ledger on real files, and an oracle that walks the tree to check them."""

import os
import queue
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from restarter.changes.ledger import Ledger
from restarter.clock import TICK_NS, file_system_now_ns
from restarter.events import Armed, DirtyPaths, Listed, LostTrack, SourceTrouble, Verified
from restarter.sources import Selects, Source
from restarter.sources.inotify import InotifySource
from restarter.sources.observer import ObserverSource
from restarter.sources.polling import PollingSource

SOURCES: Mapping[str, Callable[..., Source]] = {
    "inotify": InotifySource,
    "observer": ObserverSource,
    "polling": lambda roots, selects, put: PollingSource(roots, selects, put, interval=0.05),
}


class Place(NamedTuple):
    """A root to watch."""

    path: str
    is_file: bool = False


class Everything:
    """Selects every file and enters every directory, except those named `ignored`."""

    follows_links = False

    def is_selected(self, path: str) -> bool:
        return "/ignored" not in path

    def enters(self, directory: str) -> bool:
        return "/ignored" not in directory


class Watcher:
    """Feeds a ledger from a source, as the session does.

    Args:
        kind: a key of SOURCES.
        roots: what is watched.
        selects: what counts.
    """

    def __init__(self, kind: str, *roots: Path | Place, selects: Selects | None = None) -> None:
        places = [root if isinstance(root, Place) else Place(str(root)) for root in roots]
        self.selects = selects or Everything()
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.ledger = Ledger(file_system_now_ns() + 10**15)  # whatever is there was there before
        self.ledger.follows_links = self.selects.follows_links
        self.armed: Armed | None = None
        self.is_verified = False
        self.troubles: list[str] = []
        self.lost: list[str] = []
        self.source = SOURCES[kind](places, self.selects, self.inbox.put)

    def pump(self, seconds: float = 0.02) -> None:
        """Handle what is on the inbox; wait so long for the first event."""
        try:
            event = self.inbox.get(timeout=seconds)
            while True:
                self._handle(event)
                event = self.inbox.get_nowait()
        except queue.Empty:
            return

    def arm(self) -> None:
        """Start, and wait until everything is watched and known by content."""
        wait_out_the_tick()
        self.source.start()
        self.until(lambda: self.is_verified, "everything is watched and listed")
        assert self.armed is not None
        self.ledger.commit(file_system_now_ns())
        while self.ledger.has_unread():
            self.ledger.read_ahead(1.0)

    def until(self, condition: Callable[[], bool], what: str, timeout: float = 20.0) -> None:
        """Handle events until a condition holds."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
            self.pump()

    def until_it_tells(self, expected: Mapping[str, str], timeout: float = 20.0) -> None:
        """Handle events until the ledger's differences are the expected ones."""
        deadline = time.monotonic() + timeout
        while (found := self.told()) != expected:
            if time.monotonic() >= deadline:
                missing = dict(expected.items() - found.items())
                spurious = dict(found.items() - expected.items())
                raise AssertionError(f"missing: {missing}\nspurious: {spurious}")
            self.pump()

    def told(self) -> dict[str, str]:
        return {path: kind.value for kind, path in self.ledger.differences()}

    def _handle(self, event: object) -> None:
        match event:
            case DirtyPaths(paths, _):
                known = self.ledger.has_directory
                self.ledger.look(p for p in paths if known(p) or self.selects.is_selected(p))
            case Listed():
                self.ledger.take(event)
            case Verified(visited):
                self.ledger.look_at_all_but(visited)
                self.is_verified = True
            case Armed():
                self.armed = event
            case LostTrack(reason):
                self.lost.append(reason)
            case SourceTrouble(message):
                self.troubles.append(message)


@contextmanager
def watching(kind: str, *roots: Path | Place, selects: Selects | None = None) -> Iterator[Watcher]:
    """An armed watcher that is closed at the end."""
    watcher = Watcher(kind, *roots, selects=selects)
    try:
        watcher.arm()
        yield watcher
    finally:
        watcher.source.close()


def wait_out_the_tick() -> None:
    """Wait until the times of files written before prove something."""
    until = time.time_ns() + TICK_NS
    while time.time_ns() < until:
        time.sleep(0.001)


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    """What every file below a directory is: the oracle."""
    found: dict[str, tuple[int, bytes]] = {}
    for directory, _, _ in os.walk(os.fsencode(root)):
        for entry in os.scandir(directory):
            if b"/ignored" in entry.path:
                continue
            if entry.is_symlink():
                found[os.fsdecode(entry.path)] = (stat.S_IFLNK, os.readlink(entry.path))
            elif entry.is_file(follow_symlinks=False):
                with open(entry.path, "rb") as file:
                    found[os.fsdecode(entry.path)] = (stat.S_IFREG, file.read())
    return found


def differences(
    before: Mapping[str, tuple[int, bytes]], after: Mapping[str, tuple[int, bytes]]
) -> dict[str, str]:
    """What the ledger should tell, by the oracle."""
    kinds = dict.fromkeys(after.keys() - before.keys(), "added")
    kinds |= dict.fromkeys(before.keys() - after.keys(), "deleted")
    both = before.keys() & after.keys()
    return kinds | {path: "modified" for path in both if before[path] != after[path]}
