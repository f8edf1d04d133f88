"""Changes as generators, with the interface of watchfiles."""

import functools
import inspect
import logging
import os
import warnings
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import ParamSpec, TypedDict, TypeVar, Unpack

from restarter.library.filters import Change, DefaultFilter, FileChange
from restarter.notify import AbstractEvent, Notify
from restarter.notify.collecting import Outcome
from restarter.sources.mounts import Mount, mount_of, read_mounts, silent_mounts_below

P = ParamSpec("P")
R = TypeVar("R")

_logger = logging.getLogger("restarter.watching")


class WatchOptions(TypedDict, total=False):
    """What `watch` and `awatch` can be told."""

    watch_filter: Callable[[Change, str], bool] | None
    """Says whether a change counts; None: every change does."""

    debounce: int
    """Milliseconds that changes are collected for at most, once there is one."""

    step: int
    """Milliseconds without a new change that end the collecting."""

    stop_event: AbstractEvent | None
    """Ends the watching when it is set."""

    rust_timeout: int | None
    """Milliseconds to wait for changes before it is looked whether anything else is to be done;
    0: for ever. Only `yield_on_timeout` makes it visible."""

    yield_on_timeout: bool
    """Yield an empty set when no change came in that time."""

    debug: bool | None
    """Print every change to stderr; None: if WATCHFILES_DEBUG is set."""

    raise_interrupt: bool | None
    """Raise `KeyboardInterrupt` after Ctrl-C, and do not just end; `awatch` always does."""

    force_polling: bool | None
    """Look at the files again and again. None: as WATCHFILES_FORCE_POLLING says; or else where
    the file system does not report what others write, as a network's."""

    poll_delay_ms: int
    """Milliseconds between two looks; WATCHFILES_POLL_DELAY_MS comes before it."""

    recursive: bool
    """Watch everything below the directories."""

    ignore_permission_denied: bool | None
    """Leave out what cannot be read; None: if WATCHFILES_IGNORE_PERMISSION_DENIED is set."""


DEFAULTS = WatchOptions(
    watch_filter=DefaultFilter(),
    debounce=1600,
    step=50,
    stop_event=None,
    rust_timeout=5000,
    yield_on_timeout=False,
    debug=None,
    raise_interrupt=True,
    force_polling=None,
    poll_delay_ms=300,
    recursive=True,
    ignore_permission_denied=None,
)


