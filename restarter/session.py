"""The session: wires everything together and runs the one loop."""

import os
import signal
import sys
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from restarter.batching import SettleWindow
from restarter.bytecode import remove_stale
from restarter.clock import file_system_now_ns
from restarter.decisions import Phase
from restarter.errors import UsageError
from restarter.events import (
    Armed,
    Change,
    ChildChanged,
    DirtyPaths,
    Listed,
    LostTrack,
    SignalReceived,
    SourceTrouble,
    Writing,
)
from restarter.ledger import Ledger
from restarter.notices import (
    ConfigRejected,
    ContentsKnown,
    HeldBatch,
    Ignored,
    LearnedDoubleSaves,
    OwnWrite,
    Reconfigured,
    Trouble,
    Unchanged,
    Waiting,
    Watching,
)
from restarter.own_writes import OwnWrites
from restarter.processes import Terminal, deliver_signals, suspend
from restarter.processes.command import Launched, prepare
from restarter.selection import Root, Selection
from restarter.settings import Settings
from restarter.sources import open_source
from restarter.status import open_status
from restarter.supervisor import Brief, Supervisor
from restarter.version_control import Repositories

READ_AHEAD_SECONDS = 0.005
"""How long the loop reads contents ahead before it looks at the inbox again, and rests."""

