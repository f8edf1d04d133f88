"""A program that reloads itself.

this process  -- runs the program again, in a new interpreter, and waits for its end
supervisor    -- watches, restarts, lends the terminal: the engine of the command `restarter`
the program   -- comes to the same call, does what was asked there, and reports its files
"""

import contextlib
import functools
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ParamSpec, TypeVar, overload

from restarter.reloader.options import Options, Path, checked
from restarter.reloader.program import is_worker, own_mark
from restarter.reloader.reporting import reporter
from restarter.reloader.stat_reloader import RELOAD_CODE, StatReloader

__all__ = [
    "RELOAD_CODE",
    "StatReloader",
    "debug",
    "restart_with_reloader",
    "run_with_reloader",
]

P = ParamSpec("P")
T = TypeVar("T")

_INTERRUPTED = 128 + signal.SIGINT


def restart_with_reloader() -> int:
    """Run this program again in a new interpreter, and again each time it exits with code 3.

    The new one gets the same arguments and options of Python, as a script, `-m package`, `-c text`
    or console script. What the old one started is gone before the next one is started. A program
    that exits with 3 within two seconds of its start, three times in a row, has to wait: half a
    second first, then longer each time.

    The program that is run again has the environment variable `RESTARTER_RELOADER`; by that it
    knows that this function is not to be called once more.

    Returns:
        The first exit code that is not 3; 128 and the number of the signal if one ended it.

    Raises:
        UsageError: there is no program to run again: it was typed in, or came out of a pipe.
        RuntimeError: this is the program that is run again.

    Example:
        import os, sys, threading
        from restarter import StatReloader, restart_with_reloader

        def serve():
            print("serving", flush=True)

        if "RESTARTER_RELOADER" not in os.environ:
            sys.exit(restart_with_reloader())
        threading.Thread(target=serve, daemon=True).start()
        StatReloader(interval=0.2).run()
    """
    from restarter.reloader.parent import supervise_restarts

    if own_mark() is not None:
        raise RuntimeError(
            "restart_with_reloader() was called by the program that it has started; call it only"
            " where RESTARTER_RELOADER is not in os.environ"
        )
    return supervise_restarts()


def run_with_reloader(
    func: Callable[..., T],
    *args: Any,  # noqa: ANN401  the function's own
    track: Iterable[Path] | None = None,
    ignore_patterns: Iterable[str] | None = None,
    ignore_dirs: Iterable[str] | None = None,
    interval: float = 1.0,
    **kwargs: Any,  # noqa: ANN401  the function's own
) -> T:
    """Run a function in an interpreter of its own, and again whenever a file has changed.

    The new interpreter runs this program again, with the same arguments; when it comes to this
    call, it runs the function. This process only waits: it does not get beyond the call. An
    exception, a syntax error and an end of the program are shown, and waited after for a change.
    Ctrl-C and SIGTERM end everything with code 0.

    Tracked are Python files on `sys.path` and of imported modules, outside of Python and of
    installed packages, and the files that an exception came through.

    Args:
        func: the function.
        *args: what it is called with.
        track: absolute paths of files, Python or not, and directories to track as well.
        ignore_patterns: glob patterns, or names of files and directories, to leave out.
        ignore_dirs: names of directories to leave out.
        interval: seconds between two looks at files, where the kernel does not tell of changes.
        **kwargs: what it is called with. For one that has a name of the above, give a
            `functools.partial` as function.

    Returns:
        What the function returns, in the program that is run again.

    Raises:
        TypeError: the function cannot be called, a text where a list of texts is expected, or an
            interval that is no number.
        ValueError: a path in `ignore_dirs`, or an interval that is not above 0.
        UsageError: there is no program to run again: it was typed in, or came out of a pipe.
        SystemExit: the end, in this process.

    Example:
        from restarter import run_with_reloader

        def serve(port):
            print("serving", port, flush=True)

        if __name__ == "__main__":
            run_with_reloader(serve, 8000, interval=0.5)
    """
    options = checked(track, ignore_patterns, ignore_dirs, interval)
    if not callable(func):
        raise TypeError(f"func={func!r}: give a function, and its arguments after it")
    if own_mark() is not None:
        return _run(functools.partial(func, *args, **kwargs), options)
    if is_worker():
        raise RuntimeError("a process of multiprocessing cannot be run again; reload its parent")
    from restarter.reloader.parent import supervise

    sys.exit(supervise(options))


@overload
def debug(
    func: Callable[P, T],
    track: Iterable[Path] | None = None,
    ignore_patterns: Iterable[str] | None = None,
    ignore_dirs: Iterable[str] | None = None,
    interval: float = 1.0,
) -> Callable[P, T]: ...


@overload
def debug(
    func: None = None,
    track: Iterable[Path] | None = None,
    ignore_patterns: Iterable[str] | None = None,
    ignore_dirs: Iterable[str] | None = None,
    interval: float = 1.0,
) -> Callable[[Callable[P, T]], Callable[P, T]]: ...


def debug(
    func: Callable[P, T] | None = None,
    track: Iterable[Path] | None = None,
    ignore_patterns: Iterable[str] | None = None,
    ignore_dirs: Iterable[str] | None = None,
    interval: float = 1.0,
) -> Callable[P, T] | Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate a function, so that calling it is calling `run_with_reloader` with it.

    Args:
        func: the function; None with arguments only, as in `@debug(track=["/etc/hosts"])`.
        track: absolute paths of files, Python or not, and directories to track as well.
        ignore_patterns: glob patterns, or names of files and directories, to leave out.
        ignore_dirs: names of directories to leave out.
        interval: seconds between two looks at files, where the kernel does not tell of changes.

    Returns:
        The decorated function, with its name and docstring; with arguments only, the decorator.

    Raises:
        TypeError: what is decorated cannot be called, a text where a list is expected, or an
            interval that is no number.
        ValueError: a path in `ignore_dirs`, or an interval that is not above 0.

    Example:
        from restarter import debug

        @debug
        def serve(port=8000):
            print("serving", port, flush=True)

        if __name__ == "__main__":
            serve()
    """
    options = checked(track, ignore_patterns, ignore_dirs, interval)
    if func is None:
        return functools.partial(debug, **options._asdict())
    if not callable(func):
        raise TypeError(f"func={func!r}: decorate a function")
    reporter()  # from here on: what fails before the call is tracked as well

    @functools.wraps(func)
    def reloading(*args: P.args, **kwargs: P.kwargs) -> T:
        return run_with_reloader(functools.partial(func, *args, **kwargs), **options._asdict())

    return reloading


def _run(call: Callable[[], T], options: Options) -> T:
    """Run the function in the program that is run again."""
    if (found := reporter()) is not None:
        found.use(options)
    with _quiet_end():
        return call()


@contextlib.contextmanager
def _quiet_end() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the program as an exit does, without a traceback.

    So what it has to clean up is cleaned up when it is restarted as well.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
