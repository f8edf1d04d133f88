"""From hints to a batch of real changes: selection, source, window and ledger together."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from queue import SimpleQueue
from typing import Any, NamedTuple, Protocol

from restarter.changes.batching import HOLD_LIMIT, SettleWindow
from restarter.changes.ledger import Ledger
from restarter.changes.loops import database_of
from restarter.changes.version_control import Repositories
from restarter.clock import file_system_now_ns
from restarter.configuration.settings import Settings
from restarter.events import (
    Armed,
    Change,
    DirtyPaths,
    Listed,
    LostTrack,
    SourceTrouble,
    Stat,
    Verified,
    Writing,
)
from restarter.notices import (
    Arming,
    ContentsKnown,
    HeldBatch,
    Ignored,
    LearnedDoubleSaves,
    Trouble,
    Watching,
)
from restarter.selection import Root, Selection
from restarter.sources import open_source

READ_AHEAD_SECONDS = 0.005
"""For how long contents are read ahead before the inbox is looked at again, and how long the
pause is after it."""


class Batch(NamedTuple):
    """What was dirty when the window closed.

    Args:
        paths: the selected paths that were hinted at.
        rules_are_dirty: a configuration or rule file is among what was written.
        operation: of version control, that may have written it all; may be empty.
    """

    paths: frozenset[str]
    rules_are_dirty: bool
    operation: str


class Writers(Protocol):
    """Who finds out which program writes a file."""

    def is_output(self, path: str) -> bool:
        """Whether restarter itself writes the file."""

    def hint(self, path: str, writing: Writing) -> None:
        """A selected file was written."""

    def hint_of_journal(self, database: str) -> None:
        """The journal of a selected database was written."""


class Gatherer:
    """Watches the files of the settings, and tells what differs from what the run knows.

    Args:
        settings: what is watched, and how.
        reference_ns: the file system's clock just before the run was started.
        inbox: where the source puts its events.
        show: tells the person.
        writers: finds out who writes a file, while it is open.
    """

    def __init__(
        self,
        settings: Settings,
        reference_ns: int,
        inbox: SimpleQueue[Any],
        show: Callable[[object], None],
        writers: Writers,
    ) -> None:
        self.handlers: dict[type, Callable[[Any], None]] = {
            DirtyPaths: self._on_dirty_paths,
            Listed: self._on_listed,
            Armed: self._on_armed,
            Verified: self._on_verified,
            LostTrack: self._on_lost_track,
            SourceTrouble: lambda event: show(Trouble(event.message)),
        }
        self.verbosity = settings.verbosity
        self._settings = settings
        self._inbox = inbox
        self._show = show
        self._writers = writers
        self._ledger = Ledger(reference_ns)
        self._window = SettleWindow(settings.settle)
        self._dirty: set[str] = set()
        self.finished: set[str] = set()
        """The files of the open batch whose writers were done, and that were looked at since."""
        self.is_acquainted = False
        """Whether the contents of all files are known, as far as they are ever read ahead."""
        self._unseen: set[str] = set()
        self._rules_are_dirty = False
        self._is_hold_told = False
        self._began = 0.0
        self._armed: Armed | None = None
        self._told_watching: Watching | None = None
        self._told_ignored: set[str] = set()
        self._read_by_program: dict[str, Stat] = {}
        self._open()

    def close(self) -> None:
        """Stop watching."""
        self._source.close()

    def reopen(self, settings: Settings) -> None:
        """Watch by other settings, or by other rule files; what is known stays known."""
        if settings.settle != self._settings.settle:
            self._window = SettleWindow(settings.settle)
        self._settings = settings
        self._source.close()
        self._open()

    def learn(self, files: Mapping[str, Stat]) -> None:
        """Take files that are watched from now on to be what the running program has read.

        Args:
            files: what the program found, by path.
        """
        self._read_by_program |= files

    # When

    @property
    def deadline(self) -> float | None:
        """When to look again, in seconds of the monotonic clock."""
        deadline = self._window.deadline
        if deadline is None and self._ledger.has_unread():
            return time.monotonic() + READ_AHEAD_SECONDS
        return deadline

    @property
    def is_settling(self) -> bool:
        """Whether files are still being written."""
        return self._window.deadline is not None

    @property
    def waits(self) -> tuple[type, ...]:
        """The notices of waits that go on: for the first look, for version control."""
        return (Arming,) * self._is_arming + (HeldBatch,) * self._is_hold_told

    def is_due(self, now: float) -> bool:
        """Whether what was gathered is one batch now."""
        deadline = self._window.deadline
        if deadline is None or now < deadline:
            return False
        self._window.look(now, is_busy=self.repositories.are_busy())
        if self._window.is_held and not self._is_hold_told and not self._window.is_due(now):
            self._is_hold_told = True
            self._show(HeldBatch(HOLD_LIMIT))
        return self._window.is_due(now)

    def work_ahead(self) -> None:
        """Use a quiet moment to learn what the files hold."""
        if self._window.deadline is None and self._ledger.has_unread():
            self._ledger.read_ahead(READ_AHEAD_SECONDS)
            if not self._ledger.has_unread():
                self.is_acquainted = True
                self._show(ContentsKnown(self._ledger.read_files))

    # What

    def close_batch(self) -> Batch:
        """Look at all that is dirty; the next hint begins another batch."""
        operation = self.repositories.operation_since(self._began, is_held=self._is_hold_told)
        batch = Batch(frozenset(self._dirty), self._rules_are_dirty, operation)
        self._dirty, self._rules_are_dirty, self._is_hold_told = set(), False, False
        self.finished.clear()
        learned = self._window.learned_seconds
        self._window.close(time.monotonic())
        if self._window.learned_seconds and not learned:
            self._show(LearnedDoubleSaves(self._window.learned_seconds))
        unseen, self._unseen = self._unseen, set()
        self._ledger.look(unseen)
        return batch

    def changes(self) -> tuple[Change, ...]:
        """Return how the files, as last looked at, differ from what the run knows."""
        return self._ledger.differences()

    def digests(self, path: str) -> tuple[bytes | None, bytes | None]:
        """Return hashes of what the run was started with, and of what was there last."""
        return self._ledger.digests(path)

    def newest(self, suffix: str, limit: int, count: int) -> list[str]:
        """Return the known files that were changed last, newest first."""
        return self._ledger.newest(suffix, limit, count)

    def accept(self, paths: Iterable[str]) -> None:
        """The run knows what became of these files."""
        self._ledger.accept(paths)

    def accept_all(self) -> None:
        """The run knows, or is about to be started with, the files as they were last seen."""
        self._ledger.commit(file_system_now_ns())

    def ignored(self, path: str) -> Ignored:
        """Return why a hint for a path was not taken."""
        rule = self._selection.verdict(path).rule
        return Ignored(path, rule.pattern, rule.origin)

    # How

    def _open(self) -> None:
        settings = self._settings
        self._told_ignored.clear()
        self._selection = Selection(settings, environ=os.environ)
        self._ledger.follows_links = self._selection.follows_links
        self._ledger.keep_only(self._selection.is_selected)
        self.repositories = Repositories(root.path for root in self._selection.roots)
        self._links = frozenset(link for link, _ in settings.links)
        rules = filter(os.path.isfile, self._selection.rule_files)
        own = tuple(
            Root(path, is_file=True, origin="")
            for path in (*settings.config_files, *self._links, *rules)
        )
        self._source = open_source(
            (*self._selection.roots, *own),
            self._selection,
            self._inbox.put,
            poll=settings.poll,
            interval=settings.poll_interval,
        )
        self._is_arming = True
        self._show(Arming())
        self._source.start()

    def _on_dirty_paths(self, event: DirtyPaths) -> None:
        if self._window.deadline is None:
            self._began = time.time()
        for path in event.paths:
            self._note_dirty(path, event.writing)

    def _note_dirty(self, path: str, writing: Writing) -> None:
        if self._writers.is_output(path):
            return  # whatever is said of it is written to it, and would be news of it again
        is_rule = (
            path in self._settings.config_files
            or path in self._selection.rule_files
            or path in self._links
        )
        is_selected = self._ledger.has_directory(path) or self._selection.is_selected(path)
        self._rules_are_dirty |= is_rule
        if is_selected and writing is Writing.UNCERTAIN and self._ledger.came_and_went(path):
            self._note_gone(path)
        elif is_selected or is_rule:
            self._window.add(path, writing, now=time.monotonic())
            if is_selected:
                self._note_selected(path, writing)
        else:
            self._note_ignored(path)

    def _note_selected(self, path: str, writing: Writing) -> None:
        self._dirty.add(path)
        self._writers.hint(path, writing)
        if writing is Writing.DONE:  # so that little is left to look at when the batch is due
            self._ledger.look((path,))
            self._unseen.discard(path)
            self.finished.add(path)
        else:
            self._unseen.add(path)
            self.finished.discard(path)

    def _note_gone(self, path: str) -> None:
        """A temporary file is gone: nothing comes after it, and there is nothing to look at."""
        self._window.forget(path)
        self._dirty.discard(path)
        self._unseen.discard(path)
        self.finished.discard(path)

    def _note_ignored(self, path: str) -> None:
        database = database_of(path)
        if database and self._selection.is_selected(database):
            self._writers.hint_of_journal(database)
        if self.verbosity > 0 and path not in self._told_ignored:
            self._told_ignored.add(path)
            self._show(self.ignored(path))

    def _on_listed(self, event: Listed) -> None:
        read = self._read_by_program
        for path in [path for path in read if os.path.dirname(path) == event.directory]:
            self._ledger.learn(path, read.pop(path))
        if self._ledger.take(event):
            self._note_found(event.directory)

    def _on_armed(self, event: Armed) -> None:
        self._armed = event

    def _on_verified(self, event: Verified) -> None:
        if self._ledger.look_at_all_but(event.visited):
            self._note_found(self._settings.base)
        armed, self._armed = self._armed, None
        if armed is not None:
            self._is_arming = False
            self._tell_watching(Watching(armed.source, len(self._ledger), armed.directories))

    def _tell_watching(self, watching: Watching) -> None:
        if watching != self._told_watching or self.verbosity > 0:
            self._told_watching = watching
            self._show(watching)

    def _note_found(self, directory: str) -> None:
        self._window.add(directory, Writing.UNCERTAIN, now=time.monotonic())

    def _on_lost_track(self, event: LostTrack) -> None:
        if self.verbosity > 0:
            self._show(Trouble(f"{event.reason}: looking at everything again"))
