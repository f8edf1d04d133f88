"""What a host was made of, and how one sees whether that is still so."""

import os
from typing import NamedTuple

from restarter.processes.command import Command

PER_RUN = ("RESTARTER_RUN", "RESTARTER_CHANGES", "RESTARTER_CHANGES_TRUNCATED")


class Key(NamedTuple):
    """What all runs of one host have in common.

    Args:
        executables: what is executed, and where that really is.
        words: the arguments.
        directory: the working directory.
        environment: all of it, but for what tells one run from another.
    """

    executables: tuple[str, ...]
    words: tuple[str, ...]
    directory: str
    environment: dict[str, str]


def key_of(command: Command) -> Key:
    """Return what a host of this command is made for."""
    environment = {
        name: value for name, value in command.environment.items() if name not in PER_RUN
    }
    executables = (command.path, os.path.realpath(command.path))
    return Key(executables, command.words, command.directory, environment)


def has_one_of(directory: str, names: frozenset[str]) -> bool:
    """Whether one of the modules is in a directory; a package needs its `__init__` to hide one."""
    try:
        found = os.listdir(directory)
    except OSError:
        return False
    parts = (entry.partition(".") for entry in found)
    return any(
        ending == "py" or ending.endswith("so")
        if dot
        else os.path.exists(os.path.join(directory, name, "__init__.py"))
        for name, dot, ending in parts
        if name in names
    )


def look(path: str, *, not_since: int | None = None) -> object:
    """Return what tells of a change of a file; what equals nothing if it may have changed since.

    Args:
        path: a file or a directory, which may not exist.
        not_since: on the clock that stamps files, in nanoseconds.
    """
    try:
        found = os.stat(path)
    except OSError:
        return None
    if not_since is not None and found.st_ctime_ns >= not_since:
        return object()
    return found.st_mtime_ns, found.st_size, found.st_ino
