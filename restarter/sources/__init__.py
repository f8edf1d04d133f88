"""Sources of hints: "this path may be dirty", "I lost track". They never decide anything."""

import sys
from collections.abc import Sequence

from restarter.events import Put
from restarter.sources.interface import Root, Selects, Source

__all__ = ["Root", "Selects", "Source", "open_source"]


def open_source(
    roots: Sequence[Root], selects: Selects, put: Put, *, polls: bool, poll_interval: float
) -> Source:
    """Return the source that fits the system, not started yet.

    Args:
        roots: what to watch.
        selects: which files and directories count.
        put: puts an event on the inbox.
        polls: look at the files instead of listening to the kernel.
        poll_interval: seconds between two looks.
    """
    if polls:
        from restarter.sources.polling import PollingSource

        return PollingSource(roots, selects, put, interval=poll_interval)
    if sys.platform == "linux":
        from restarter.sources.inotify import InotifySource

        return InotifySource(roots, selects, put)
    from restarter.sources.observer import ObserverSource

    return ObserverSource(roots, selects, put)
