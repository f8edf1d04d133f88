"""Sources of hints: "this path may be dirty", "I lost track". They never decide anything."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from restarter.events import Put, SourceTrouble
from restarter.sources.group import SourceGroup
from restarter.sources.interface import Root, Selects, Source
from restarter.sources.limits import INSTANCES, limit_message
from restarter.sources.mounts import Mount, mount_of, read_mounts, silent_mounts_below
from restarter.sources.polling import PollingSource

__all__ = ["Root", "Selects", "Source", "open_source"]

Mode = Literal["auto", "always", "never"]
_Opener = Callable[[Put], Source]


def open_source(
    roots: Sequence[Root], selects: Selects, put: Put, *, poll: Mode, interval: float
) -> Source:
    """Return the source that fits the system and the file systems, not started yet.

    Args:
        roots: what to watch.
        selects: which files and directories count.
        put: puts an event on the inbox.
        poll: "always" looks at the files instead of listening to the kernel, "auto" does so
            where the kernel does not tell everything.
        interval: seconds between two looks of polling.
    """
    silent = _silent_places(roots, selects) if poll == "auto" else {}
    for path, mount in silent.items():
        put(SourceTrouble(f"{path} is on {mount.kind}, which reports no events: polling it"))
    polled = [root for root in roots if poll == "always" or root.path in silent]
    inner = [_Place(path) for path in silent if path not in {root.path for root in roots}]
    heard = [root for root in roots if root not in polled]
    openers: list[_Opener] = []
    if heard or not (polled or inner):
        outside = _Without(selects, frozenset(silent)) if silent else selects
        openers.append(partial(_open_kernel, heard, outside, interval))
    if polled or inner:
        openers.append(partial(_open_polling, [*polled, *inner], selects, interval))
    return openers[0](put) if len(openers) == 1 else SourceGroup(openers, put)


class _Place:
    """A directory to watch."""

    is_file = False

    def __init__(self, path: str) -> None:
        self.path = path


class _Without:
    """Selects like another, but does not enter some directories.

    Args:
        selects: the other one.
        left_out: the directories.
    """

    def __init__(self, selects: Selects, left_out: frozenset[str]) -> None:
        self._left_out = left_out
        self._enters = selects.enters
        self.is_selected = selects.is_selected
        self.follows_links = selects.follows_links

    def enters(self, directory: str) -> bool:
        """Whether a directory can hold anything that counts."""
        return directory not in self._left_out and self._enters(directory)


def _silent_places(roots: Sequence[Root], selects: Selects) -> dict[str, Mount]:
    """Return the watched places from which no events arrive: roots, and mounts inside them."""
    mounts = read_mounts()
    silent: dict[str, Mount] = {}
    for root in roots:
        mount = mount_of(root.path, mounts)
        if mount is not None and mount.is_silent:
            silent[root.path] = mount
        inside = () if root.is_file else silent_mounts_below(root.path, mounts)
        silent |= {each.path: each for each in inside if selects.enters(each.path)}
    return silent


def _open_kernel(roots: Sequence[Root], selects: Selects, interval: float, put: Put) -> Source:
    if sys.platform != "linux":
        from restarter.sources.observer import ObserverSource

        return ObserverSource(roots, selects, put)
    from restarter.sources.inotify import InotifySource

    try:
        return InotifySource(roots, selects, put, interval=interval)
    except OSError as error:
        what = f"the kernel gives no events ({error.strerror}), polling instead"
        put(SourceTrouble(limit_message(what, INSTANCES, 1)))
        return PollingSource(roots, selects, put, interval=interval)


def _open_polling(roots: Sequence[Root], selects: Selects, interval: float, put: Put) -> Source:
    return PollingSource(roots, selects, put, interval=interval)
