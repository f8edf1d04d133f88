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

_STASHING = "\treset: moving to HEAD"
"""What `git stash` logs when it takes the changes out of the files, as a plain reset does."""

_STASH_SECONDS = 2.0  # it is another git that does so, after the stash was written
_STAMP_SECONDS = 2.0

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
    since = began - _TICK_SECONDS
    written, message = _last_line(os.path.join(directory, _LOG))
    if written < since:
        return _stashed(directory, since, since)
    is_reset = message.endswith(_STASHING)
    stashed = _stashed(directory, since, since - _STASH_SECONDS) if is_reset else ""
    return stashed or _operation(message.rpartition("\t")[2])


def _stashed(directory: str, popped_since: float, pushed_since: float) -> str:
    """Return which stash operation was the last, if it was after some time.

    To push adds a line to the log, to pop takes one away. To apply a stash leaves no trace.
    """
    log = os.path.join(_common(directory), "logs", "refs", "stash")
    written, line = _last_line(log)
    if not line:  # with the last stash its log goes
        is_popped = _modified(os.path.dirname(log)) >= popped_since
        return "git stash pop" if is_popped else ""
    if written - _stamp(line) < _STAMP_SECONDS:
        return "git stash" if written >= pushed_since else ""
    return "git stash pop" if written >= popped_since else ""


def _stamp(line: str) -> int:
    """Return when a line was logged, in whole seconds since the epoch."""
    words = line.partition("\t")[0].split()[-2:-1]
    return int(words[0]) if words and words[0].isdecimal() else 0


def _last_line(log: str) -> tuple[float, str]:
    """Return when a log was written, and its last line; 0 and nothing if there is none."""
    try:
        with open(log, "rb") as file:
            found = os.fstat(file.fileno())
            file.seek(max(0, found.st_size - _LINE_BYTES))
            text = os.fsdecode(file.read())
    except OSError:
        return 0.0, ""
    return found.st_mtime, text.rstrip("\n").rpartition("\n")[2]


def _modified(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _common(directory: str) -> str:
    """Return the directory that all worktrees of a repository have in common."""
    try:
        with open(os.path.join(directory, "commondir"), encoding="utf-8") as file:
            return os.path.join(directory, file.read().strip())
    except (OSError, UnicodeDecodeError):
        return directory


def _operation(message: str) -> str:
    """Return the command of a message such as `checkout: moving from main to topic`."""
    name = message.partition(":")[0].partition(" ")[0]
    if name not in _WRITING:
        return ""
    target = message.rpartition(" ")[2] if name == "checkout" else ""
    return f"git {name} {target}".rstrip()


def _age(directory: str, name: str) -> float:
    """Return the seconds since a file was changed, for ever if it does not exist."""
    modified = _modified(os.path.join(directory, name))
    return time.time() - modified if modified else float("inf")


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
