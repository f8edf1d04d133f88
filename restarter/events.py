"""What arrives on the inbox: frozen values, put by sources, signal handlers and the keyboard.

NamedTuples and not dataclasses: they are loaded before the first exec, and a frozen dataclass
costs several times as much to define.

Paths are absolute strings; bytes that are not UTF-8 are kept by surrogate escapes (PEP 383).
"""

import os
import stat
from enum import Enum
from typing import NamedTuple, Protocol

_FILE_TYPES = (stat.S_IFREG, stat.S_IFLNK)


class Stat(NamedTuple):
    """What the file system says of one entry, without following a symbolic link."""

    mode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> "Stat":
        """Return the part of a stat that tells whether a file may have changed."""
        return cls(found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)

    @property
    def is_file(self) -> bool:
        """Whether it is a file or a symbolic link: nothing else has a content to compare."""
        return stat.S_IFMT(self.mode) in _FILE_TYPES


class ChangeKind(Enum):
    """How a file differs from what the running program was started with."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"


class Change(NamedTuple):
    """One real difference between the disk and what the running program was started with."""

    kind: ChangeKind
    path: str


class Writing(Enum):
    """What a hint tells about the writer of a file."""

    DONE = "done"
    """It closed the file after writing, or renamed it into place."""

    OPEN = "open"
    """It wrote, and did not close the file so far."""

    UNCERTAIN = "uncertain"
    """Something else happened to the file, or the source cannot tell."""


class DirtyPaths(NamedTuple):
    """A source says that these paths may differ from what was known.

    Args:
        paths: files or directories.
        writing: what is known about the writer.
    """

    paths: tuple[str, ...]
    writing: Writing


class Listed(NamedTuple):
    """What the selected files of one directory look like now.

    Args:
        directory: the directory that was read.
        files: the stat of each selected file in it, by name.
        below: the directories in it that are entered.
        baseline: the first look of a session: files that are not known yet were there before.
    """

    directory: str
    files: dict[str, Stat]
    below: frozenset[str]
    baseline: bool


class LostTrack(NamedTuple):
    """A source dropped events: any path may be dirty."""

    reason: str


class Armed(NamedTuple):
    """A source sees every change from here on; `Verified` follows.

    Args:
        source: the source's name: "inotify", "polling" ...
        directories: how many directories it watches.
    """

    source: str
    directories: int


class Verified(NamedTuple):
    """A source has listed everything, for the first time or once more.

    Args:
        visited: every directory that was listed on the way.
    """

    visited: frozenset[str]


class SourceTrouble(NamedTuple):
    """A source cannot do all of its work; it goes on with the rest.

    Args:
        message: one line that names the trouble and the remedy.
    """

    message: str


class ChildChanged(NamedTuple):
    """A child process ended, stopped or continued; the loop asks which."""


class SignalReceived(NamedTuple):
    """restarter itself received a signal.

    Args:
        number: the signal.
        is_typed: the terminal sent it, for a key; False where that is not known.
    """

    number: int
    is_typed: bool = False


class PortsSeen(NamedTuple):
    """A look at a run found the TCP ports that it listens on.

    Args:
        run: the number of the run.
        ports: may be empty.
    """

    run: int
    ports: frozenset[int]


class PortsTaken(NamedTuple):
    """A look at what a crashed run may have wanted found others on its ports.

    Args:
        notices: a notice for each of them.
    """

    notices: tuple[object, ...]


class KeyPressed(NamedTuple):
    """A key was pressed while restarter has the terminal."""

    key: str


class Put(Protocol):
    """How a thread or a signal handler puts an event on the inbox."""

    def __call__(self, event: object, /) -> None:
        """Put one event; never blocks."""
