"""The low-level watcher: raw changes of files, with the interface of watchfiles' native backend.

Code that was written for `watchfiles._rust_notify` works with this module by changing one import.
Raw means: a touch is a change, and so is a file that comes and goes.
"""

import operator
import os
import queue
import sys
import threading
import time
import weakref
from collections.abc import Iterable
from functools import partial
from types import TracebackType
from typing import Self

from restarter import __version__
from restarter.events import ChangeKind, SourceTrouble
from restarter.notify.collecting import (
    ADDED,
    DELETED,
    MODIFIED,
    Collected,
    NotifyInternalError,
    Outcome,
    Waiting,
    Wish,
)
from restarter.notify.scope import Scope
from restarter.notify.stopping import AbstractEvent, StopListeners, stop_test
from restarter.sources.interface import RawSource
from restarter.sources.raw import open_raw

__all__ = [
    "AbstractEvent",
    "Notify",
    "NotifyInternalError",
    "RustNotify",
    "WatchfilesRustInternalError",
    "__version__",
]

_MILLI = 1000.0
_SHORTEST_DELAY = 0.001
_NUMBERS = {ChangeKind.ADDED: ADDED, ChangeKind.MODIFIED: MODIFIED, ChangeKind.DELETED: DELETED}


class Notify:
    """Watches files and directories from the moment it is made, in threads of its own.

    A change is a pair of a number and a path: 1 added, 2 modified (data or metadata), 3 deleted.
    Changes are kept until `watch` returns them, and each is returned once. The threads end with
    `close`, at the end of a `with` block, or when nothing refers to the watcher any more. They do
    not survive a fork: make the watcher in the process that uses it.

    Args:
        watch_paths: files and directories; a relative path begins in the working directory. They
            are watched again when they go and come back. Changes are reported below the path that
            is given here, also where that is a symbolic link.
        debug: print every change to stderr.
        force_polling: look at the files again and again instead of listening to the kernel.
        poll_delay_ms: milliseconds between two looks; only for polling.
        recursive: watch everything below a directory, and not only what is directly in it.
        ignore_permission_denied: leave out what cannot be read.

    Raises:
        FileNotFoundError: a path does not exist.
        PermissionError: a directory cannot be read, and that is not ignored.
        OSError: the kernel has no inotify instance left.
        TypeError: the paths are no list of strings.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     with Notify([directory], False, False, 0, True) as notify:
        ...         _ = pathlib.Path(directory, "new.txt").write_text("hello")
        ...         changes = notify.watch(1600, 50, 5000, None)
        >>> [(change, pathlib.Path(path).name) for change, path in changes]
        [(1, 'new.txt')]
    """

    def __init__(  # noqa: PLR0913, PLR0917  the interface is given
        self,
        watch_paths: list[str],
        debug: bool,  # noqa: FBT001
        force_polling: bool,  # noqa: FBT001
        poll_delay_ms: int,
        recursive: bool,  # noqa: FBT001
        ignore_permission_denied: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        delay = _seconds("poll_delay_ms", poll_delay_ms)
        scope = Scope(_checked(watch_paths), recursive=recursive, skips=ignore_permission_denied)
        self._described = _describe(scope, delay if force_polling else None)
        self._collected = Collected(is_debug=debug)
        self._stops = StopListeners(self._collected)
        source = open_raw(
            scope,
            partial(_tell, scope, self._collected),
            partial(_hear, self._collected),
            max(delay, _SHORTEST_DELAY) if force_polling else None,
        )
        # What ends the threads must refer to none of this. It is told through a queue because
        # garbage is collected anywhere, also where a lock is held that closing would wait for.
        told: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._closer = threading.Thread(
            target=_close_when_told, args=(told, source), name="notify closer", daemon=True
        )
        self._finalizer = weakref.finalize(self, _drop, self._collected, told)
        self._finalizer.atexit = False
        self._closer.start()

    def watch(
        self,
        debounce_ms: int,
        step_ms: int,
        timeout_ms: int,
        stop_event: AbstractEvent | None,
    ) -> Outcome:
        """Wait for changes; other threads run meanwhile.

        Args:
            debounce_ms: for how many milliseconds changes are collected at most, once there is one.
            step_ms: milliseconds without a new change that end the collecting.
            timeout_ms: milliseconds to wait for a first change; 0: for ever.
            stop_event: ends the wait early. A `threading.Event` does so at once, anything else
                with an `is_set()` is looked at every `step_ms`, but at most once a millisecond.

        Returns:
            The changes since the last call; or "timeout"; or "stop" when the stop event was set;
            or "signal" when the handler of a signal raised an exception, as the one for Ctrl-C
            does. Changes are kept for the next call in the last two cases.

        Raises:
            RuntimeError: the watcher is closed ("RustNotify watcher closed").
            NotifyInternalError: the watcher cannot see all that it should; this is raised once,
                and what it does see is still reported by the next call.
            AttributeError: the stop event has no `is_set`.
            TypeError: that is not callable, or a time is no whole number.
            OverflowError: a time is negative.

        Example:
            >>> notify = Notify(["."], False, False, 0, False)
            >>> notify.watch(1600, 50, 10, None)
            'timeout'
            >>> import threading
            >>> stop = threading.Event()
            >>> stop.set()
            >>> notify.watch(1600, 50, 0, stop)
            'stop'
            >>> notify.close()
        """
        wish = self._wish(debounce_ms, step_ms, timeout_ms, stop_event)
        try:
            return self._collected.wait(wish)
        except KeyboardInterrupt:  # it came while nothing was waited for
            return "signal"

    async def awatch(
        self,
        debounce_ms: int,
        step_ms: int,
        timeout_ms: int,
        stop_event: AbstractEvent | None,
    ) -> Outcome:
        """Wait for changes in a task of asyncio or trio, without a thread that waits.

        Args:
            debounce_ms: as for `watch`.
            step_ms: as for `watch`.
            timeout_ms: as for `watch`.
            stop_event: as for `watch`; in asyncio, an `asyncio.Event` ends the wait at once too.

        Returns:
            The same as `watch`, but never "signal": asyncio or trio cancels the task.

        Raises:
            RuntimeError: the watcher is closed.
            NotifyInternalError: as for `watch`.
            AttributeError: as for `watch`.
            TypeError: as for `watch`.
            OverflowError: as for `watch`.

        Example:
            >>> notify = Notify(["."], False, False, 0, False)
            >>> import asyncio
            >>> asyncio.run(notify.awatch(1600, 50, 10, None))
            'timeout'
            >>> notify.close()
        """
        wish = self._wish(debounce_ms, step_ms, timeout_ms, stop_event)
        if "trio" in sys.modules:  # or else no task of it can be running
            from restarter.notify.trio_tasks import is_running, wait_in_trio

            if is_running():
                return await wait_in_trio(self._collected, wish)
        from restarter.notify.tasks import wait_in_task  # asyncio takes long to load

        return await wait_in_task(self._collected, wish, stop_event)

    def close(self) -> None:
        """Stop watching; whoever waits, and every later call of `watch`, gets a `RuntimeError`.

        Example:
            >>> notify = Notify(["."], False, False, 0, False)
            >>> notify.close()
            >>> notify.watch(1600, 50, 10, None)
            Traceback (most recent call last):
            RuntimeError: RustNotify watcher closed
        """
        self._collected.close()
        self._finalizer()
        self._closer.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"RustNotify({'None' if self._collected.is_closed else self._described})"

    def _wish(
        self, debounce_ms: int, step_ms: int, timeout_ms: int, event: AbstractEvent | None
    ) -> Wish:
        self._collected.raise_if_closed()
        times = {"debounce_ms": debounce_ms, "step_ms": step_ms, "timeout_ms": timeout_ms}
        debounce, step, timeout = (_seconds(name, value) for name, value in times.items())
        is_stopped = stop_test(event)
        waiting = Waiting(debounce, step, timeout, time.monotonic())
        return Wish(waiting, is_stopped, self._stops.look_after(event, step))


RustNotify = Notify
WatchfilesRustInternalError = NotifyInternalError


def _checked(paths: Iterable[str]) -> list[str]:
    if isinstance(paths, str):
        raise TypeError("watch_paths must be a list of strings, not one string")
    return [os.fsdecode(path) for path in paths]


def _seconds(name: str, milliseconds: int) -> float:
    count = operator.index(milliseconds)
    if count < 0:
        raise OverflowError(f"{name} must not be negative, but is {count}")
    return count / _MILLI


def _describe(scope: Scope, delay: float | None) -> str:
    """Return what `repr` shows, in the shape that the native backend gives it."""
    paths = ", ".join(f'"{place.path}"' for place in scope.places)
    if delay is None:
        return f"Recommended(\n    KernelWatcher {{\n        watches: [{paths}],\n    }},\n)"
    return (
        f"Poll(\n    PollWatcher {{\n        watches: [{paths}],\n"
        f"        delay: Some(\n            {delay * _MILLI:.0f}ms,\n        ),\n    }},\n)"
    )


def _drop(collected: Collected, told: "queue.SimpleQueue[None]") -> None:
    """End the threads, without any lock: whoever collects garbage may hold it."""
    collected.is_closed = True
    told.put(None)


def _close_when_told(told: "queue.SimpleQueue[None]", source: RawSource) -> None:
    told.get()
    source.close()


def _tell(scope: Scope, collected: Collected, kind: ChangeKind, path: str) -> None:
    told = scope.told_as(path)
    if told is not None:
        collected.add(_NUMBERS[kind], told)


def _hear(collected: Collected, event: object) -> None:
    if isinstance(event, SourceTrouble):
        collected.fail(event.message)
