"""The kernel's queue of inotify(7), its watches, and whom each of them tells."""

import errno
import itertools
import logging
import os
from collections.abc import Callable
from typing import NamedTuple, Protocol

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchDescriptor,
)

DONE = InotifyConstants.IN_CLOSE_WRITE | InotifyConstants.IN_MOVED_TO
APPEARED = InotifyConstants.IN_CREATE | InotifyConstants.IN_MOVED_TO
VANISHED = InotifyConstants.IN_DELETE | InotifyConstants.IN_MOVED_FROM

_MASK = Mask(
    DONE
    | APPEARED
    | VANISHED
    | InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_MASK_ADD
)
"""The kernel keeps one mask for a directory: what leads to it and what is in it add up."""

_DONT_FOLLOW = InotifyConstants.IN_DONT_FOLLOW

_FULL = (errno.ENOSPC, errno.ENOMEM)  # inotify_add_watch(2)

_PERMISSION_DENIED = -1  # what watchdog returns as descriptor then


# What watchdog logs would go to stderr where nobody has set logging up.
logging.getLogger("watchdog").addHandler(logging.NullHandler())


class Listener(Protocol):
    """Who is told; called by the reader's thread."""

    def event(self, path: str, mask: int) -> None:
        """Something happened to what is in a watched directory."""

    def do(self, task: Callable[[], None]) -> None:
        """Do something later, in another thread."""

    def forget(self, directory: "WatchedDirectory") -> None:
        """A watch is gone with its directory."""


class _Queue(InotifyFD):
    """The kernel's queue; no run inherits it, which would keep it alive and wonder about it.

    Args:
        overflowed: called by its thread when the kernel dropped events.
    """

    def __init__(self, overflowed: Callable[[], None]) -> None:
        super().__init__()
        self._overflowed = overflowed

    def handle_event(self, event: InotifyEvent) -> None:
        """Tell of an event; of an overflow once, where watchdog would tell each watch."""
        if event.is_queue_overflow:
            self._overflowed()
        else:
            super().handle_event(event)

    @classmethod
    def _create_inotify_fd(cls) -> int:
        descriptor = super()._create_inotify_fd()
        os.set_inheritable(descriptor, False)  # noqa: FBT003  it takes no keyword
        return descriptor


class Watch(NamedTuple):
    """A watch in the kernel's table, and whom it tells."""

    directory: "WatchedDirectory"
    descriptor: WatchDescriptor
    identity: CallbackId


class WatchedDirectory:
    """What watchdog calls for one watched directory; the path is the one it was found under."""

    mask = _MASK

    def __init__(self, path: str, listener: "Listener") -> None:
        self.path = path
        self._listener = listener

    def on_event(self, event: InotifyEvent) -> None:
        """Translate one event of the kernel."""
        if not event.name:
            return
        self._listener.event(os.path.join(self.path, os.fsdecode(event.name)), event.mask)

    def on_watch_deleted(self, _descriptor: WatchDescriptor) -> None:
        """The directory is gone."""
        self._listener.do(lambda: self._listener.forget(self))

    def on_queue_overflow(self) -> None:
        """Do nothing: the queue tells of it."""


class Kernel:
    """A queue of the kernel with its watches.

    Args:
        follows_links: a link is watched where it leads.
        overflowed: called by the reader's thread when events were dropped.

    Raises:
        OSError: the kernel has no inotify instance left.
    """

    def __init__(self, overflowed: "Callable[[Kernel], None]", *, follows_links: bool) -> None:
        self._queue = _Queue(lambda: overflowed(self))
        self._flags = Mask(0 if follows_links else _DONT_FOLLOW)
        self._identities = map(CallbackId, itertools.count())

    def start(self) -> None:
        """Begin to tell, in a thread of its own."""
        self._queue.start()

    def stop(self) -> None:
        """Give the queue back, with all watches."""
        self._queue.stop()

    def add(self, directory: WatchedDirectory) -> Watch | None:
        """Return the new watch; None where there is no such directory or it cannot be read.

        Raises:
            OSError: the kernel's table is full.
        """
        identity = next(self._identities)
        mask = Mask(directory.mask | self._flags)
        try:
            descriptor = self._queue.add_callback(
                os.fsencode(directory.path), mask, directory, identity
            )
        except OSError as error:
            if error.errno in _FULL:
                raise
            return None
        if descriptor == _PERMISSION_DENIED:
            return None
        return Watch(directory, descriptor, identity)

    def drop(self, watch: Watch | None) -> None:
        """Take a watch back, if there is one."""
        if watch is not None:
            self._queue.remove_callbacks([(watch.descriptor, watch.identity)])
