"""Our side of a warm host and of its spares: start them, ask them, hear what they say."""

import contextlib
import itertools
import json
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from restarter.clock import file_system_now_ns
from restarter.events import Put
from restarter.processes import CONTINUE_SIGNAL, signal_group, spawn
from restarter.processes.command import Command
from restarter.processes.system import KILL_SIGNAL
from restarter.warm.program import Program, hooked

_SEND_TIMEOUT = struct.pack("ll", 1, 0)
"""A second, as socket(7) wants it: whoever takes nothing for so long is stopped or hangs."""

IMPORT_SECONDS = 20
"""A module whose import takes longer waits for something that a host cannot give it."""

PER_RUN = ("RESTARTER_RUN", "RESTARTER_CHANGES", "RESTARTER_CHANGES_TRUNCATED")

_numbers = itertools.count(1)


class Heard(NamedTuple):
    """A host, a spare or a run said something.

    Args:
        speaker: the number of its channel.
        message: what it said; None: it is gone, or will say nothing more.
    """

    speaker: int
    message: dict[str, Any] | None


class Channel:
    """JSON lines over a socket.

    Args:
        end: our end.
        put: puts what is heard on the inbox.
    """

    def __init__(self, end: socket.socket, put: Put) -> None:
        self.number = next(_numbers)
        self._end = end
        # No timeout of Python's own: that would make the reader's end not block, either.
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_TIMEOUT)
        listen(end.dup().detach(), self.number, put)

    def say(self, message: dict[str, Any], *, descriptor: int | None = None) -> bool:
        """Send a message; returns whether there was somebody to take it."""
        text = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"
        try:
            if descriptor is not None and sys.platform != "win32":
                socket.send_fds(self._end, [text], [descriptor])
            else:
                self._end.sendall(text)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Say nothing more: whoever waits for an order ends."""
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_WR)
        self._end.close()


def listen(descriptor: int, speaker: int, put: Put) -> None:
    """Put on the inbox what is said, in a thread of its own, until nobody is left to say more.

    Args:
        descriptor: where it is read from; it is closed at the end.
        speaker: the number that names it.
        put: puts an event on the inbox.
    """

    def read() -> None:
        with open(descriptor, "rb") as lines, contextlib.suppress(OSError, ValueError):
            for line in lines:
                put(Heard(speaker, json.loads(line)))
        put(Heard(speaker, None))

    threading.Thread(target=read, name="warm", daemon=True).start()


def new_speaker() -> int:
    """Return a number that no other channel has."""
    return next(_numbers)


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
        put: puts what it says on the inbox.
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
        self._front = [program.directory] if program.directory else []
        self._roots: frozenset[str] = frozenset()
        self.asked_at: float | None = None
        """When it was asked for something that it did not do yet, on the monotonic clock."""
        self._asked_ns = file_system_now_ns()
        self._files: dict[str, object] = {}
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            self.pid = spawn(hooked(command, "host", theirs.fileno()))
        self._put = put
        self.channel = Channel(ours, put)

    def prepare(self, modules: Iterable[str], directories: Iterable[str] = ()) -> None:
        """Let it import modules.

        Args:
            modules: their names.
            directories: where the program looks for modules before it comes to the libraries.
        """
        self.asked_at, self._asked_ns = time.monotonic(), file_system_now_ns()
        names, front = list(modules), [*self._front, *directories]
        self.channel.say({"modules": names, "front": front, "seconds": IMPORT_SECONDS})

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
        for path in {*paths, *self._also, *self._key.executables} - self._files.keys():
            self._files[path] = _look(path, not_since=self._asked_ns)

    def environment_for(self, command: Command) -> dict[str, str]:
        """Return the environment of a run: of the command that was asked for, if that is ours."""
        if self.command.words == command.words:
            return command.environment
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
            and all(_look(path) == before for path, before in self._files.items())
            and not any(_has_one_of(each, self._roots) for each in (*self._front, *directories))
        )

    def close(self) -> None:
        """End it; it has nothing to lose."""
        self.channel.close()
        signal_group(self.pid, KILL_SIGNAL)


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


def _has_one_of(directory: str, names: frozenset[str]) -> bool:
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


def _look(path: str, *, not_since: int | None = None) -> object:
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
