"""A function or a command that is run again when files change, with the interface of watchfiles."""

import contextlib
import inspect
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, Literal, Unpack

from restarter.library.filters import FileChange
from restarter.library.targets import (
    Call,
    Child,
    Target,
    detect_target_type,
    environment_of,
    start_command,
    start_function,
    terminal,
)
from restarter.library.watching import DEFAULTS, WatchOptions, awatch, takes, watch
from restarter.processes.command import new_mark
from restarter.processes.ending import end_run
from restarter.processes.marks import Marks
from restarter.processes.run import Home, Run

_logger = logging.getLogger("restarter.watching")


class RunOptions(WatchOptions, total=False):
    """What `run_process` and `arun_process` can be told."""

    target: Target
    """A function, the dotted name of one, or a command; has to be given."""

    args: tuple[Any, ...]
    """Arguments of the function."""

    kwargs: Mapping[str, Any] | None
    """Keyword arguments of the function."""

    target_type: Literal["function", "command", "auto"]
    """What the target is; "auto": see `detect_target_type`."""

    callback: Callable[[set[FileChange]], object] | None
    """Called with the changes before each restart; `arun_process` awaits what it returns."""

    grace_period: float
    """Seconds after the first start before the watching begins."""

    sigint_timeout: float
    """Seconds that the processes have to end after SIGINT."""

    sigkill_timeout: float
    """Seconds to wait after SIGKILL before giving up."""


_RUN_DEFAULTS: dict[str, object] = {
    "target": inspect.Parameter.empty,
    "args": (),
    "kwargs": None,
    "target_type": "auto",
    "callback": None,
    "grace_period": 0,
    "sigint_timeout": 5,
    "sigkill_timeout": 1,
    **DEFAULTS,
}


@takes(_RUN_DEFAULTS | {"raise_interrupt": False})
def run_process(*paths: Path | str, **options: Unpack[RunOptions]) -> int:
    """Run something, and run it again whenever files change, until Ctrl-C or SIGTERM.

    All that a run has started is gone before the next one starts, and when this returns: it is
    asked with SIGINT, and killed later. A run has a process group of its own, unless we read a
    terminal: then it may read it as well. It finds the changes in the environment variable
    WATCHFILES_CHANGES, as JSON: `[["modified", "path"], ...]`; more than 32 KiB are left out, and
    WATCHFILES_CHANGES_TRUNCATED is set.

    A function is called in a new interpreter, which imports the main module under another name
    (see `multiprocessing`): guard what is not to run there with `if __name__ == "__main__"`.

    Args:
        *paths: files and directories to watch.
        **options: see `RunOptions` and `WatchOptions`.

    Returns:
        How often it was started again.

    Raises:
        FileNotFoundError: a path, or the command, does not exist.
        TimeoutError: a process cannot be killed.
        KeyboardInterrupt: Ctrl-C was pressed, and `raise_interrupt` is true.
        TypeError: there is no such option, or no target.

    Example:
        >>> stop = threading.Event()
        >>> stop.set()  # at once, for this example
        >>> run_process(".", target="sleep 10", stop_event=stop)
        0
    """
    runs = _Runs(options)
    with _terminated_as_interrupted(), _ended(runs, is_quiet=not options["raise_interrupt"]):
        runs.start(())
        time.sleep(options["grace_period"])
        for changes in watch(*paths, **_watch_options(options)):
            if options["callback"] is not None:
                options["callback"](changes)
            runs.stop()
            runs.start(changes)
    return runs.reloads


