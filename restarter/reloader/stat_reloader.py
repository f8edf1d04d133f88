"""A reloader that looks at the times of files, within the program itself."""

import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import NoReturn, Self

from restarter.reloader.options import Path, checked
from restarter.reloader.tracking import Watched, watched_now

RELOAD_CODE = 3
"""The exit code that asks `restart_with_reloader` to run the program again."""


class StatReloader:
    """Looks at the modification times of a program's files, and ends the program when one differs.

    It is for a program that `restart_with_reloader` runs: that runs it again. It looks from the
    thread that calls it, and leaves by `SystemExit`; so call it in the main thread, and let
    the work be done in another. Files are tracked from the first look that meets them on, modules
    that are imported later included. A file that is gone differs, and so does one that is older.

    Args:
        track: absolute paths of files, Python or not, and directories to track as well.
        ignore_patterns: glob patterns, or names of files and directories, to leave out.
        ignore_dirs: names of directories to leave out.
        interval: seconds between two looks of `run`.

    Attributes:
        interval: seconds between two looks of `run`.

    Raises:
        TypeError: a text where a list of texts is expected, or an interval that is no number.
        ValueError: a path in `ignore_dirs`, or an interval that is not above 0.

    Example:
        >>> import os, pathlib, tempfile
        >>> from restarter import StatReloader
        >>> file = pathlib.Path(tempfile.mkdtemp(), "settings.ini")
        >>> _ = file.write_text("colour = red")
        >>> with StatReloader(track=[file]) as reloader:
        ...     reloader.step_through()  # nothing has changed so far
        ...     os.utime(file, (0, 0))
        ...     try:
        ...         reloader.step_through()
        ...     except SystemExit as end:
        ...         end.code
        3
    """

    def __init__(
        self,
        *,
        track: Iterable[Path] | None = None,
        ignore_patterns: Iterable[str] | None = None,
        ignore_dirs: Iterable[str] | None = None,
        interval: float = 1.0,
    ) -> None:
        self._options = checked(track, ignore_patterns, ignore_dirs, interval)
        self.interval = self._options.interval
        self._files = _Files()
        self._times: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Take the first look.

        Returns:
            The reloader itself.
        """
        self.step_through()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Do nothing: there is nothing to be closed."""

    def step_through(self) -> None:
        """Look once, and leave the program if a file differs from the last look.

        Raises:
            SystemExit: a file differs; the code is 3.

        Example:
            >>> from restarter import StatReloader
            >>> StatReloader().step_through()  # the first look has nothing to compare with
        """
        times = self._files.times(watched_now(self._options))
        for path, before in self._times.items():
            if times.get(path, before) != before or (path not in times and _is_gone(path)):
                _leave(path, is_gone=path not in times)
        self._times |= times

    def run(self) -> NoReturn:
        """Look for ever, `interval` seconds between two looks.

        Raises:
            SystemExit: a file differs; the code is 3.
            RuntimeError: this is not the main thread: the program would not end.

        Example:
            >>> import pathlib, tempfile, threading
            >>> from restarter import StatReloader
            >>> file = pathlib.Path(tempfile.mkdtemp(), "settings.ini")
            >>> _ = file.write_text("colour = red")
            >>> reloader = StatReloader(track=[file], interval=0.1)
            >>> reloader.step_through()
            >>> threading.Timer(0.1, file.unlink).start()
            >>> try:
            ...     reloader.run()
            ... except SystemExit as end:
            ...     end.code
            3
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(
                "StatReloader.run() has to be called in the main thread: SystemExit ends any other"
                " thread alone; let the work be done in another one"
            )
        while True:
            self.step_through()
            time.sleep(self.interval)


class _Files:
    """Finds the files; what decides which is kept while the question is the same."""

    def __init__(self) -> None:
        self._watched: Watched | None = None

    def times(self, watched: Watched) -> dict[str, int]:
        """Return the modification time of each file, in nanoseconds."""
        # Loaded by the first look: a program that looks at nothing need not pay for it.
        from restarter.reloader.engine import BASE, settings_for
        from restarter.reloader.selecting import watching
        from restarter.selection import Selection

        if watched != self._watched:
            self._watched = watched
            settings = watching(settings_for((), BASE), watched)
            self._selection = Selection(settings, environ=os.environ)
        return dict(self._walked())

    def _walked(self) -> Iterator[tuple[str, int]]:
        from restarter.sources.walk import starting_points, walk

        for start in starting_points(self._selection.roots):
            for listing in walk(start, self._selection, baseline=False):
                for name, found in listing.files.items():
                    path = os.path.join(listing.directory, name)
                    yield path, _followed(path, found.mtime_ns)


def _followed(path: str, mtime_ns: int) -> int:
    """Return the time of what a symbolic link leads to, and of anything else its own."""
    try:
        return os.stat(path).st_mtime_ns if os.path.islink(path) else mtime_ns
    except OSError:
        return mtime_ns


def _is_gone(path: str) -> bool:
    return not os.path.lexists(path)


def _leave(path: str, *, is_gone: bool) -> NoReturn:
    if sys.stderr is not None:
        what = "deleted" if is_gone else "modified"
        sys.stderr.write(f"restarter: {path} {what}\n")
        sys.stderr.flush()
    sys.exit(RELOAD_CODE)
