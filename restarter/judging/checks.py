"""Checks: what the person wants to succeed before the running program is stopped."""

import os
import re
import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from restarter.configuration.parsers import split_command
from restarter.configuration.settings import Settings
from restarter.errors import SpawnError
from restarter.events import Change, ChangeKind
from restarter.judging.errands import Errands
from restarter.notices import CheckFailed, Checking, CheckPassed, CheckUnable
from restarter.processes.command import prepare

PLACE = "{changed}"
"""What stands for the changed files."""

GROUP_BYTES = 64 * 1024
"""More paths are given to several commands, one after the other: execve(2) takes no string of
128 KiB, and Windows no command line of 32,767 characters."""

OUTPUT_LINES = 200
"""Of a longer output the end is shown."""

PATIENCE_SECONDS = 1.0
"""After how long the person is told that a check goes on."""

# ECMA-48: control sequences, and commands to the terminal itself.
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)")


class Checks:
    """The checks of one batch, one after the other; the first that fails is the last.

    Args:
        errands: runs the commands.
        show: tells the person.
    """

    def __init__(self, errands: Errands, show: Callable[[object], None]) -> None:
        self._errands = errands
        self._show = show
        self._reset()

    def _reset(self) -> None:
        self._pid: int | None = None
        self._check = ""
        self._left: list[tuple[str, Settings]] = []
        self._began = 0.0
        self._patience_at: float | None = None

    @property
    def is_running(self) -> bool:
        """Whether a check goes on."""
        return self._pid is not None

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, in seconds of the monotonic clock."""
        return self._patience_at

    def tick(self, now: float) -> None:
        """Tell the person of a check that takes its time."""
        if self._patience_at is not None and now >= self._patience_at:
            self._patience_at = None
            self._show(Checking(self._check))

    def start(
        self,
        settings: Settings,
        changes: Sequence[Change],
        mark: str,
        then: Callable[[bool], None],
    ) -> None:
        """Run the checks; those that run still are ended, with all that they started.

        Args:
            settings: the checks, and how commands are run.
            changes: what is checked.
            mark: the value by which the processes of this restarter are known.
            then: called with whether all of them succeeded.
        """
        self.cancel()
        paths = list(_paths(changes, settings.cwd))
        self._left = [
            (check, settings._replace(command=words))
            for check in settings.check
            for words in commands_of(check, paths, is_script=settings.shell)
        ]
        self._changes, self._mark, self._then = tuple(changes), mark, then
        self._start_next()

    def cancel(self) -> None:
        """End what goes on; nobody is told."""
        if self._pid is not None:
            self._errands.cancel(self._pid)
        self._reset()

    def _start_next(self) -> None:
        (self._check, settings), *self._left = self._left
        try:
            command = prepare(settings, run=0, changes=self._changes, mark=self._mark)
            del command.environment["RESTARTER_RUN"]  # it is none
            self._pid = self._errands.start(command, self._ended)
        except SpawnError as error:
            self._fail(CheckUnable(self._check, error.message))
            return
        self._began = time.monotonic()
        self._patience_at = self._began + PATIENCE_SECONDS

    def _ended(self, code: int, output: bytes) -> None:
        seconds = time.monotonic() - self._began
        self._pid = self._patience_at = None
        if code:
            self._fail(CheckFailed(self._check, code, seconds, *readable(output)))
            return
        self._show(CheckPassed(self._check, seconds))
        if self._left:
            self._start_next()
        else:
            self._then(True)  # noqa: FBT003

    def _fail(self, notice: CheckFailed | CheckUnable) -> None:
        self._reset()
        self._show(notice)
        self._then(False)  # noqa: FBT003


def commands_of(check: str, paths: Sequence[str], *, is_script: bool) -> list[tuple[str, ...]]:
    """Return the words of the commands that a check comes to; more than one for many paths.

    Args:
        check: as the person wrote it.
        paths: what `{changed}` stands for.
        is_script: a shell is to read it.

    Example:
        >>> commands_of("ruff check {changed}", ["a.py", "b c.py"], is_script=False)
        [('ruff', 'check', 'a.py', 'b c.py')]
        >>> commands_of("ruff check {changed} | head", ["a.py", "b c.py"], is_script=True)
        [("ruff check a.py 'b c.py' | head",)]
    """
    groups = _groups(paths) if PLACE in check else [()]
    return [_words(check, group, is_script=is_script) for group in groups]


def _words(check: str, paths: Sequence[str], *, is_script: bool) -> tuple[str, ...]:
    if is_script:
        return (check.replace(PLACE, shlex.join(paths)),)
    return tuple(
        word.replace(PLACE, path)
        for word in split_command(check)
        for path in (paths if PLACE in word else ("",))
    )


def _groups(paths: Sequence[str]) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    size = 0
    for path in paths:
        size += len(os.fsencode(path)) + 3
        if size > GROUP_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(path)
    return groups


def _paths(changes: Iterable[Change], directory: str) -> Iterator[str]:
    """Yield the changed files that there are, from the directory that the checks run in."""
    for kind, path in changes:
        if kind is not ChangeKind.DELETED:
            relative = os.path.relpath(path, directory)
            # It is no option, whatever it is called.
            yield os.path.join(os.curdir, relative) if relative.startswith("-") else relative


def readable(output: bytes) -> tuple[tuple[str, ...], int]:
    r"""Return the last lines of an output, and how many before them are left out.

    What would move the cursor or change colours is left out as well.

    Example:
        >>> readable(b"\x1b[31ma.py:1: error\x1b[0m\r\n")
        (('a.py:1: error',), 0)
    """
    lines = _ESCAPES.sub("", output.decode("utf-8", "replace")).rstrip().split("\n")
    kept = tuple(map(_printable, lines[-OUTPUT_LINES:])) if lines != [""] else ()
    return kept, max(0, len(lines) - OUTPUT_LINES)


def _printable(line: str) -> str:
    # A progress bar writes its line again and again, each time after a carriage return.
    last = line.rstrip("\r").rpartition("\r")[2].expandtabs()
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in last)