@takes(_RUN_DEFAULTS | {"rust_timeout": None, "raise_interrupt": None})
async def arun_process(*paths: Path | str, **options: Unpack[RunOptions]) -> int:
    """Do the same as `run_process` in a task of asyncio.

    Args:
        *paths: files and directories to watch.
        **options: see `RunOptions` and `WatchOptions`; `callback` may be a coroutine function.

    Returns:
        How often it was started again.

    Raises:
        FileNotFoundError: a path, or the command, does not exist.
        TimeoutError: a process cannot be killed.
        TypeError: there is no such option, or no target.

    Example:
        >>> import asyncio
        >>> stop = threading.Event()
        >>> stop.set()  # at once, for this example
        >>> asyncio.run(arun_process(".", target="sleep 10", stop_event=stop))
        0
    """
    import asyncio

    runs = _Runs(options)
    with _terminated_as_interrupted():
        try:
            await asyncio.to_thread(runs.start, ())
            await asyncio.sleep(options["grace_period"])
            async for changes in awatch(*paths, **_watch_options(options)):
                if options["callback"] is not None:
                    result = options["callback"](changes)
                    if inspect.isawaitable(result):
                        await result
                await asyncio.to_thread(runs.stop)
                await asyncio.to_thread(runs.start, changes)
        finally:
            await asyncio.to_thread(runs.finish)
    return runs.reloads


class _Runs:
    """Starts the target, and ends it with all that came of it.

    Args:
        options: all of them.
    """

    def __init__(self, options: RunOptions) -> None:
        self._options = options
        self._mark = new_mark()
        self._marks = Marks(self._mark)
        self._started = 0
        self._current: tuple[Run, Child] | None = None
        self._is_over = False
        # A task that is cancelled leaves a thread behind that may be about to start something.
        self._lock = threading.Lock()

    @property
    def reloads(self) -> int:
        """How often the target was started again."""
        return max(0, self._started - 1)

    def start(self, changes: Iterable[FileChange]) -> None:
        """Start the target.

        Args:
            changes: why.
        """
        with self._lock, _interrupted_later():
            if self._is_over:
                return
            child = self._start(environment_of(changes, self._mark))
            self._started += 1
            none: frozenset[int] = frozenset()
            home = Home(self._marks, adopting=False, helpers=set, strangers=none, keep=frozenset())
            self._current = Run(self._started, child.pid, home), child

    def stop(self) -> None:
        """Return when nothing of the last run is alive; asked twice, do not wait."""
        with self._lock:
            try:
                self._end(self._options["sigint_timeout"])
            except KeyboardInterrupt:
                self._end(0)
                raise

    def finish(self) -> None:
        """Do the same, and start nothing any more."""
        self._is_over = True
        self.stop()

    def _start(self, environment: dict[str, str]) -> Child:
        options = self._options
        kind = options["target_type"]
        if kind == "auto":
            kind = detect_target_type(options["target"])
        if kind == "command":
            if options["args"] or options["kwargs"]:
                _logger.warning("a command takes no args or kwargs: write them into the target")
            return start_command(options["target"], environment)
        kwargs = options["kwargs"] or {}
        return start_function(
            Call(options["target"], options["args"], kwargs, environment, terminal())
        )

    def _end(self, grace: float) -> None:
        if self._current is None:
            return
        run, child = self._current

        def poll() -> int | None:
            with _interrupted_later():  # a child can be reaped once
                return child.poll()

        limit = self._options["sigkill_timeout"]
        killed = end_run(run, poll, signal.SIGINT, grace=grace, limit=limit)
        self._current = None
        if killed:
            why = f"did not end in {grace:g} s, killed" if grace else "killed at once"
            _logger.warning("%s: %s", why, ", ".join(killed))


def _watch_options(options: RunOptions) -> WatchOptions:
    return {name: options[name] for name in DEFAULTS}  # type: ignore[return-value, literal-required]


@contextlib.contextmanager
def _ended(runs: _Runs, *, is_quiet: bool) -> Iterator[None]:
    """Stop at the end; Ctrl-C is as quiet between two waits for changes as in one."""
    try:
        yield
    except KeyboardInterrupt:
        if not is_quiet:
            raise
    finally:
        runs.finish()


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does: it would leave the run behind otherwise."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can say what a signal does
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _interrupted_later() -> Iterator[None]:
    """Let signals wait: what is started has to be known before it can be stopped.

    Blocking them would not do: what is started inherits that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: set[int] = set()
    before = {
        number: signal.signal(number, lambda number, _frame: came.add(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in came:
            signal.raise_signal(each)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _logger.warning("received signal %d, stopping", number)
    raise KeyboardInterrupt
