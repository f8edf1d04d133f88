"""Absolute paths as text; no I/O, and no symbolic link is followed."""

import os
import sys
from collections.abc import Iterator
from itertools import takewhile


def inside_of(directory: str) -> str:
    """Return what every path below a directory begins with."""
    return directory.rstrip(os.sep) + os.sep


def upwards(path: str) -> Iterator[str]:
    """Yield a path, its directory, and so on up to the root."""
    yield path
    while (above := os.path.dirname(path)) != path:
        yield above
        path = above


def between(above: str, directory: str) -> list[str]:
    """Return the directories from one above down to a directory, both included."""
    below = takewhile(lambda folder: folder != above, upwards(directory))
    return [above, *reversed(list(below))]


def text_of(data: bytes) -> str:
    """Return what a file says, read as the system reads names; any bytes will do."""
    return data.decode(sys.getfilesystemencoding(), "surrogateescape")
