"""What the program writes itself is no reason to restart it."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Protocol

from restarter.events import Writing
from restarter.loops import Cause, LoopGuard

_JOURNALS = ("-journal", "-wal", "-shm")  # sqlite.org/tempfiles.html: beside the database


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
    """

    def __init__(self, program: RunningProgram) -> None:
        self._program = program
        self._guard = LoopGuard()
        self._seen: set[str] = set()
        self._own: set[str] = set()

    def hint(self, path: str, writing: Writing) -> None:
        """Look at once who writes a file: many writers close it right afterwards."""
        journal = next((suffix for suffix in _JOURNALS if path.endswith(suffix)), "")
        if journal or writing is Writing.OPEN:
            self._seen |= self._program.open_for_writing(frozenset({path.removesuffix(journal)}))

    def among(self, paths: Iterable[str], tracked: Tracks) -> set[str]:
        """Return those of the changed files of a batch that the run itself has written."""
        changed = frozenset(paths)
        seconds = self._program.run_seconds
        seen, self._seen = self._seen, set()
        if seconds is None:  # what it wrote as its last words
            return self._own & changed
        if not changed:
            return set()
        own = (seen & changed) | self._program.open_for_writing(changed)
        own |= {path for path in changed if self._guard.is_own(path, seconds)}
        own |= self._looping(changed - own, seconds, tracked)
        self._own |= own
        return own

    def _looping(self, changed: frozenset[str], seconds: float, tracked: Tracks) -> set[str]:
        if not changed:
            return set()
        cause = Cause(changed, seconds, self._program.has_written())
        suspect = self._guard.suspect(cause)
        if suspect is None or tracked.track(suspect):
            self._guard.restarted(cause)
            return set()
        self._guard.convict(suspect)
        return {suspect}
