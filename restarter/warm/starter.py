"""Starts runs, warm or cold, and learns from each of them what makes the next start warm."""

import os
from collections.abc import Callable
from typing import Any

from restarter.errors import SpawnError
from restarter.notices import WarmOff
from restarter.processes import spawn
from restarter.processes.command import Command
from restarter.supervising.supervision import Begun, Timer, Timers
from restarter.warm.building import HopelessError
from restarter.warm.channel import Heard, listen, new_speaker
from restarter.warm.keeper import QUIET_SECONDS, Keeper
from restarter.warm.learning import Lessons, start_to_learn
from restarter.warm.surroundings import Surroundings
from restarter.warm.uv import is_uv_run, seen

PATCHING = ("eventlet.patcher", "gevent.monkey")
"""They replace parts of other modules, and rely on it that nobody has imported those before."""


class WarmStarter:
    """Starts runs, warm where that can be.

    Args:
        lessons: what is imported ahead in any case, and what never.
        around: whom to tell and to ask.
    """

    def __init__(self, lessons: Lessons, around: Surroundings) -> None:
        self._lessons = lessons
        self._around = around
        self._timers = Timers()
        self._keeper = Keeper(lessons, self._timers, around)
        self._command: Command | None = None
        self._seen: Command | None = None
        """What the last run that was started cold really executes, where uv has found it."""
        self._run = 0
        """The number under which the present run speaks; 0: it says nothing, or nothing more."""
        self._is_warm = False
        self._misled_by: set[str] = set()
        self._is_off = False
        self._due = {Timer.IMPROVE: self._improve, Timer.RENEW: self._renew}
        self.handlers: dict[type, Callable[[Any], None]] = {Heard: self._hear}

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, in seconds of the monotonic clock."""
        return self._timers.deadline

    def start(self, command: Command) -> Begun:
        """Start a run; warm, if all is ready for that.

        Raises:
            SpawnError: the system refused to execute it.
        """
        taken = None if self._is_off else self._keeper.take(command)
        if taken is not None:
            self._begun(command, taken.speaker, is_warm=True)
            return Begun(taken.pid, is_warm=True)
        pid, reader = (spawn(command), None) if self._is_off else start_to_learn(command)
        self.adopt(command, reader)
        return Begun(pid, is_warm=False)

    def adopt(self, command: Command, reader: int | None) -> None:
        """Learn from a run that was started cold.

        Args:
            command: what was started.
            reader: the descriptor to read its reports from; None: there are none.
        """
        speaker = 0
        if reader is not None:
            speaker = new_speaker()
            listen(reader, speaker, self._around.put)
        self._begun(command, speaker, is_warm=False)

    def tick(self, now: float) -> None:
        """Do what is due."""
        while timer := self._timers.pop_due(now):
            try:
                self._due[timer]()
            except HopelessError as error:
                self._turn_off(error.reason)

    def close(self) -> None:
        """End the host and the spare."""
        self._is_off = True
        self._timers.clear()
        self._keeper.close()

    def _begun(self, command: Command, speaker: int, *, is_warm: bool) -> None:
        if self._is_off:
            return
        self._command = command
        self._run = speaker
        self._is_warm = is_warm
        self._lessons.begin_run(is_warm=is_warm)
        self._keeper.begun()

    # Beside the run

    def _improve(self) -> None:
        if self._command is None:
            return
        self._keeper.improve(self._command, self._seen)
        if self._abandoned():
            self._keeper.look_later()

    def _renew(self) -> None:
        """See whether the host is still what the next run needs."""
        try:
            command = self._around.prepare()
        except SpawnError:  # it may be about to be installed; if not, the next start says so
            self._keeper.look_again()
            return
        abandoned = self._abandoned()
        if abandoned:
            self._lessons.forget(abandoned)
            self._keeper.outdate()
        if self._keeper.renew(command):
            self._command = command
            self._improve()

    def _abandoned(self) -> set[str]:
        """Return what is imported ahead, and was once, but is no longer imported by the program."""
        return set(filter(self._keeper.has_installed, self._lessons.abandoned()))

    # What is heard

    def _hear(self, event: Heard) -> None:
        if event.message is None:
            self._keeper.forget(event.speaker)
        if self._is_off:
            return
        try:
            if event.speaker == self._run:
                self._hear_run(event.message)
            else:
                self._keeper.hear(event)
        except HopelessError as error:
            self._turn_off(error.reason)
        self._see_whether_misled()

    def _hear_run(self, message: dict[str, Any] | None) -> None:
        if message is None:
            self._run = 0
        elif "import" in message:
            self._hear_import(*message["import"])
        elif "set" in message:
            self._hear_set(*message["set"])
        elif "source" in message:
            path, roots = message["source"]
            self._lessons.note_source(_decode(path), roots.split())
        elif "directory" in message:
            self._hear_directory(_decode(message["directory"]))
        elif "program" in message:
            self._hear_program(message["program"])

    def _hear_program(self, pid: int) -> None:
        if self._command is not None and is_uv_run(self._command):
            self._seen = seen(pid) or self._seen
            self._wait_until_quiet()

    def _hear_directory(self, path: str) -> None:
        is_new = self._lessons.note_directory(path)
        if is_new and self._is_warm and self._keeper.is_hidden_by(path):
            self._keeper.outdate()
            self._around.restart(f"it looks for modules in {path} before the libraries")

    def _hear_import(self, name: str, importer: str) -> None:
        if name in PATCHING:
            if self._is_warm:
                self._around.restart(f"it imports {name}")
            raise HopelessError(f"{name} patches what would be imported ahead")
        if self._lessons.variables.note_import(name):
            self._keeper.outdate()
        if self._lessons.note(name, importer):
            self._wait_until_quiet()

    def _hear_set(self, name: str, library: str) -> None:
        if self._lessons.variables.note_set(_decode(name), library):
            self._keeper.outdate()

    def _wait_until_quiet(self) -> None:
        self._timers.set(Timer.IMPROVE, QUIET_SECONDS)

    def _see_whether_misled(self) -> None:
        misled, self._keeper.misled = self._keeper.misled, None
        if misled is not None and self._run:
            module, name = misled
            if module in self._misled_by:  # by another variable each time, perhaps
                self._lessons.skip(module)
            self._misled_by.add(module)
            self._around.restart(f"it sets {name}, for which {module} asks when it is imported")

    def _turn_off(self, reason: str) -> None:
        self._around.show(WarmOff(reason))
        self.close()


def _decode(name: str) -> str:
    return os.fsdecode(bytes.fromhex(name))
