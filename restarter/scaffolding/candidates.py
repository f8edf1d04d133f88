"""What a project could run, and the folder in which that is looked for."""

import os
import shutil
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

_LARGEST = 1 << 20  # bytes: nobody wrote a larger one by hand


class Candidate(NamedTuple):
    """A command that could be the one to run.

    Args:
        found: where it comes from, such as "manage.py: Django".
        command: as restarter.toml has it.
        ext: the extensions of the files that it reads; empty for all.
        watch: paths and globs, where `.` would be too much.
        shell: whether a shell has to read the command.
        env: variables that it needs.
        notes: what the person should know; one line each.
        warning: what the person had better change, which is said at once; may be empty.
    """

    found: str
    command: str
    ext: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    shell: bool = False
    env: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    warning: str = ""


class Folder:
    """A directory as it is on the disk; what cannot be read is not there.

    Args:
        path: absolute.
        which: finds a command on PATH.
    """

    def __init__(self, path: str, which: Callable[[str], str | None] = shutil.which) -> None:
        self.path = path
        self.which = which

    @cached_property
    def names(self) -> list[str]:
        """What is in it, sorted; names that no text can hold are left out."""
        try:
            return sorted(name for name in os.listdir(self.path) if name.isprintable())
        except OSError:
            return []

    def first(self, *names: str) -> str:
        """Return the first of some names that is there, or nothing."""
        return next((name for name in names if name in self.names), "")

    def has(self, path: str) -> bool:
        """Tell whether there is a file or directory; the path is relative."""
        return os.path.exists(os.path.join(self.path, path))

    def read(self, path: str) -> str:
        """Return the text of a file; nothing where there is none."""
        try:
            full = os.path.join(self.path, path)
            if not os.path.isfile(full) or os.path.getsize(full) > _LARGEST:
                return ""
            with open(full, encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def inside(self, path: str) -> "Folder":
        """Return a folder in this one."""
        return Folder(os.path.join(self.path, path), self.which)

    def folders(self) -> list[str]:
        """Return the names of the folders in it, without hidden ones and dependencies."""
        left_out = {"node_modules", "venv", "env", "tests", "test", "docs"}
        return [
            name
            for name in self.names
            if name not in left_out
            and not name.startswith((".", "_"))
            and os.path.isdir(os.path.join(self.path, name))
        ]
