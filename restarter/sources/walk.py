"""Walking the watched directories: one listing each; ignored ones are never entered."""

import contextlib
import gc
import os
from collections.abc import Callable, Iterator, Sequence

from restarter.events import Listed, Stat
from restarter.sources.interface import Root, Selects

_NAMES_OF_A_LEAF = 2


def starting_points(roots: Sequence[Root]) -> tuple[str, ...]:
    """Return the directories at which walks begin; a single file's is the one that holds it."""
    found = (os.path.dirname(root.path) if root.is_file else root.path for root in roots)
    return tuple(dict.fromkeys(found))


@contextlib.contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Do not look for garbage while much is made that stays."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def is_inside(path: str, directory: str) -> bool:
    """Whether a path is a directory or below it."""
    return path == directory or path.startswith(directory.rstrip(os.sep) + os.sep)


def visit_directories(start: str, selects: Selects, visit: Callable[[str], bool]) -> None:
    """Visit a directory and each one below it that is entered, and look at no file.

    Args:
        start: the directory.
        selects: which directories count.
        visit: called with each directory before it is read; False leaves out what is below it.
    """
    waiting = [start]
    followed = _Followed(start, selects)
    while waiting:
        directory = waiting.pop()
        if not visit(directory):
            continue
        try:
            below = _directories_in(directory, selects)
        except OSError:
            continue
        waiting.extend(followed.only_new(below))


def _directories_in(directory: str, selects: Selects) -> list[str]:
    follows, enters = selects.follows_links, selects.enters
    # A directory has two names, and one more for the ".." of each directory in it; where the file
    # system does not count, it has one. Reading an empty result takes much longer than this.
    if not follows and os.lstat(directory).st_nlink == _NAMES_OF_A_LEAF:
        return []
    with os.scandir(directory) as entries:
        return [
            entry.path
            for entry in entries
            if entry.is_dir(follow_symlinks=follows) and enters(entry.path)
        ]


def walk(
    start: str,
    selects: Selects,
    *,
    baseline: bool,
    before_reading: Callable[[str], bool] = lambda _: True,
) -> Iterator[Listed]:
    """Yield a listing of a directory and of each one below it that is entered.

    Args:
        start: the directory.
        selects: which files and directories count.
        baseline: what the listings say of themselves.
        before_reading: called with each directory before it is read, so that a watch can be
            there first and nothing falls between; False leaves the directory out.
    """
    waiting = [start]
    followed = _Followed(start, selects)
    while waiting:
        directory = waiting.pop()
        if not before_reading(directory):
            continue
        try:
            files, below = _read(directory, selects)
        except OSError:  # it went, or it cannot be read: there is nothing to list
            continue
        below = followed.only_new(below)
        yield Listed(directory, files, frozenset(below), baseline)
        waiting.extend(below)


def _read(directory: str, selects: Selects) -> tuple[dict[str, Stat], list[str]]:
    files: dict[str, Stat] = {}
    below: list[str] = []
    follows, enters, is_selected = selects.follows_links, selects.enters, selects.is_selected
    with os.scandir(directory) as entries:
        for entry in entries:
            path = entry.path
            if entry.is_dir(follow_symlinks=follows):
                if enters(path):
                    below.append(path)
            elif is_selected(path):
                _add(files, entry)
    return files, below


class _Followed:
    """Where a walk has been by way of symbolic links, so that loops end.

    Args:
        start: where the walk begins; a link may lead back to it, or to what is above it.
        selects: whether links are followed at all.
    """

    def __init__(self, start: str, selects: Selects) -> None:
        self._follows = selects.follows_links
        self._real = _led_to(start) if self._follows else set()

    def only_new(self, below: list[str]) -> list[str]:
        """Return the directories without those that a link has led to before, or leads back to."""
        return [each for each in below if self._is_new(each)] if self._follows else below

    def _is_new(self, directory: str) -> bool:
        if not os.path.islink(directory):
            return True
        real = os.path.realpath(directory)
        if any(is_inside(each, real) for each in self._real):
            return False
        self._real.add(real)
        return True


def _led_to(start: str) -> set[str]:
    """Return where a directory and all above it really are: a link in it may lead back there."""
    found = {os.path.realpath(start)}
    while (parent := os.path.dirname(start)) != start:
        found.add(os.path.realpath(parent))
        start = parent
    return found


def _add(files: dict[str, Stat], entry: os.DirEntry[str]) -> None:
    try:
        found = Stat.of(entry.stat(follow_symlinks=False))
    except OSError:  # it went while the directory was read
        return
    if found.is_file:
        files[entry.name] = found
