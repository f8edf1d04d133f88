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


class Repositories:
    """The repositories that watched files belong to.

    Args:
        paths: watched files and directories.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        found = map(_git_directory, paths)
        self._directories = tuple(dict.fromkeys(each for each in found if each))

    def are_busy(self) -> bool:
        """Whether one of them is in the middle of an operation."""
        return any(map(_is_busy, self._directories))

    def track(self, path: str) -> bool:
        """Whether a file is one of those that are committed.

        The index is searched for the name (gitformat-index(5)); the compressed version 4 hides
        some names, of which this says that they are not tracked.
        """
        return any(_is_tracked(directory, path) for directory in self._directories)


def _is_tracked(directory: str, path: str) -> bool:
    name = os.path.relpath(path, os.path.dirname(directory))
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


def _age(directory: str, name: str) -> float:
    """Return the seconds since a file was changed, for ever if it does not exist."""
    try:
        return time.time() - os.stat(os.path.join(directory, name)).st_mtime
    except OSError:
        return float("inf")


def _git_directory(path: str) -> str | None:
    while True:
        candidate = os.path.join(path, ".git")
        if os.path.isdir(candidate):
            return candidate
        if os.path.isfile(candidate):  # a worktree or a submodule: gitrepository-layout(5)
            return _named_in(candidate)
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
