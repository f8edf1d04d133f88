"""The session: wires everything together and runs the one loop."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from restarter.bytecode import remove_stale
from restarter.changes.gathering import Gatherer
from restarter.changes.own_writes import OwnWrites
from restarter.configuration.settings import Settings, name_of_field
from restarter.errors import SpawnError, UsageError
from restarter.events import Change, ChildChanged, KeyPressed, Put, SignalReceived
from restarter.notices import (
    ConfigRejected,
    Reconfigured,
    StillStopping,
    Waiting,
)
from restarter.port_memory import memory_file
from restarter.processes import own_outputs, suspend
from restarter.processes.command import Command, prepare
from restarter.processes.launched import Launched
from restarter.session.controls import bindings
from restarter.session.deliberation import Deliberation
from restarter.session.reporting import Reporter
from restarter.session.starting import Starter, open_starter
from restarter.session.wishes import Wishes
from restarter.supervising.console import open_console
from restarter.supervising.decisions import Phase
from restarter.supervising.supervision import Begun, Brief
from restarter.supervising.supervisor import Supervisor

AT_ONCE = 32
"""So many more events are handled before timers are looked at."""

_RUN_KEYS = frozenset({"command", "shell", "cwd", "env", "env_files", "links"})

_STARTER_KEYS = _RUN_KEYS - {"links"} | {"warm", "warm_modules", "warm_skip"}

_ENDING = frozenset(
    {
        signal.SIGINT,
        signal.SIGTERM,
        getattr(signal, "SIGHUP", None),
        getattr(signal, "SIGBREAK", None),  # Windows: Ctrl-Break, and a window that is closed
    }
)
_SUSPEND = getattr(signal, "SIGTSTP", None)
_CONTINUE = getattr(signal, "SIGCONT", None)


class Session:
    """One command and all that is watched for it.

    Args:
        settings: what to do.
        reload: reads the configuration again; raises UsageError if it is broken.
        launched: the first run, if it was started already.
    """

    def __init__(
        self, settings: Settings, reload: Callable[[], Settings], launched: Launched
    ) -> None:
        self._settings = settings
        self._reload = reload
        self._launched = launched
        self._inbox: SimpleQueue[Any] = SimpleQueue()
        self._console = open_console(self._inbox.put, wants_keys=settings.keys)
        self._reporter = self.open_reporter(settings, self._inbox.put, self._may_draw)
        self._supervisor = Supervisor(self, settings, launched, self._console)
        self._starter = self._open_starter(launched)
        own = {settings.output_file, memory_file(settings.base, os.environ)}
        self._own_writes = OwnWrites(self._supervisor, own_outputs() | own)
        self._operation = ""

    def run(self) -> int:
        """Watch and restart until the end.

        Returns:
            The exit code of restarter.
        """
        self._launched.signals.deliver(self._inbox.put)
        self._begin()
        self._gatherer = Gatherer(
            self._settings,
            self._launched.reference_ns,
            self._inbox,
            self.show,
            self._own_writes,
        )
        self._deliberation = Deliberation(
            self._settings,
            supervisor=self._supervisor,
            gatherer=self._gatherer,
            own_writes=self._own_writes,
            show=self.show,
        )
        if self._launched.command is not None:
            self._deliberation.starting(self._launched.command)
        wishes = Wishes(self._supervisor, self._deliberation, self._gatherer, self._reporter)
        self._keys = bindings(wishes)
        self._handlers: dict[type, Callable[[Any], None]] = (
            self._gatherer.handlers
            | self._reporter.handlers
            | dict(self._starter.handlers)
            | self.handlers()
        )
        try:
            while self._supervisor.phase is not Phase.OVER:
                self._handle_next()
        finally:
            self._deliberation.close()
            self._starter.close()
            self._gatherer.close()
            self._reporter.close()
            self._console.close()
        self._supervisor.see_off(self._wait_for_event)
        return self._supervisor.exit_code

    def open_reporter(self, settings: Settings, put: Put, may_draw: Callable[[], bool]) -> Reporter:
        """Return who tells what happens; see `Reporter`."""
        return Reporter(settings, put, may_draw)

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """Return what is done about each event that is no hint."""
        return {
            ChildChanged: self._on_child_changed,
            SignalReceived: self._on_signal,
            KeyPressed: lambda event: self._keys.get(event.key, lambda: None)(),
        }

    def _wait_for_event(self, seconds: float) -> None:
        with suppress(Empty):
            self._inbox.get(timeout=seconds)

    # The loop

    def _handle_next(self) -> None:
        try:
            event = self._inbox.get(timeout=self._seconds_to_wait())
        except Empty:
            self._gatherer.work_ahead()
            self._deliberation.work_ahead()
        else:
            self._handle_all_from(event)
        self._supervisor.tick(time.monotonic())
        self._deliberation.tick(time.monotonic())
        self._starter.tick(time.monotonic())
        self._reporter.look(self._waits())
        # What is on the inbox already belongs to the batch.
        if not self._inbox.empty():
            return
        self._own_writes.look()
        if self._gatherer.is_due(time.monotonic()):
            self._settle()
        else:
            self._deliberation.hasten()

    def _handle_all_from(self, event: object) -> None:
        """Handle what came together at once: to look at timers takes longer than most events."""
        self._handlers[type(event)](event)
        for _ in range(AT_ONCE):
            if self._inbox.empty() or self._supervisor.phase is Phase.OVER:
                return
            event = self._inbox.get()
            self._handlers[type(event)](event)

    def _seconds_to_wait(self) -> float | None:
        workers = (
            self._gatherer,
            self._supervisor,
            self._deliberation,
            self._reporter,
            self._starter,
        )
        deadlines = (each.deadline for each in workers)
        due = min((each for each in deadlines if each is not None), default=None)
        return None if due is None else max(0.0, due - time.monotonic())

    def _waits(self) -> tuple[type, ...]:
        """Return the kinds of waits that go on."""
        is_stopping = self._supervisor.phase is Phase.STOPPING
        return (StillStopping, *self._gatherer.waits) if is_stopping else self._gatherer.waits

    def _may_draw(self) -> bool:
        return self._console.is_terminal and not self._console.is_lent

    def _settle(self) -> None:
        self.look_for_console()
        batch = self._gatherer.close_batch()
        if batch.rules_are_dirty:
            self._reconfigure()
        self._operation = batch.operation or self._operation
        self._deliberation.settled(batch.paths)
        if not self._gatherer.changes():
            self._operation = ""

    # What arrives beside hints

    def _begin(self) -> None:
        if self._launched.pid is None or self._launched.command is None:
            self.show(Waiting())
        else:
            launched = self._launched
            self._supervisor.adopt(self._launched.pid, self._launched.command, launched.started)

    def _on_signal(self, event: SignalReceived) -> None:
        if event.number in _ENDING:
            is_key = event.number == signal.SIGINT and self._console.is_terminal
            cause = "Ctrl-C" if is_key else signal.Signals(event.number).name
            self._supervisor.finish(128 + event.number, cause, is_typed=event.is_typed)
            return
        self._supervisor.pass_on(event.number)
        if event.number == _SUSPEND:
            self._console.leave()
            suspend()
        elif event.number == _CONTINUE:
            self._continue()

    def _on_child_changed(self, _event: ChildChanged) -> None:
        self._supervisor.children_changed()
        self.look_for_console()

    def _continue(self) -> None:
        if self._console.is_terminal and not self._console.is_lent:
            self._console.take_back()
        self.look_for_console()

    def _reconfigure(self) -> None:
        try:
            settings = self._reload()
        except UsageError as error:
            self.show(ConfigRejected(error.message))
            return
        keys = _keys_that_differ(self._settings, settings)
        if keys:
            self.show(Reconfigured(tuple(sorted(map(name_of_field, keys - {"links"})))))
        self.use(settings)
        if keys & _STARTER_KEYS:
            self._reopen_starter()
        if keys & _RUN_KEYS:
            self._supervisor.restart("new settings")

    def use(self, settings: Settings) -> None:
        """Go on with other settings; what is known of files stays known."""
        self._settings = settings
        self._supervisor.reconfigure(settings)
        self._deliberation.reconfigure(settings)
        self._own_writes.add_output(settings.output_file)
        self._reporter.reconfigure(settings)
        self._gatherer.reopen(settings)

    def _reopen_starter(self) -> None:
        self._starter.close()
        launched = self._launched._replace(command=None, lessons=None)  # that was another one
        self._starter = self._open_starter(launched)
        self._handlers |= self._starter.handlers

    def _open_starter(self, launched: Launched) -> Starter:
        return open_starter(self._settings, launched, self._inbox.put, self.show, self._supervisor)

    # What the supervisor asks

    def brief(self, run: int) -> Brief:
        """Return what is to be run; from now on the disk is what that run was started with."""
        changes, operation = self._gatherer.changes(), self._operation
        self.acknowledge()
        if self._settings.clear:
            self._reporter.clear_screen()
        mark = self._launched.mark
        command = prepare(self._settings, run=run, changes=changes, mark=mark)
        remove_stale((change.path for change in changes), command.environment)
        return Brief(command, changes, operation)

    def rehearse(self, run: int) -> None:
        """See whether that run could be started: its files are read, its command is found."""
        try:
            prepare(self._settings, run=run, changes=(), mark=self._launched.mark)
        except SpawnError:
            self._deliberation.not_answered()
            raise

    def start(self, command: Command) -> Begun:
        """Start a run."""
        begun = self._starter.start(command)
        self._deliberation.starting(command)
        return begun

    def changes(self) -> tuple[Change, ...]:
        """Return what differs from what the last run was started with and is worth another."""
        return self._deliberation.counting()

    def reconsider(self) -> None:
        """Act on changes that waited."""
        self._deliberation.reconsider()

    def helper_ended(self, pid: int, code: int) -> None:
        """A child that is not the leader of the run has ended."""
        self._deliberation.helper_ended(pid, code)

    def acknowledge(self) -> None:
        """The changes were dealt with."""
        self._operation = ""
        self._deliberation.acknowledged()
        self._gatherer.accept_all()

    def asks_for_restart(self, code: int) -> bool:
        """Whether a run that ended with this code wants to be started again."""
        del code
        return False

    def is_settling(self) -> bool:
        """Whether files are still being written."""
        return self._gatherer.is_settling

    def look_for_console(self) -> None:
        """Use the terminal, if restarter has it by now: no signal tells of every `fg`."""
        if not self._console.is_terminal:
            self._console = open_console(self._inbox.put, wants_keys=self._settings.keys)
            self._supervisor.use_console(self._console)

    def show(self, notice: object) -> None:
        """Tell the person."""
        self._reporter.show(notice)


def _keys_that_differ(old: Settings, new: Settings) -> set[str]:
    return {key for key in Settings._fields if _value(old, key) != _value(new, key)}


def _value(settings: Settings, key: str) -> object:
    value = getattr(settings, key)
    # A pattern that only moved to another line of its file is the same.
    return tuple(each.text for each in value) if key in ("watch", "ignore") else value
