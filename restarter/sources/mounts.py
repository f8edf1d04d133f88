"""File systems on which the kernel does not report what others write."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from restarter.sources.walk import is_inside

_MOUNTS = "/proc/self/mountinfo"

# Written to by another machine, or by the host of a virtual machine or container.
# fmt: off
_REMOTE = frozenset({
    "9p", "afs", "ceph", "cifs", "drvfs", "gfs2", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2",
    "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
})
# fmt: on


class Mount(NamedTuple):
    """Where a file system begins.

    Args:
        path: its mount point.
        kind: its type, as mount(8) names it.
    """

    path: str
    kind: str

    @property
    def is_silent(self) -> bool:
        """Whether events do not arrive for everything that is written there.

        Any FUSE file system may change by itself, other than a local disk behind `fuseblk`.
        """
        return self.kind in _REMOTE or self.kind == "fuse" or self.kind.startswith("fuse.")


def read_mounts() -> tuple[Mount, ...]:
    """Return what is mounted, the latest last; nothing where the system does not tell.

    The format is that of proc_pid_mountinfo(5).
    """
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            return tuple(_parse(line) for line in file)
    except OSError:
        return ()


def mount_of(path: str, mounts: Iterable[Mount]) -> Mount | None:
    """Return the mount that a path is on."""
    holding = [mount for mount in mounts if is_inside(path, mount.path)]
    longest = max((len(mount.path) for mount in holding), default=0)
    # Of several on one point the latest hides the others.
    return next((mount for mount in reversed(holding) if len(mount.path) == longest), None)


def silent_mounts_below(path: str, mounts: Iterable[Mount]) -> list[Mount]:
    """Return the mounts inside a directory from which events do not arrive."""
    mounts = tuple(mounts)
    inside = (mount.path for mount in mounts if mount.path != path and is_inside(mount.path, path))
    found = (mount_of(each, mounts) for each in dict.fromkeys(inside))
    return [mount for mount in found if mount is not None and mount.is_silent]


def _parse(line: str) -> Mount:
    fields = line.split(" ")
    kind = fields[fields.index("-", 6) + 1]
    return Mount(_unescape(fields[4]), kind)


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
