"""What is known of one file: its stat, and a hash of what it holds.

The stat is the quick answer to "may it have changed?", the hash is the last word.
"""

import os
import stat
import struct
import time
from hashlib import blake2b
from typing import NamedTuple

from restarter.clock import TICK_NS
from restarter.events import Stat

HASH_LIMIT = 8 * 1024 * 1024
"""Bytes above which a file is judged by its stat alone."""

_CHUNK = 1024 * 1024
_DIGEST_BYTES = 16
_PACKED = struct.Struct("<IQqqQB")


class Entry(NamedTuple):
    """What is known of one file.

    Args:
        stat: its stat when it was looked at.
        racy: it had changed so shortly before that an equal stat proves nothing.
        digest: hash of its content; None while the content was not read.
    """

    stat: Stat
    racy: bool
    digest: bytes | None

    @classmethod
    def unread(cls, found: Stat) -> "Entry":
        """Return what a stat alone tells."""
        return cls(found, time.time_ns() - found.ctime_ns < TICK_NS, None)

    @classmethod
    def read(cls, path: str, found: Stat) -> "Entry":
        """Return what a stat and the content tell; large files are not read."""
        entry = cls.unread(found)
        if found.size > HASH_LIMIT:
            return entry
        return entry._replace(digest=digest_of(path))

    def may_differ(self, found: Stat) -> bool:
        """Whether a file that looks like this now may hold something else."""
        return self.racy or self.stat != found

    def is_same_content(self, other: "Entry") -> bool:
        """Whether both are of the same kind and hold the same."""
        if stat.S_IFMT(self.stat.mode) != stat.S_IFMT(other.stat.mode):
            return False
        if self.digest is None or other.digest is None:
            return self.stat == other.stat
        return self.stat.size == other.stat.size and self.digest == other.digest

    def pack(self) -> bytes:
        """Return the entry in a third of the memory."""
        return _PACKED.pack(*self.stat, self.racy) + (self.digest or b"")

    @classmethod
    def unpack(cls, packed: bytes) -> "Entry":
        """Return the entry that `pack` made small."""
        *fields, racy = _PACKED.unpack_from(packed)
        return cls(Stat(*fields), bool(racy), packed[_PACKED.size :] or None)


UNKNOWN = Entry(Stat(stat.S_IFREG, 0, 0, 0, 0), racy=False, digest=None)
"""A file that was there, but changed before anybody looked: nothing equals it."""


def digest_of(path: str) -> bytes | None:
    """Return a hash of what a file holds or where a link points; None if it cannot be read."""
    try:
        if os.path.islink(path):
            return blake2b(os.fsencode(os.readlink(path)), digest_size=_DIGEST_BYTES).digest()
        descriptor = _open(path)
    except OSError:
        return None
    try:
        return _digest_of_open(descriptor)
    except OSError:  # a directory by now, or a disk that does not work
        return None
    finally:
        os.close(descriptor)


def content_of(path: str, limit: int) -> bytes | None:
    """Return what a file holds; None if that is more than `limit` bytes, or cannot be read."""
    try:
        descriptor = _open(path)
    except OSError:
        return None
    try:
        content = os.read(descriptor, limit + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return content if len(content) <= limit else None


def digest_of_bytes(content: bytes) -> bytes:
    """Return the hash of a file that holds these bytes."""
    return blake2b(content, digest_size=_DIGEST_BYTES).digest()


def _open(path: str) -> int:
    """Open a file, but never wait for a writer: the path may be a FIFO by now."""
    return os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))


def _digest_of_open(descriptor: int) -> bytes:
    content = blake2b(digest_size=_DIGEST_BYTES)
    while chunk := os.read(descriptor, _CHUNK):
        content.update(chunk)
    return content.digest()