_RUN_KEYS = frozenset({"command", "shell", "cwd", "env", "env_files"})


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
        self._status = open_status(sys.stderr, os.environ, settings.verbosity, settings.base)
        self._window = SettleWindow(settings.settle)
        self._ledger = Ledger(launched.reference_ns)
        self._dirty: set[str] = set()
        self._answered: tuple[Change, ...] = ()
        self._rules_are_dirty = False
        self._is_hold_told = False
        self._terminal = Terminal.find()
        self._supervisor = Supervisor(self, settings, launched, self._terminal)
        self._own_writes = OwnWrites(self._supervisor)
        self._told_own: set[str] = set()
        self._handlers: dict[type, Callable[[Any], None]] = {
            DirtyPaths: self._on_dirty_paths,
            Listed: self._on_listed,
            LostTrack: self._on_lost_track,
            Armed: self._on_armed,
            SourceTrouble: lambda event: self.show(Trouble(event.message)),
            ChildChanged: lambda _: self._supervisor.children_changed(),
            SignalReceived: self._on_signal,
        }

    def run(self) -> int:
        """Watch and restart until the end.

        Returns:
            The exit code of restarter.
        """
        deliver_signals(self._inbox.put)
        self._begin()
        self._select()
        try:
            while self._supervisor.phase is not Phase.OVER:
                self._handle_next()
        finally:
            self._source.close()
            if self._terminal is not None:
                self._terminal.take_back()
        return self._supervisor.exit_code

    # The loop

    def _handle_next(self) -> None:
        try:
            event = self._inbox.get(timeout=self._seconds_to_wait())
        except Empty:
            self._work_ahead()
        else:
            self._handlers[type(event)](event)
        self._supervisor.tick(time.monotonic())
        # What is on the inbox already belongs to the batch.
        if self._inbox.empty():
            self._look_at_window(time.monotonic())

    def _look_at_window(self, now: float) -> None:
        deadline = self._window.deadline
        if deadline is None or now < deadline:
            return
        self._window.look(now, is_busy=self._repositories.are_busy())
        if self._window.is_due(now):
            self._settle()
        elif not self._is_hold_told and self._window.is_held:
            self._is_hold_told = True
            self.show(HeldBatch())

    def _seconds_to_wait(self) -> float | None:
        deadlines = [self._window.deadline, self._supervisor.deadline]
        if self._ledger.has_unread():
            deadlines.append(time.monotonic() + READ_AHEAD_SECONDS)
        due = min((each for each in deadlines if each is not None), default=None)
        return None if due is None else max(0.0, due - time.monotonic())

    def _work_ahead(self) -> None:
        if self._window.deadline is None and self._ledger.has_unread():
            self._ledger.read_ahead(READ_AHEAD_SECONDS)
            if not self._ledger.has_unread():
                self.show(ContentsKnown(self._ledger.read_files))

    # What arrives

    def _on_dirty_paths(self, event: DirtyPaths) -> None:
        for path in event.paths:
            self._note_dirty(path, event.writing)

    def _note_dirty(self, path: str, writing: Writing) -> None:
        is_rule = path in self._settings.config_files or path in self._selection.rule_files
        is_selected = self._ledger.has_directory(path) or self._selection.is_selected(path)
        self._rules_are_dirty |= is_rule
        self._own_writes.hint(path, writing)
        if is_selected:
            self._dirty.add(path)
        if is_selected or is_rule:
            self._window.add(path, writing, now=time.monotonic())
        else:
            self._show_ignored(path)

    def _on_listed(self, event: Listed) -> None:
        if self._ledger.take(event):
            self._note_found(event.directory)

    def _note_found(self, directory: str) -> None:
        self._window.add(directory, Writing.UNCERTAIN, now=time.monotonic())

    def _on_lost_track(self, event: LostTrack) -> None:
        if self._settings.verbosity > 0:
            self.show(Trouble(f"{event.reason}: looking at everything again"))

    def _on_armed(self, event: Armed) -> None:
        if self._ledger.look_at_all_but(event.visited):
            self._note_found(self._settings.base)
        self.show(Watching(event.source, len(self._ledger), event.directories))

    def _on_signal(self, event: SignalReceived) -> None:
        if event.number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)):
            is_key = event.number == signal.SIGINT and self._terminal is not None
            cause = "Ctrl-C" if is_key else signal.Signals(event.number).name
            self._supervisor.finish(128 + event.number, cause)
            return
        self._supervisor.pass_on(event.number)
        if event.number == getattr(signal, "SIGTSTP", None):
            suspend()

    # What follows

    def _settle(self) -> None:
        dirty, self._dirty = self._dirty, set()
        self._close_window()
        self._ledger.look(dirty)
        if self._rules_are_dirty:
            self._rules_are_dirty = False
            self._reconfigure()
        self._accept_own_writes()
        changes = self._ledger.differences()
        if self._supervisor.waits_to_settle:
            self._supervisor.restart("")
        elif changes and changes != self._answered:
            self._answered = changes
            self._supervisor.change()
        elif dirty and not changes and self._settings.verbosity > 0:
            self.show(Unchanged(tuple(sorted(dirty))))

    def _accept_own_writes(self) -> None:
        paths = (change.path for change in self._ledger.differences())
        own = self._own_writes.among(paths, self._repositories)
        self._ledger.accept(own)
        for path in sorted(own - self._told_own):
            self.show(OwnWrite(path))
        self._told_own |= own

    def _close_window(self) -> None:
        learned = self._window.learned_seconds
        self._window.close(time.monotonic())
        self._is_hold_told = False
        if self._window.learned_seconds and not learned:
            self.show(LearnedDoubleSaves(self._window.learned_seconds))

    def _reconfigure(self) -> None:
        try:
            settings = self._reload()
        except UsageError as error:
            self.show(ConfigRejected(error.message))
            return
        keys = _keys_that_differ(self._settings, settings)
        self._settings = self._supervisor.settings = settings
        if "settle" in keys:
            self._window = SettleWindow(settings.settle)
        if keys:
            self.show(Reconfigured(tuple(sorted(keys))))
        self._source.close()
        self._select()
        if keys & _RUN_KEYS:
            self._supervisor.restart("new settings")

    def _select(self) -> None:
        self._selection = Selection(self._settings, environ=os.environ)
        self._ledger.keep_only(self._selection.is_selected)
        self._repositories = Repositories(root.path for root in self._selection.roots)
        own = tuple(Root(path, is_file=True, origin="") for path in self._settings.config_files)
        self._source = open_source(
            (*self._selection.roots, *own),
            self._selection,
            self._inbox.put,
            poll=self._settings.poll,
            interval=self._settings.poll_interval,
        )
        self._source.start()

    def _begin(self) -> None:
        if self._launched.pid is None or self._launched.command is None:
            self.show(Waiting())
        else:
            self._supervisor.adopt(self._launched.pid, self._launched.command)

    def _show_ignored(self, path: str) -> None:
        if self._settings.verbosity > 0:
            rule = self._selection.verdict(path).rule
            self.show(Ignored(path, rule.pattern, rule.origin))

    # What the supervisor asks

    def brief(self, run: int) -> Brief:
        """Return what is to be run; from now on the disk is what that run was started with."""
        changes = self._ledger.differences()
        self.acknowledge()
        if self._settings.clear:
            self._status.clear_screen()
        mark = self._launched.mark
        command = prepare(self._settings, run=run, changes=changes, mark=mark)
        remove_stale((change.path for change in changes), command.environment)
        return Brief(command, changes)

    def changes(self) -> tuple[Change, ...]:
        """Return what differs from what the last run was started with."""
        return self._ledger.differences()

    def acknowledge(self) -> None:
        """The changes were dealt with."""
        self._answered = ()
        self._ledger.commit(file_system_now_ns())

    def is_settling(self) -> bool:
        """Whether files are still being written."""
        return self._window.deadline is not None

    def show(self, notice: object) -> None:
        """Tell the person."""
        self._status.show(notice)


def _keys_that_differ(old: Settings, new: Settings) -> set[str]:
    return {key for key in Settings._fields if _value(old, key) != _value(new, key)}


def _value(settings: Settings, key: str) -> object:
    value = getattr(settings, key)
    # A pattern that only moved to another line of its file is the same.
    return tuple(each.text for each in value) if key in ("watch", "ignore") else value
