"""Sources of raw changes: everything that happens, as it happens."""

import errno
import logging
import os
import sys

from restarter.events import Put
from restarter.sources.interface import RawSelects, RawSource, Selects, Tell
from restarter.sources.limits import INSTANCES, WATCHES, limit_message
from restarter.sources.polling import PollingSource
from restarter.sources.raw_compared import ComparedSource

_logger = logging.getLogger("restarter.notify")

POLL_SHARE = 0.5
"""Part of one processor that looking may take: who names the delay between looks wants them."""

FALLBACK_SECONDS = 0.3
"""Between two looks where the kernel has nothing left to tell with."""


def open_raw(selects: RawSelects, tell: Tell, put: Put, delay: float | None) -> RawSource:
    """Return a source that was started: everything is watched.

    Args:
        selects: what to watch.
        tell: called with each change, from the threads of the source.
        put: is told what cannot be watched.
        delay: seconds between two looks; None: listen to the kernel.

    Raises:
        PermissionError: a directory cannot be read, and `selects` does not skip it.
    """
    if delay is not None:
        return _started(_polling(selects, tell, put, delay))
    try:
        return _started(_kernel(selects, tell, put))
    except PermissionError:
        raise
    except OSError as error:
        limit = INSTANCES if error.errno == errno.EMFILE else WATCHES
        what = f"the kernel gives no events ({error.strerror}), polling instead"
        _logger.warning(limit_message(what, limit, 1))
        return _started(_polling(selects, tell, put, FALLBACK_SECONDS))


def _started(source: RawSource) -> RawSource:
    try:
        source.start()
    except BaseException:
        source.close()
        raise
    return source


def _kernel(selects: RawSelects, tell: Tell, put: Put) -> RawSource:
    if sys.platform == "linux":
        from restarter.sources.raw_inotify import RawInotifySource

        return RawInotifySource(selects, tell, put)
    from restarter.sources.observer import ObserverSource

    return ComparedSource(
        selects, tell, put, lambda hear: ObserverSource(selects.places, selects, hear)
    )


def _polling(selects: RawSelects, tell: Tell, put: Put, delay: float) -> RawSource:
    names: Selects = selects if selects.is_recursive else _OneDeeper(selects)
    return ComparedSource(
        selects,
        tell,
        put,
        lambda hear: PollingSource(
            selects.places, names, hear, interval=delay, files_seconds=delay, share=POLL_SHARE
        ),
    )


class _OneDeeper:
    """Selects like another, but enters each directory in the watched ones.

    Only what is entered is seen to come and go.

    Args:
        selects: the other one.
    """

    def __init__(self, selects: RawSelects) -> None:
        self._enters = selects.enters
        self.is_selected = selects.is_selected
        self.follows_links = selects.follows_links

    def enters(self, directory: str) -> bool:
        """Whether a directory, or the one that holds it, can hold anything that counts."""
        return self._enters(directory) or self._enters(os.path.dirname(directory))
