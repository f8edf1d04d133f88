"""Python's compiled files: remove those that hide a change.

Python trusts a `.pyc` whose header names the size of the source and its modification time in
whole seconds (PEP 3147, PEP 552). A second save within one second that keeps the size is
therefore not seen by the next import, and a restart would run the old code.
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping

_HEADER_BYTES = 16  # magic number, flags, modification time, size: four bytes each
_CACHE = "__pycache__"
_SOURCE = ".py"
_COMPILED = ".pyc"


def remove_stale(paths: Iterable[str], environment: Mapping[str, str]) -> None:
    """Remove the compiled file of each changed source that Python would take for current.

    Args:
        paths: files that differ from what the last run was started with.
        environment: of the next run; PYTHONPYCACHEPREFIX moves the compiled files.
    """
    prefix = environment.get("PYTHONPYCACHEPREFIX", "")
    changed: dict[str, set[str]] = {}
    for directory, name in map(os.path.split, paths):
        if name.endswith(_SOURCE):
            changed.setdefault(directory, set()).add(name)
    for directory, names in changed.items():
        cache = prefix + directory if prefix else os.path.join(directory, _CACHE)
        for compiled, name in _compiled_files(cache):
            if name in names:
                with contextlib.suppress(OSError):
                    _remove_if_stale(compiled, os.path.join(directory, name))


def _compiled_files(cache: str) -> Iterator[tuple[str, str]]:
    """Yield each compiled file with the name of its source: `app.cpython-311.opt-1.pyc`."""
    with contextlib.suppress(OSError):
        for name in os.listdir(cache):
            if name.endswith(_COMPILED):
                yield os.path.join(cache, name), name.partition(".")[0] + _SOURCE


def _remove_if_stale(compiled: str, source: str) -> None:
    with open(compiled, "rb") as file:
        header = file.read(_HEADER_BYTES)
    if _seems_current(header, os.stat(source)):
        os.unlink(compiled)


def _seems_current(header: bytes, source: os.stat_result) -> bool:
    flags, seconds, size = (int.from_bytes(header[at : at + 4], "little") for at in (4, 8, 12))
    if flags:  # validated by a hash of the source, not by its times
        return False
    return (
        stat.S_ISREG(source.st_mode)
        and seconds == int(source.st_mtime) & 0xFFFFFFFF
        and size == source.st_size & 0xFFFFFFFF
    )
