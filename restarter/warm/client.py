"""Our side of a warm host and of its spares: start them, ask them, and know when they are stale."""

import contextlib
import os
import socket
import time
from collections.abc import Iterable, Sequence

from restarter.clock import file_system_now_ns
from restarter.events import Put
from restarter.processes import CONTINUE_SIGNAL, signal_group, spawn
from restarter.processes.command import Command
from restarter.processes.system import KILL_SIGNAL
from restarter.sources.places import Places
from restarter.warm.channel import Channel
from restarter.warm.identity import PER_RUN, has_one_of, key_of, look
from restarter.warm.learning import Lessons
from restarter.warm.program import Program, hooked
from restarter.warm.uv import seen

IMPORT_SECONDS = 20
"""A module whose import takes longer waits for something that a host cannot give it."""


class Spare:
    """A process that waits for the order to become a run.

    Args:
        put: puts what it says on the inbox.
    """

    def __init__(self, put: Put) -> None:
        ours, self.theirs = socket.socketpair()
        self.channel = Channel(ours, put)
        self.pids: tuple[int, ...] = ()
        """Its process id and that of its parent, which will be gone; empty until it is ready."""

    def introduce(self, pids: Iterable[int]) -> None:
        """Take note of who it is, and let it go on."""
        self.pids = tuple(pids)
        self.channel.say({"known": True})

    def close(self, *, is_gone: bool = False) -> None:
        """End it, also if somebody has stopped it.

        Args:
            is_gone: it has ended, and its process id may be somebody else's.
        """
        self.channel.close()
        if self.pids and not is_gone:
            signal_group(self.pids[0], KILL_SIGNAL)

    def start(self, directory: str, environment: dict[str, str]) -> int | None:
        """Let it become the run; returns its process id, or None where it is gone."""
        order = {"environment": environment, "directory": directory}
        was_taken = self.channel.say(order)
        self.channel.close()
        if not was_taken:
            return None
        with contextlib.suppress(OSError):
            os.kill(self.pids[0], CONTINUE_SIGNAL)  # somebody may have stopped it
        return self.pids[0]


