"""Errands: short commands that restarter runs for itself, beside the run; none of them waits."""

import os
from collections.abc import Callable
from typing import IO, NamedTuple

from restarter.errors import SpawnError
from restarter.processes import spawn, tree
from restarter.processes.command import BAD_USE, Command

OUTPUT_BYTES = 256 * 1024
"""Of a longer output the end is kept."""

Then = Callable[[int, bytes], None]
"""Called with the exit code, or minus the number of a signal, and with the end of the output."""


class _Errand(NamedTuple):
    output: IO[bytes]
    then: Then | None


class Errands:
    """The commands that are being run; each is a process group of its own.

    Args:
        helpers: where to name their processes, which belong to no run.
    """

    def __init__(self, helpers: set[int]) -> None:
        self._helpers = helpers
        self._running: dict[int, _Errand] = {}

    def start(self, command: Command, then: Then) -> int:
        """Start a command, with nothing to read and its output in a file that has no name.

        Args:
            command: what is executed.
            then: called when it has ended by itself.

        Returns:
            The process id.

        Raises:
            SpawnError: it cannot be started.
        """
        from tempfile import TemporaryFile

        try:
            output = TemporaryFile()  # noqa: SIM115  closed when the process was reaped
        except OSError as error:
            message = f"no place for the output of {command.words[0]}: {error.strerror}"
            raise SpawnError(message, exit_code=BAD_USE) from error
        try:
            pid = spawn(command, output.fileno())
        except SpawnError:
            output.close()
            raise
        self._helpers.add(pid)
        self._running[pid] = _Errand(output, then)
        return pid

    def ended(self, pid: int, code: int) -> None:
        """Take note of the end of a child, whosever it was."""
        errand = self._running.pop(pid, None)
        if errand is None:
            return
        self._helpers.discard(pid)
        with errand.output:
            size = errand.output.seek(0, os.SEEK_END)
            errand.output.seek(max(0, size - OUTPUT_BYTES))
            content = errand.output.read()
        if errand.then is not None:
            errand.then(code, content)

    def cancel(self, pid: int) -> None:
        """Kill a command with all that it started; nobody is told of its end."""
        errand = self._running.get(pid)
        if errand is None:
            return
        self._running[pid] = errand._replace(then=None)
        tree.kill_group_and_descendants(pid)

    def close(self) -> None:
        """Kill all of them."""
        for pid in list(self._running):
            self.cancel(pid)
