"""What is imported ahead: what the runs of the program have imported, and the person's wishes."""

import os
from collections.abc import Iterable

from restarter.processes import spawn
from restarter.processes.command import Command
from restarter.warm.program import Unfit, hooked, recognise
from restarter.warm.uv import is_uv_run

_OF_PYTHON = frozenset({"sitecustomize", "usercustomize"})
"""Python itself imports them in each run."""


class Lessons:
    """Which modules are worth to be imported ahead, in the order in which they are wanted.

    Args:
        modules: those that the person named (`warm.modules`).
        skip: those that the person does not want, with all below them (`warm.skip`).

    Example:
        >>> lessons = Lessons(["pandas"], ["grpc"])
        >>> lessons.note("flask"), lessons.note("grpc.aio"), lessons.note("flask")
        (True, False, False)
        >>> lessons.wanted()
        ['pandas', 'flask']
    """

    def __init__(self, modules: Iterable[str], skip: Iterable[str]) -> None:
        self._names = dict.fromkeys(modules)
        self._skipped = set(skip) | _OF_PYTHON
        self._directories: dict[str, None] = {}

    @property
    def directories(self) -> tuple[str, ...]:
        """Where the runs looked for modules before they came to the libraries."""
        return tuple(self._directories)

    def note_directory(self, path: str) -> None:
        """Take note of a directory that is on the `sys.path` of a run, before the libraries."""
        self._directories.setdefault(path)

    def note(self, name: str) -> bool:
        """Take note of a module that a run imports; returns whether it is a new one."""
        is_new = name not in self._names and not self._is_skipped(name)
        self._names.setdefault(name)
        return is_new

    def skip(self, name: str) -> None:
        """Leave a module out from now on, and all below it."""
        self._skipped.add(name)

    def wanted(self) -> list[str]:
        """Return what is to be imported ahead."""
        return [name for name in self._names if not self._is_skipped(name)]

    def _is_skipped(self, name: str) -> bool:
        parts = name.split(".")
        return any(".".join(parts[:end]) in self._skipped for end in range(1, len(parts) + 1))


def start_to_learn(command: Command) -> tuple[int, int | None]:
    """Start a command cold, and let it report what it imports, if it is a Python program.

    Returns:
        The process id, and a descriptor from which the reports are read.

    Raises:
        SpawnError: the system refused to execute it.
    """
    if isinstance(recognise(command), Unfit) and not is_uv_run(command):
        return spawn(command), None
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)  # noqa: FBT003
    try:
        return spawn(hooked(command, "learn", writer)), reader
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
