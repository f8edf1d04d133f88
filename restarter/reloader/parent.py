"""The process that was started first: it starts the supervisor, and waits for its end."""

import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator

from restarter.processes.attending import Attended, attended
from restarter.reloader.options import Options
from restarter.reloader.program import identity, this_program
from restarter.reloader.tracking import Watched, import_path, watched_now

_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGBREAK")

_BOOT = "import sys; sys.path += {paths!r}; from restarter.reloader.host import main; main()"
"""What the supervisor executes. It finds its modules as this program does, but never takes one of
the program's for one of Python's: it puts the program's paths last."""

# While one thread waits here, the program runs a second time as a whole, with what the other
# threads do.
_turn = threading.Lock()


def supervise(options: Options) -> int:
    """Run this program again, and again whenever a file has changed, until somebody ends it.

    Returns:
        The exit code.
    """
    return _wait_for_supervisor(watched_now(options))


def supervise_restarts() -> int:
    """Run this program again, and again each time it asks for that by its exit code.

    Returns:
        Its first other exit code.
    """
    return _wait_for_supervisor(None)


def _wait_for_supervisor(watched: Watched | None) -> int:
    if not _turn.acquire(blocking=False):
        with _turn:
            return 0
    try:
        return _wait_for(_order(watched))
    finally:
        _turn.release()


def _order(watched: Watched | None) -> str:
    program = this_program()
    order = {
        "words": program.words,
        "directory": program.directory,
        "identity": identity(),
        "watched": None if watched is None else [watched.roots, [*watched.files], watched.options],
    }
    return json.dumps(order)


def _wait_for(order: str) -> int:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    paths = [path for path in import_path() if path]
    # -E: what the environment says of Python is said to the program.
    words = [sys.executable, "-E", "-P", "-c", _BOOT.format(paths=paths)]
    with (
        _written(order) as path,
        attended([*words, path]) as supervisor,
        _forwarding(supervisor),
    ):
        supervisor.take_signals()
        code = supervisor.wait()
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _written(order: str) -> Iterator[str]:
    """Write an order to a file: it names each module, which can be too much for one argument."""
    descriptor, path = tempfile.mkstemp(prefix="restarter-")
    try:
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(order)
        yield path
    finally:
        with contextlib.suppress(OSError):  # removed when it was read
            os.remove(path)


@contextlib.contextmanager
def _forwarding(supervisor: Attended) -> Iterator[None]:
    """Pass on the signals that this process gets; only the main thread can have that done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _FORWARDED if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, lambda received, _frame: supervisor.send_signal(received))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