class Host:
    """A warm host.

    Args:
        command: what its runs are to be.
        program: what is known of that command.
        put: puts what it says on the inbox; also that something it is made of was touched.
        asked_for: what the person asked for: the same, or what has found that command.
        also: files that tell of a change as well, there or not.

    Raises:
        SpawnError: it cannot be started.
    """

    def __init__(
        self,
        command: Command,
        program: Program,
        put: Put,
        *,
        asked_for: Command | None = None,
        also: Iterable[str] = (),
    ) -> None:
        self._also = tuple(also)
        self.command = command
        self._key = key_of(asked_for or command)
        self._executables = (*self._key.executables, *interpreter_files(program))
        self._front = [program.directory] if program.directory else []
        self._roots: frozenset[str] = frozenset()
        self.asked_at: float | None = None
        """When it was asked for something that it did not do yet, on the monotonic clock."""
        self._asked_ns = file_system_now_ns()
        self._files: dict[str, object] = {}
        self._found: dict[str, str] = command.environment
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            pid = spawn(hooked(command, "host", theirs.fileno()))
        self.pids = (pid,)
        self._put = put
        self._places = _open_places()
        self.channel = Channel(ours, put, self._places)

    def note_environment(self) -> None:
        """Take note of what the shell of a script has made of it on the way to the interpreter."""
        found = seen(self.pids[0])
        self._found = self._found if found is None else found.environment

    def prepare(self, modules: Sequence[str], lessons: Lessons) -> None:
        """Let it import modules.

        Args:
            modules: their names.
            lessons: where the program looks for modules before it comes to the libraries, and
                what it does before it imports them.
        """
        self.asked_at, self._asked_ns = time.monotonic(), file_system_now_ns()
        before = lessons.variables.before(modules)
        kinds = list(dict.fromkeys(before))
        number = {kind: at for at, kind in enumerate(kinds)}
        self.channel.say(
            {
                "modules": list(modules),
                "front": [*self._front, *lessons.directories],
                "seconds": IMPORT_SECONDS,
                "named": lessons.named,
                "unwanted": lessons.unwanted,
                "sets": kinds,
                "before": [number[each] for each in before],
            }
        )

    def fork(self) -> Spare:
        """Let it fork a spare."""
        spare = Spare(self._put)
        with spare.theirs as theirs:
            self.channel.say({"fork": True}, descriptor=theirs.fileno())
        return spare

    def note_roots(self, names: Iterable[str]) -> None:
        """Take note of the modules outside of packages that it has imported."""
        self._roots = frozenset(names)

    def note_files(self, paths: Iterable[str]) -> None:
        """Take note of the files that it has imported."""
        self.asked_at = None
        # Those that were noted before keep what they looked like then.
        new = {*paths, *self._also, *self._executables} - self._files.keys()
        self.attend(new)
        for path in new:
            self._files[path] = look(path, not_since=self._asked_ns)

    @property
    def is_doubtful(self) -> bool:
        """Whether a file may have changed while it was imported."""
        return any(type(each) is object for each in self._files.values())

    def has_installed(self, root: str) -> bool:
        """Whether it has imported a package or module that is no part of Python."""
        ends = "-packages" + os.sep + root + os.sep, "-packages" + os.sep + root + "."
        return any(end in path for path in self._files for end in ends)

    def attend(self, paths: Iterable[str]) -> None:
        """Let it be heard when something happens to these files, there or not."""
        if self._places is not None:
            self._places.add(paths)

    def environment_for(self, command: Command) -> dict[str, str]:
        """Return the environment of a run: of the command that was asked for, if that is ours."""
        if self.command.words == command.words:
            return self._altered(command.environment)
        kept = {
            name: text for name, text in self.command.environment.items() if name not in PER_RUN
        }
        given = command.environment
        return kept | {name: given[name] for name in PER_RUN if name in given}

    def is_current(self, command: Command, directories: Iterable[str] = ()) -> bool:
        """Whether what it has imported is what the command would import.

        Args:
            command: what is to be started.
            directories: where the program looks for modules before it comes to the libraries.
        """
        return (
            self._key == key_of(command)
            and self._are_the_same(self._files)
            and not any(has_one_of(each, self._roots) for each in (*self._front, *directories))
        )

    def is_hidden_by(self, directory: str) -> bool:
        """Whether a module in a directory hides one that is imported ahead."""
        return has_one_of(directory, self._roots)

    def is_found_by(self, command: Command) -> bool:
        """Whether the command would still come to what is run here."""
        return self._key == key_of(command) and self._are_the_same(self._also)

    def close(self, *, is_gone: bool = False) -> None:
        """End it; it has nothing to lose.

        Args:
            is_gone: it has ended, and its process id may be somebody else's.
        """
        self.channel.close()
        if not is_gone:
            signal_group(self.pids[0], KILL_SIGNAL)

    def _altered(self, environment: dict[str, str]) -> dict[str, str]:
        """Return an environment as a shell would leave it, with its variables in that order."""
        given, found = self.command.environment, self._found
        names = [name for name in environment if name in found or name not in given]
        return {
            name: found[name] if found.get(name) != given.get(name) else environment[name]
            for name in dict.fromkeys((*found, *names))
            if name in names or name not in given
        }

    def _are_the_same(self, paths: Iterable[str]) -> bool:
        return all(look(path) == self._files.get(path) for path in paths)


def interpreter_files(program: Program) -> tuple[str, ...]:
    """Return the files that an interpreter and its environment are made of, there or not."""
    path = program.interpreter[0]
    # Where a virtual environment says what it belongs to (PEP 405).
    directory = os.path.dirname(path)
    configuration = (os.path.join(each, "pyvenv.cfg") for each in (directory, f"{directory}/.."))
    return (path, os.path.realpath(path), *map(os.path.normpath, configuration))


def _open_places() -> Places | None:
    try:
        return Places()
    except OSError:  # what has changed is noticed when the next run starts
        return None
