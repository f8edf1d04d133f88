"""When to start warm, when to start cold, and when to have a host and a spare at hand."""

import os
import time
from collections.abc import Callable
from typing import Any

from restarter.errors import SpawnError
from restarter.events import Put
from restarter.notices import WarmOff, WarmReady, WarmSkipped
from restarter.processes import spawn
from restarter.processes.command import Command
from restarter.supervision import Begun
from restarter.warm.client import Channel, Heard, Host, Spare, listen, new_speaker
from restarter.warm.learning import Lessons, start_to_learn
from restarter.warm.program import Program, Unfit, recognise
from restarter.warm.uv import files_of, is_uv_run, obstacle, seen

QUIET_SECONDS = 0.4
"""A run that has imported nothing for so long is up; only then is something done beside it."""

ANSWER_SECONDS = 60.0
"""A host that needs longer hangs."""

PATCHING = ("eventlet.patcher", "gevent.monkey")
"""They replace parts of other modules, and rely on it that nobody has imported those before."""

LIVES = 3
"""So many hosts and spares may be lost before one was of use."""


class WarmStarter:
    """Starts runs, warm where that can be.

    Args:
        modules: what is imported ahead in any case.
        skip: what is never imported ahead.
        put: puts events on the inbox.
        show: tells the person.
        helpers: where to name processes that belong to no run.
    """

    def __init__(
        self,
        modules: tuple[str, ...],
        skip: tuple[str, ...],
        put: Put,
        show: Callable[[object], None],
        helpers: set[int],
    ) -> None:
        self.deadline: float | None = None
        self._lessons = Lessons(modules, skip)
        self._put = put
        self._show = show
        self._helpers = helpers
        self._command: Command | None = None
        self._seen: Command | None = None
        """What the last run that was started cold really executes, where uv has found it."""
        self._host: Host | None = None
        self._spare: Spare | None = None
        self._trial: Host | None = None
        self._tried: tuple[str, ...] = ()
        self._pids: dict[int, tuple[int, ...]] = {}
        self._told: set[str] = set()
        self._asked: set[str] = set()
        self._modules = 0
        self._told_modules = -1
        self._lost = 0
        self._is_off = False
        self.handlers: dict[type, Callable[[Any], None]] = {Heard: self._hear}

    def start(self, command: Command) -> Begun:
        """Start a run; warm, if all is ready for that.

        Raises:
            SpawnError: the system refused to execute it.
        """
        pid = None if self._is_off else self._start_warm(command)
        if pid is not None:
            self._begun(command)
            return Begun(pid, is_warm=True)
        pid, reader = (spawn(command), None) if self._is_off else start_to_learn(command)
        self.adopt(command, reader)
        return Begun(pid, is_warm=False)

    def adopt(self, command: Command, reader: int | None) -> None:
        """Learn from a run that was started cold.

        Args:
            command: what was started.
            reader: the descriptor to read its reports from; None: there are none.
        """
        if reader is not None:
            listen(reader, new_speaker(), self._put)
        self._begun(command)

    def tick(self, now: float) -> None:
        """Do what is due."""
        if self.deadline is not None and now >= self.deadline:
            self.deadline = None
            self._improve()

    def close(self) -> None:
        """End the host and the spare."""
        self._is_off = True
        self.deadline = None
        self._drop_trial()
        self._drop_host()

    # To start warm

    def _start_warm(self, command: Command) -> int | None:
        host, spare = self._host, self._spare
        if host is None:
            return None
        if not host.is_current(command, self._lessons.directories) or self._hangs(host):
            self._drop_host()
            return None
        if spare is None or not spare.pids:
            return None
        self._spare, self._lost = None, 0
        self._forget(spare.channel)
        return spare.start(host.command.directory, host.environment_for(command))

    def _hangs(self, host: Host) -> bool:
        return host.asked_at is not None and time.monotonic() - host.asked_at > ANSWER_SECONDS

    def _begun(self, command: Command) -> None:
        if self._is_off:
            return
        self._command = command
        if self._host is not None and self._host.asked_at is None and self._spare is None:
            self._fork()
        self._wait_until_quiet()

    def _wait_until_quiet(self) -> None:
        self.deadline = time.monotonic() + QUIET_SECONDS

    # To be ready for the next start

    def _improve(self) -> None:
        """Do the next thing that makes the next start faster."""
        command, host = self._command, self._host
        if command is None or self._is_off or self._trial is not None:
            return
        if host is None:
            self._build(command)
        elif host.asked_at is None:
            self._teach(host)

    def _build(self, asked_for: Command) -> None:
        reason = obstacle(asked_for) if is_uv_run(asked_for) else ""
        command = self._seen if is_uv_run(asked_for) else asked_for
        if command is None and not reason:
            return  # the run has not come so far
        program = Unfit(reason) if command is None or reason else recognise(command)
        if isinstance(program, Unfit):
            self._turn_off(program.reason)
        elif command is not None:
            self._start_host(command, program, asked_for)

    def _start_host(self, command: Command, program: Program, asked_for: Command) -> None:
        """Start a host, after a trial whether the interpreter takes it for one.

        If it did not, the program itself would run a second time.
        """
        also = files_of(asked_for) if command is not asked_for else ()
        words = (*program.interpreter, "-c", "pass")
        trial = command._replace(path=program.interpreter[0], words=words)
        try:
            if self._tried == program.interpreter:
                self._host = Host(command, program, self._put, asked_for=asked_for, also=also)
                self._remember(self._host.channel, self._host.pid)
                self._asked.clear()
            else:
                self._tried = program.interpreter
                self._trial = Host(trial, program, self._put)
                self._remember(self._trial.channel, self._trial.pid)
        except SpawnError as error:
            self._turn_off(error.message)

    def _teach(self, host: Host) -> None:
        names = [name for name in self._lessons.wanted() if name not in self._asked]
        if names:
            self._asked.update(names)
            host.prepare(names, self._lessons.directories)
        elif self._spare is None:
            self._fork()

    def _fork(self) -> None:
        if self._host is not None:
            self._spare = self._host.fork()

    # Who belongs to no run

    def _remember(self, channel: Channel, *pids: int) -> None:
        self._pids[channel.number] = pids
        self._helpers.update(pids)

    def _forget(self, channel: Channel) -> None:
        self._helpers.difference_update(self._pids.pop(channel.number, ()))

    # What is heard

    def _hear(self, event: Heard) -> None:
        if event.message is None:
            self._helpers.difference_update(self._pids.pop(event.speaker, ()))
        if self._is_off:
            return
        if self._trial is not None and event.speaker == self._trial.channel.number:
            self._hear_trial(event.message)
        elif self._host is not None and event.speaker == self._host.channel.number:
            self._hear_host(self._host, event.message)
        elif self._spare is not None and event.speaker == self._spare.channel.number:
            self._hear_spare(self._spare, event.message)
        elif event.message and "program" in event.message:
            self._hear_program(event.message["program"])
        elif event.message and "directory" in event.message:
            self._lessons.note_directory(os.fsdecode(bytes.fromhex(event.message["directory"])))
        elif event.message and "import" in event.message:
            self._hear_run(event.message["import"])

    def _hear_trial(self, message: dict[str, Any] | None) -> None:
        self._drop_trial()
        if message is None:
            self._turn_off(
                "this Python is older than 3.9 or imports no `sitecustomize` at its start"
            )
        elif "unsafe" in message:
            self._turn_off(message["unsafe"][0])
        else:
            self._improve()

    def _hear_host(self, host: Host, message: dict[str, Any] | None) -> None:
        if message is None:
            self._drop_host()
            self._lose()
        elif "hello" in message:
            host.note_files(())
            self._improve()
        elif "skipped" in message:
            name, why = message["skipped"]
            self._lessons.skip(name)
            if name not in self._told:
                self._told.add(name)
                self._show(WarmSkipped(name, why))
        elif "ready" in message:
            self._modules, roots, *files = message["ready"]
            host.note_roots(roots.split())
            host.note_files(files)
            self._drop_spare()
            self._improve()
        elif "adopted" in message:
            self._helpers.difference_update(message["adopted"])
        elif "unsafe" in message:
            self._turn_off(message["unsafe"][0])

    def _hear_spare(self, spare: Spare, message: dict[str, Any] | None) -> None:
        if message is None:
            self._drop_spare()
            self._lose()
        elif "spare" in message:
            self._remember(spare.channel, *message["spare"])
            spare.introduce(message["spare"])
            self._tell_ready()

    def _tell_ready(self) -> None:
        if self._modules != self._told_modules:
            self._told_modules = self._modules
            self._show(WarmReady(self._modules))

    def _hear_program(self, pid: int) -> None:
        if self._command is not None and is_uv_run(self._command):
            self._seen = seen(pid) or self._seen
            self._wait_until_quiet()

    def _hear_run(self, name: str) -> None:
        if name in PATCHING:
            self._turn_off(f"{name} patches what would be imported ahead")
        elif self._lessons.note(name):
            self._wait_until_quiet()

    def _lose(self) -> None:
        self._lost += 1
        if self._lost >= LIVES:
            self._turn_off(f"the warm host or its spare was lost {LIVES} times in a row")
        else:
            self._wait_until_quiet()

    # To end

    def _turn_off(self, reason: str) -> None:
        self._show(WarmOff(reason))
        self.close()

    def _drop_trial(self) -> None:
        if self._trial is not None:
            self._trial.close()
            self._trial = None

    def _drop_host(self) -> None:
        self._drop_spare()
        if self._host is not None:
            self._host.close()
            self._host = None

    def _drop_spare(self) -> None:
        if self._spare is not None:
            self._spare.channel.close()
            self._spare = None
