"""What the program writes itself is no reason to restart it."""

import time
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Protocol

from restarter.changes.loops import Cause, LoopGuard, may_be_output
from restarter.events import Writing


class RunningProgram(Protocol):
    """What is asked of the supervisor."""

    @property
    def run_seconds(self) -> float | None:
        """Seconds since the start of the run; None while nothing runs."""

    def open_for_writing(self, paths: AbstractSet[str]) -> set[str]:
        """Return those of the paths that the run holds open for writing."""

    def has_written(self) -> bool | None:
        """Whether the run wrote to a disk; None where the system does not tell."""


class Tracks(Protocol):
    """What is asked of version control."""

    def track(self, path: str) -> bool:
        """Whether a file is one of those that are committed."""


class OwnWrites:
    """Tells a program's own writes from those of everybody else.

    Args:
        program: the running program.
        outputs: files that our own output goes to: what is said there is never a change.
    """

    def __init__(self, program: RunningProgram, outputs: frozenset[str]) -> None:
        self._program = program
        self._outputs = outputs
        self._guard = LoopGuard()
        self._written: set[str] = set()
        self._seen: set[str] = set()
        self._own: set[str] = set()
        self._next_look = 0.0

    def add_output(self, path: str) -> None:
        """Our own output goes to one more file."""
        self._outputs |= {path}

    def is_output(self, path: str) -> bool:
        """Whether our own output goes to a file."""
        return path in self._outputs

    def hint(self, path: str, writing: Writing) -> None:
        """Take note of a write; `look` is to follow soon: many writers close the file at once."""
        if writing is Writing.OPEN and path not in self._seen:
            self._written.add(path)
        elif writing is Writing.DONE:
            self._written.discard(path)  # too late

    def look(self) -> None:
        """Look who writes the files that were written and not closed."""
        began = time.monotonic()
        if self._written and began >= self._next_look:
            self._seen |= self._program.open_for_writing(self._written)
            # Looking may take a fifth of the time: a program may write a thousand times a second.
            self._next_look = began + 5 * (time.monotonic() - began)
        self._written.clear()

    def hint_of_journal(self, database: str) -> None:
        """SQLite is about to write a database, or has just done so."""
        if database in self._own:
            self._seen.add(database)
        else:
            self.hint(database, Writing.OPEN)

    def among(self, paths: Iterable[str], tracked: Tracks) -> set[str]:
        """Return those of the changed files of a batch that the run itself has written."""
        changed = frozenset(paths)
        seconds = self._program.run_seconds
        seen, self._seen = self._seen, set()
        if seconds is None:  # what it wrote as its last words
            return (self._own | self._outputs | seen) & changed
        if not changed:
            return set()
        own = ((seen | self._outputs) & changed) | self._program.open_for_writing(changed)
        own |= {path for path in changed if self._guard.is_own(path, seconds)}
        own |= self._looping(changed - own, seconds, tracked)
        self._own |= own
        return own

    def _looping(self, changed: frozenset[str], seconds: float, tracked: Tracks) -> set[str]:
        if not changed:
            return set()
        # A save waits for the answer, most often of a source.
        wrote = self._program.has_written() if may_be_output(changed) else None
        cause = Cause(changed, seconds, wrote)
        suspect = self._guard.suspect(cause)
        if suspect is None or tracked.track(suspect):
            self._guard.restarted(cause)
            return set()
        self._guard.convict(suspect)
        return {suspect}
