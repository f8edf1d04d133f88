"""On which ports the last run of a project listened, for a later `restarter doctor` there.

One small file for each project directory, in the directory for what a program remembers of its
own; nothing is stored in the project. It is a help, and never a reason for an error.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final

_LONGEST: Final = 65536
_PORTS: Final = 65536
_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0)  # a pipe in its place is not waited for

KEPT: Final = 100
"""So many projects are remembered, those of the last time."""


def memory_file(directory: str, environ: Mapping[str, str]) -> str:
    """Return the file for a project; empty where nothing says whose home this is.

    Args:
        directory: the directory of the project, absolute.
        environ: XDG_STATE_HOME, HOME and the like.
    """
    home = _state_home(environ)
    name = blake2b(os.fsencode(directory), digest_size=8).hexdigest()
    return os.path.join(home, "restarter", "ports", f"{name}.json") if home else ""


def remember(directory: str, ports: Iterable[int], environ: Mapping[str, str]) -> None:
    """Write down on which ports a run listens; where that cannot be done, do nothing.

    Args:
        directory: the directory of the project.
        ports: TCP ports.
        environ: as for `memory_file`.
    """
    path = memory_file(directory, environ)
    if not path:
        return
    folder, name = os.path.split(path)
    # Ignored by name, should somebody watch this directory.
    new = os.path.join(folder, f".#{name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(new, "w", encoding="ascii") as file:
            json.dump({"directory": directory, "ports": sorted(ports)}, file)
        os.replace(new, path)
        _forget_old(folder)


def remembered(directory: str, environ: Mapping[str, str]) -> frozenset[int]:
    """Return on which ports the last run listened; none where that is not known.

    Args:
        directory: the directory of the project.
        environ: as for `memory_file`.
    """
    try:
        descriptor = os.open(memory_file(directory, environ), os.O_RDONLY | _NO_WAIT)
        with open(descriptor, encoding="ascii") as file:
            found = json.loads(file.read(_LONGEST))
        ports = found["ports"] if found["directory"] == directory else ()
        return frozenset(port for port in ports if type(port) is int and 0 < port < _PORTS)
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return frozenset()  # somebody else has written it


def _forget_old(folder: str) -> None:
    with os.scandir(folder) as entries:
        files = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    for _, path in files[:-KEPT]:
        os.remove(path)


def _state_home(environ: Mapping[str, str]) -> str:
    """Return where programs of this person keep what they remember.

    See the XDG Base Directory Specification, which says that a relative path does not count.
    """
    if sys.platform == "win32":
        return environ.get("LOCALAPPDATA", "")
    given, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
    if os.path.isabs(given):
        return given
    usual = "Library/Application Support" if sys.platform == "darwin" else ".local/state"
    return os.path.join(home, usual) if os.path.isabs(home) else ""
