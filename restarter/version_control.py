"""Version control: is an operation in progress that changes the watched files?"""

import os
import time
from collections.abc import Iterable

STALE_SECONDS = 30.0
"""A lock that is older was left behind by a command that died, or waits for a person."""

ACTIVE_SECONDS = 1.0
"""A rebase whose repository did not change for so long waits for a person, who may want to see
the program run in the meantime."""

_LOCKS = ("index.lock",)  # git-update-index(1): held while the index and the files are written
_SEQUENCES = ("rebase-merge", "rebase-apply", "sequencer")  # git-rebase(1), git-cherry-pick(1)
_ACTIVITY = ("HEAD", "index", "logs/HEAD")

_LOG = "logs/HEAD"  # gitrepository-layout(5), git-reflog(1)
_LINE_BYTES = 4096  # more than the last line of the log takes
_TICK_SECONDS = 0.05  # the log may have been written just before the news of the files arrived

_WRITING = ("am", "checkout", "cherry-pick", "merge", "pull", "rebase", "reset", "revert")
"""The operations, as the log has them, that write files; to commit them is none of these."""


class Repositories:
    """The repositories that watched files belong to.

    Args:
        paths: watched files and directories.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        found = map(_find_repository, paths)
        self._repositories = tuple(dict.fromkeys(each for each in found if each))

    def are_busy(self) -> bool:
        """Whether one of them is in the middle of an operation."""
        return any(_is_busy(directory) for _, directory in self._repositories)

    def operation_since(self, began: float, *, is_held: bool) -> str:
        """Return which operation has just written files: "git checkout main"; empty for none.

        Args:
            began: when the first of the files was written, in seconds since the epoch.
            is_held: an operation was seen in the act; then it is "git" at least.
        """
        logged = (_logged(directory, began) for _, directory in self._repositories)
        return next(filter(None, logged), "git" if is_held else "")

    def are_quiet(self) -> bool:
        """Whether none of them is in the middle of an operation, or was a moment ago."""
        return not self.are_busy() and all(
            _age(directory, name) >= ACTIVE_SECONDS
            for _, directory in self._repositories
            for name in _ACTIVITY
        )

    def track(self, path: str) -> bool:
        """Whether a file is one of those that are committed.

        The index is searched for the name (gitformat-index(5)); the compressed version 4 hides
        some names, of which this says that they are not tracked.
        """
        return any(_is_tracked(*repository, path) for repository in self._repositories)


def _is_tracked(root: str, directory: str, path: str) -> bool:
    name = os.path.relpath(path, root)
    try:
        with open(os.path.join(directory, "index"), "rb") as index:
            return os.fsencode(name) + b"\0" in index.read()
    except OSError:
        return False


def _is_busy(directory: str) -> bool:
    if any(_age(directory, name) < STALE_SECONDS for name in _LOCKS):
        return True
    is_sequence = any(os.path.isdir(os.path.join(directory, name)) for name in _SEQUENCES)
    return is_sequence and min(_age(directory, name) for name in _ACTIVITY) < ACTIVE_SECONDS


def _logged(directory: str, began: float) -> str:
    log = os.path.join(directory, _LOG)
    try:
        if os.stat(log).st_mtime < began - _TICK_SECONDS:
            return ""
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LINE_BYTES))
            last = os.fsdecode(file.read()).rstrip("\n").rpartition("\n")[2]
    except OSError:
        return ""
    return _operation(last.rpartition("\t")[2])


def _operation(message: str) -> str:
    """Return the command of a message such as `checkout: moving from main to topic`."""
    name = message.partition(":")[0].partition(" ")[0]
    if name not in _WRITING:
        return ""
    target = message.rpartition(" ")[2] if name == "checkout" else ""
    return f"git {name} {target}".rstrip()


def _age(directory: str, name: str) -> float:
    """Return the seconds since a file was changed, for ever if it does not exist."""
    try:
        return time.time() - os.stat(os.path.join(directory, name)).st_mtime
    except OSError:
        return float("inf")


def _find_repository(path: str) -> tuple[str, str] | None:
    """Return the working tree that a path is in, and the directory of its repository."""
    while True:
        candidate = os.path.join(path, ".git")
        if os.path.isdir(candidate):
            return path, candidate
        if os.path.isfile(candidate):  # a worktree or a submodule: gitrepository-layout(5)
            named = _named_in(candidate)
            return (path, named) if named else None
        parent = os.path.dirname(path)
        if parent == path:
            return None
        path = parent


def _named_in(file: str) -> str | None:
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as text:
            word, _, directory = text.read().strip().partition(": ")
    except OSError:
        return None
    return os.path.join(os.path.dirname(file), directory) if word == "gitdir" else None
