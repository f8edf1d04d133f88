"""What is imported ahead: what the runs of the program have imported, and the person's wishes."""

import os
from collections.abc import Collection, Iterable

from restarter.processes import spawn
from restarter.processes.command import Command
from restarter.warm.program import Unfit, hooked, recognise
from restarter.warm.uv import is_uv_run
from restarter.warm.variables import Variables

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
        self.named, self.unwanted = tuple(modules), tuple(skip)
        self.variables = Variables()
        """Which variables the program sets before it imports each of them."""
        self._importers = dict.fromkeys(self.named, "")
        self._skipped = set(self.unwanted) | _OF_PYTHON
        self._directories: dict[str, None] = {}
        self._sources: dict[str, frozenset[str]] = {}
        self._executed: set[str] = set()
        self._taken_out: set[str] = set()

    @property
    def directories(self) -> tuple[str, ...]:
        """Where the runs looked for modules before they came to the libraries."""
        return tuple(self._directories)

    def begin_run(self, *, is_warm: bool) -> None:
        """What is noted from here on is of another run.

        Args:
            is_warm: what is wanted was imported ahead in it.
        """
        self._executed.clear()
        self.variables.begin_run(self.wanted() if is_warm else ())

    def note_directory(self, path: str) -> bool:
        """Take note of a directory that is on the `sys.path` of a run, before the libraries.

        Returns:
            Whether it is a new one.
        """
        is_new = path not in self._directories
        self._directories.setdefault(path)
        return is_new

    def note(self, name: str, importer: str = "") -> bool:
        """Take note of a module that a run imports.

        Args:
            name: its name.
            importer: the name of the module that imports it.

        Returns:
            Whether it is a new one.
        """
        is_new = name not in self._importers and not self._is_skipped(name)
        self._importers.setdefault(name, importer)
        return is_new

    def note_source(self, path: str, roots: Iterable[str]) -> None:
        """Take note of what a source of the program imports, now that it is executed.

        Args:
            path: the source.
            roots: the packages and modules.
        """
        before = self._sources.get(path, frozenset())
        if path in self._executed:  # once more in this run: it may be code of another kind
            self._sources[path] = before.union(roots)
            return
        self._executed.add(path)
        self._sources[path] = frozenset(roots)
        self._taken_out |= before

    def abandoned(self) -> set[str]:
        """Return what a source of the program imported earlier, and none does now.

        A source that a run has not come to, so far, imports what it did when it was last executed.

        Example:
            >>> lessons = Lessons([], [])
            >>> lessons.note_source(__file__, ["pandas", "flask"])
            >>> lessons.begin_run(is_warm=True)
            >>> lessons.note_source(__file__, ["flask"])
            >>> lessons.abandoned()
            {'pandas'}
        """
        for path in [each for each in self._sources if not os.path.exists(each)]:
            self._taken_out |= self._sources.pop(path)
        return self._taken_out - self._used()

    def _used(self) -> set[str]:
        return set(map(_root, self.named)).union(*self._sources.values())

    def forget(self, roots: Collection[str]) -> None:
        """Forget packages and modules, and what was imported by them before anybody else did.

        Example:
            >>> lessons = Lessons([], [])
            >>> for name, importer in ("pandas", "app"), ("numpy", "pandas.core"), ("json", "app"):
            ...     _ = lessons.note(name, importer)
            >>> lessons.forget(["pandas"])
            >>> lessons.wanted()
            ['json']
        """
        kept = self._used()
        gone: set[str] = set()
        for name, importer in self._importers.items():  # who imports comes before what it imports
            is_of_them = not {_root(name), _root(importer)}.isdisjoint(roots)
            if (is_of_them or importer in gone) and _root(name) not in kept:
                gone.add(name)
        for name in gone:
            del self._importers[name]
        self._taken_out.difference_update(roots)

    def skip(self, name: str) -> None:
        """Leave a module out from now on, and all below it."""
        self._skipped.add(name)

    def wanted(self) -> list[str]:
        """Return what is to be imported ahead."""
        return [name for name in self._importers if not self._is_skipped(name)]

    def _is_skipped(self, name: str) -> bool:
        parts = name.split(".")
        return any(".".join(parts[:end]) in self._skipped for end in range(1, len(parts) + 1))


def _root(name: str) -> str:
    return name.partition(".")[0]


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
