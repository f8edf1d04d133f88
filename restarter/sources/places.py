"""Linux: whether anything has happened in a few places, without a thread and without a look.

For what is no part of the watched tree and needs no ledger: whoever waits for something else
already waits for this as well, and is told that there was something, not what.
"""

import os
import struct
import sys
from collections.abc import Iterable, Iterator

_HEADER = struct.Struct("iIII")  # struct inotify_event, inotify(7)
_BUFFER = 65536


class Places:
    """Files and directories of which every change is noticed, also that they come and go.

    Of a file only that one name counts in its directory; of a directory all that is directly in it.

    Raises:
        OSError: the kernel has no inotify instance left.
    """

    def __init__(self) -> None:
        # Imported here: nobody needs it who starts nothing warm.
        from watchdog.observers.inotify_c import InotifyConstants as Constants
        from watchdog.observers.inotify_c import inotify_add_watch, inotify_init

        self._add = inotify_add_watch
        self._mask = (
            Constants.IN_CREATE
            | Constants.IN_DELETE
            | Constants.IN_MOVE
            | Constants.IN_CLOSE_WRITE
            | Constants.IN_ATTRIB
            | Constants.IN_ONLYDIR
        )
        self._descriptor = inotify_init()
        if self._descriptor == -1:
            raise OSError("no inotify instance left")
        os.set_inheritable(self._descriptor, False)  # noqa: FBT003  it takes no keyword
        if sys.platform != "win32":
            os.set_blocking(self._descriptor, False)
        self._paths: frozenset[str] = frozenset()
        self._directories: dict[int, str] = {}

    def fileno(self) -> int:
        """Return the descriptor, which is readable when there may be news."""
        return self._descriptor

    def add(self, paths: Iterable[str]) -> None:
        """Notice changes of more files and directories, there or not.

        Where the kernel takes no more watches there will be no news.

        Args:
            paths: absolute.
        """
        new = frozenset(paths) - self._paths
        self._paths |= new
        directories = {*map(os.path.dirname, new), *filter(os.path.isdir, new)}
        for directory in directories.difference(list(self._directories.values())):
            number = self._add(self._descriptor, os.fsencode(directory), self._mask)
            if number != -1:
                self._directories[number] = directory

    def have_news(self) -> bool:
        """Whether something has happened since the last call."""
        try:
            events = os.read(self._descriptor, _BUFFER)
        except BlockingIOError:
            return False
        # In any case all of them: a directory that is gone is to be forgotten.
        return sum(self._counts(number, name) for number, name in _parse(events)) > 0

    def close(self) -> None:
        """Give the watches back."""
        descriptor, self._descriptor = self._descriptor, -1
        os.close(descriptor)

    def _counts(self, number: int, name: str) -> bool:
        directory = self._directories.get(number)
        if directory is None:  # events were lost, or it is not noted yet
            return True
        if not name and not os.path.isdir(directory):
            del self._directories[number]
        path = os.path.join(directory, name) if name else directory
        return directory in self._paths or path in self._paths


def _parse(events: bytes) -> Iterator[tuple[int, str]]:
    """Yield the number of each watch that tells something, and the name that it is about."""
    at = 0
    while at < len(events):
        number, _, _, length = _HEADER.unpack_from(events, at)
        at += _HEADER.size
        yield number, os.fsdecode(events[at : at + length].rstrip(b"\0"))
        at += length