def takes(defaults: Mapping[str, object]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function take these keywords, and no others; `help()` shows them.

    Args:
        defaults: the values of keywords that are not given; `inspect.Parameter.empty`: it has to
            be given.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        kind = inspect.Parameter.KEYWORD_ONLY
        paths = next(iter(inspect.signature(function).parameters.values()))
        keywords = [
            inspect.Parameter(name, kind, default=value) for name, value in defaults.items()
        ]
        signature = inspect.signature(function).replace(parameters=[paths, *keywords])

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            return function(*bound.args, **bound.kwargs)

        checked.__signature__ = signature  # type: ignore[attr-defined]
        return checked

    return decorate


@takes(DEFAULTS)
def watch(
    *paths: Path | str, **options: Unpack[WatchOptions]
) -> Generator[set[FileChange], None, None]:
    """Yield a set of changes whenever files change.

    Args:
        *paths: files and directories to watch; watching begins with the first `next`.
        **options: see `WatchOptions`; times are in milliseconds.

    Yields:
        Pairs of a `Change` and a path.

    Raises:
        FileNotFoundError: a path does not exist.
        PermissionError: a directory cannot be read, and that is not ignored.
        KeyboardInterrupt: Ctrl-C was pressed, and `raise_interrupt` is true.
        restarter.NotifyInternalError: not everything can be watched any more.
        TypeError: there is no such option.

    Example:
        >>> import pathlib, tempfile, threading
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     for changes in watch(directory, step=10, rust_timeout=10, yield_on_timeout=True):
        ...         if changes:
        ...             break
        ...         _ = pathlib.Path(directory, "new.txt").write_text("hello")
        >>> [(change.name, pathlib.Path(path).name) for change, path in changes]
        [('added', 'new.txt')]
    """
    return _watch(paths, options)


@takes(DEFAULTS | {"rust_timeout": None, "raise_interrupt": None})
def awatch(
    *paths: Path | str, **options: Unpack[WatchOptions]
) -> AsyncGenerator[set[FileChange], None]:
    """Yield a set of changes whenever files change, in a task of asyncio or trio.

    No thread waits: other tasks run, and cancelling the task ends the watching.

    Args:
        *paths: as for `watch`.
        **options: as for `watch`. `stop_event` may be an `asyncio.Event` or a `trio.Event`.
            `raise_interrupt` has no effect, and is deprecated: `KeyboardInterrupt` is raised where
            asyncio or trio was started.

    Yields:
        As `watch`.

    Raises:
        FileNotFoundError: a path does not exist.
        PermissionError: a directory cannot be read, and that is not ignored.
        restarter.NotifyInternalError: not everything can be watched any more.
        TypeError: there is no such option.

    Example:
        >>> import asyncio, pathlib, tempfile
        >>> async def first(directory):
        ...     async for changes in awatch(directory, rust_timeout=10, yield_on_timeout=True):
        ...         if changes:
        ...             return changes
        ...         _ = pathlib.Path(directory, "new.txt").write_text("hello")
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     changes = asyncio.run(first(directory))
        >>> [(change.name, pathlib.Path(path).name) for change, path in changes]
        [('added', 'new.txt')]
    """
    if options["raise_interrupt"] is not None:
        message = "raise_interrupt has no effect: catch KeyboardInterrupt around asyncio.run"
        warnings.warn(message, DeprecationWarning, stacklevel=3)
    return _awatch(paths, options)


def _watch(
    paths: tuple[Path | str, ...], options: WatchOptions
) -> Generator[set[FileChange], None, None]:
    try:
        with _open(paths, options) as notify:
            while (raw := notify.watch(*_wish(options))) != "stop":
                changes = _select(raw, options)
                if changes is not None:
                    yield changes
    except KeyboardInterrupt:
        if options["raise_interrupt"]:
            raise
        _logger.warning("KeyboardInterrupt caught, stopping watch")


async def _awatch(
    paths: tuple[Path | str, ...], options: WatchOptions
) -> AsyncGenerator[set[FileChange], None]:
    with _open(paths, options) as notify:
        while (raw := await notify.awatch(*_wish(options))) != "stop":
            changes = _select(raw, options)
            if changes is not None:
                yield changes


def _wish(options: WatchOptions) -> tuple[int, int, int, AbstractEvent | None]:
    timeout = options["rust_timeout"]
    default = DEFAULTS["rust_timeout"] or 0
    return (
        options["debounce"],
        options["step"],
        default if timeout is None else timeout,
        options["stop_event"],
    )


def _select(raw: Outcome, options: WatchOptions) -> set[FileChange] | None:
    """Return what is to be yielded; None: nothing.

    Raises:
        KeyboardInterrupt: a signal ended the wait.
    """
    if raw == "signal":
        raise KeyboardInterrupt
    if isinstance(raw, str):
        return set() if options["yield_on_timeout"] else None
    counts = options["watch_filter"] or (lambda _change, _path: True)
    changes = {(Change(kind), path) for kind, path in raw if counts(Change(kind), path)}
    _logger.debug("%d of %d changes count: %s", len(changes), len(raw), changes)
    return changes or None


def _open(paths: tuple[Path | str, ...], options: WatchOptions) -> Notify:
    watched = [os.fspath(path) for path in paths]
    return Notify(
        watched,
        _or_set(options["debug"], "WATCHFILES_DEBUG"),
        _has_to_poll(watched, options["force_polling"]),
        _poll_delay(options["poll_delay_ms"]),
        options["recursive"],
        _or_set(options["ignore_permission_denied"], "WATCHFILES_IGNORE_PERMISSION_DENIED"),
    )


def _or_set(value: bool | None, variable: str) -> bool:  # noqa: FBT001  the value of an option
    return bool(os.environ.get(variable)) if value is None else value


def _poll_delay(milliseconds: int) -> int:
    text = os.environ.get("WATCHFILES_POLL_DELAY_MS", "")
    return int(text) if text.isdecimal() else milliseconds


def _has_to_poll(paths: Sequence[str], value: bool | None) -> bool:  # noqa: FBT001  as above
    if value is not None:
        return value
    text = os.environ.get("WATCHFILES_FORCE_POLLING", "")
    if text:
        return text.lower() not in ("false", "disable", "disabled")
    mounts = read_mounts()
    real = map(os.path.realpath, paths)
    return any(_is_silent(path, mounts) for path in real)


def _is_silent(path: str, mounts: tuple[Mount, ...]) -> bool:
    mount = mount_of(path, mounts)
    return bool(silent_mounts_below(path, mounts)) or (mount is not None and mount.is_silent)
