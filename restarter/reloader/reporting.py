"""What a reloaded program tells its supervisor: which files it is made of, while they appear.

Everything is sent by a thread of its own, so that the program does not wait; only what an error
came through is sent at once, because the program ends with it. A report is a line of JSON.
"""

import atexit
import contextlib
import functools
import os
import queue
import signal
import sys
import threading
from types import ModuleType, TracebackType

from restarter.reloader.options import Options
from restarter.reloader.program import Mark, own_mark
from restarter.reloader.tracking import (
    causes,
    entries,
    module_files,
    source_roots,
    traceback_files,
)

_FIRST_PAUSE, _LAST_PAUSE = 0.02, 1.0
"""Seconds from an import to the first look for what came of it, and between two looks when nothing
was imported for long. A module is there as soon as it was found, long before it is executed; but
finding it may take a while, and one that is executed by hand is looked for by no finder."""

_BLOCK = getattr(signal, "SIG_BLOCK", 0)  # Windows has none of that

_PACKAGE = os.path.join(os.path.dirname(__file__), "")


class Reporter:
    """Sends reports.

    Args:
        descriptor: the writing end of the supervisor's pipe.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        # Its put() never waits, so that an import in a process that was forked at a bad moment
        # does not either.
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._has_news = False
        self._seen: set[str] = set()
        self._told: set[str] = set()
        self._options: queue.SimpleQueue[Options] = queue.SimpleQueue()
        self._process = os.getpid()
        self._sending = threading.Lock()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="restarter reports", daemon=True)

    def start(self) -> None:
        """Tell of every module that is imported from now on, and of every error at the end."""
        sys.meta_path.insert(0, self)
        self._watch_errors()
        self._thread.start()
        atexit.register(self._stop)

    def use(self, options: Options) -> None:
        """Tell what is to be tracked."""
        self._options.put(options)
        self.note()

    def note(self) -> None:
        """There may be something to tell."""
        if not self._has_news:
            self._has_news = True
            self._news.put(None)

    def find_spec(self, _name: str, _path: object, _target: ModuleType | None = None) -> None:
        """Take note of an import, as the first of the finders; the others find the module."""
        self.note()

    def invalidate_caches(self) -> None:
        """Do nothing: nothing is kept."""

    def tell(self, more: set[str] | frozenset[str] = frozenset()) -> None:
        """Send what is new.

        Args:
            more: files to tell of beside those of modules.
        """
        if os.getpid() != self._process:  # a fork: it is a part of the program, not the program
            return
        with self._sending:
            new = (module_files(self._seen) | more) - self._told
            options = [self._options.get() for _ in range(self._options.qsize())]
            if new or options:
                self._told |= new
                self._send({"options": options, "roots": source_roots(), "files": looked_at(new)})

    def _send(self, report: dict[str, object]) -> None:
        import json  # here it is loaded beside the program

        line = f"\n{json.dumps(report)}\n".encode()
        with contextlib.suppress(OSError):  # the supervisor is gone, and soon this program is
            while line:
                line = line[os.write(self._descriptor, line) :]

    def _work(self) -> None:
        if hasattr(signal, "pthread_sigmask"):  # the program's signals are for its own threads
            signal.pthread_sigmask(_BLOCK, signal.valid_signals())
        pause = _FIRST_PAUSE
        while not self._is_over.is_set():
            self._has_news = False
            self.tell()
            # Not woken by each of a hundred imports, but soon after the first of them.
            self._is_over.wait(_FIRST_PAUSE)
            with contextlib.suppress(queue.Empty):
                self._news.get(timeout=pause)
                pause = _FIRST_PAUSE
            pause = min(4 * pause, _LAST_PAUSE)

    def _stop(self) -> None:
        """End the thread before the interpreter is taken apart: it must not be in the middle then.

        Not in a fork, which has no such thread.
        """
        if os.getpid() == self._process:
            self._is_over.set()
            self._news.put(None)
            self._thread.join(_LAST_PAUSE)

    # Errors

    def _watch_errors(self) -> None:
        previous, previous_of_threads = sys.excepthook, threading.excepthook

        def hook(
            kind: type[BaseException], error: BaseException, traceback: TracebackType | None
        ) -> None:
            self.note_error(error)
            previous(kind, error, traceback)

        def hook_of_threads(arguments: threading.ExceptHookArgs) -> None:
            if arguments.exc_value is not None:
                self.note_error(arguments.exc_value)
            previous_of_threads(arguments)

        sys.excepthook = hook
        threading.excepthook = hook_of_threads

    def note_error(self, error: BaseException) -> None:
        """Tell what an error came through, and let only the program's own part of that be seen."""
        for each in causes(error):
            hide_package(each.__traceback__)
        self.tell(traceback_files(error))


def hide_package(traceback: TracebackType | None) -> None:
    """Take the entries of this package out of a traceback; the first one stays in any case."""
    kept = None
    for entry in list(entries(traceback)):
        if entry.tb_frame.f_code.co_filename.startswith(_PACKAGE) and kept is not None:
            kept.tb_next = entry.tb_next
        else:
            kept = entry


@functools.cache
def reporter() -> Reporter | None:
    """Return what reports for this process, and start it when it is asked for the first time.

    It is the process's and not that of one call: a process has one supervisor.

    Returns:
        None where there is nobody to report to.
    """
    mark = own_mark()
    if mark is None or not _leads_to_supervisor(mark):
        return None
    os.set_inheritable(mark.descriptor, False)  # noqa: FBT003  positional only
    found = Reporter(mark.descriptor)
    found.start()
    return found


def _leads_to_supervisor(mark: Mark) -> bool:
    try:
        return os.fstat(mark.descriptor).st_ino == mark.inode
    except OSError:
        return False


def looked_at(paths: set[str]) -> dict[str, list[int]]:
    """Return the stat of each file that is there, so that a change from now on is one."""
    found = {}
    for path in paths:
        try:
            status = os.lstat(path)
        except OSError:
            continue
        found[path] = [
            status.st_mode,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
            status.st_ino,
        ]
    return found
