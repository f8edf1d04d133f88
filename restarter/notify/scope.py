"""What is watched: the given paths, what sources ask about them, how their changes are called."""

import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from restarter.sources.walk import is_inside


class Place(NamedTuple):
    """One watched path.

    Args:
        path: absolute.
        is_file: a single file.
    """

    path: str
    is_file: bool


class Scope:
    """Selects what is reported.

    Args:
        paths: files and directories; a relative path begins in the working directory.
        recursive: everything below the directories counts.
        skips: what cannot be read is left out.

    Raises:
        FileNotFoundError: a path does not exist.
        PermissionError: it cannot be known whether it does, and such a path is not left out.
    """

    def __init__(self, paths: Iterable[str], *, recursive: bool, skips: bool) -> None:
        places = list(_places(paths, skips=skips))
        self.places: Sequence[Place] = [place for place, _ in places]
        self.is_recursive = recursive
        self.skips = skips
        self.follows_links = True
        self._files = {place.path: told for place, told in places if place.is_file}
        self.directories = tuple(place.path for place in self.places if not place.is_file)

    def is_selected(self, path: str) -> bool:
        """Whether changes of a path are reported."""
        return self.told_as(path) is not None

    def enters(self, directory: str) -> bool:
        """Whether something in a directory may be reported."""
        if not self.is_recursive:
            return directory in self.directories
        return not self._files or self._is_inside(directory)

    def told_as(self, path: str) -> str | None:
        """Return the path under which a change is reported; None: it is not."""
        if self.is_recursive and not self._files:
            return path
        if path in self._files:
            return self._files[path]
        return path if self._is_inside(path) else None

    def _is_inside(self, path: str) -> bool:
        if not self.is_recursive:
            return path in self.directories or os.path.dirname(path) in self.directories
        return any(is_inside(path, each) for each in self.directories)


def _places(paths: Iterable[str], *, skips: bool) -> Iterable[tuple[Place, str]]:
    """Return each place, and the path under which it is reported."""
    for given in paths:
        # Without "." in it. ".." stays: behind a symbolic link it may mean anything.
        path = str(pathlib.PurePath(os.getcwd(), given))
        try:
            os.stat(path)
        except PermissionError:
            if skips:
                continue
            raise
        is_file = not os.path.isdir(path)
        yield Place(path, is_file), path
        if is_file and os.path.islink(path):
            # What is written through the link or past it happens where the file is.
            yield Place(os.path.realpath(path), is_file), path
