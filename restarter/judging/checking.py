"""Whether the checks approve of changes: each state of the files is checked once."""

import time
from collections.abc import Callable, Iterable

from restarter.changes.gathering import Gatherer
from restarter.changes.loops import Cause, LoopGuard
from restarter.configuration.settings import Settings
from restarter.events import Change
from restarter.judging.checks import Checks
from restarter.judging.errands import Errands

_State = frozenset[tuple[Change, bytes | None]]
"""Changes, each with a hash of what the file holds now."""


class Checking:
    """Remembers which state of the files was checked last, and what came of it.

    Args:
        errands: runs the checks.
        gatherer: knows what the files hold.
        mark: the value by which the processes of this restarter are known.
        show: tells the person.
    """

    def __init__(
        self, errands: Errands, gatherer: Gatherer, mark: str, show: Callable[[object], None]
    ) -> None:
        self._gatherer = gatherer
        self._mark = mark
        self._checks = Checks(errands, show)
        self._guard = LoopGuard()
        self._state: _State = frozenset()
        self._has_passed = False
        self._began = 0.0

    @property
    def is_running(self) -> bool:
        """Whether a check goes on."""
        return self._checks.is_running

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, in seconds of the monotonic clock."""
        return self._checks.deadline

    def tick(self, now: float) -> None:
        """Do what is due at `now`."""
        self._checks.tick(now)

    def approves(
        self, changes: tuple[Change, ...], settings: Settings, then: Callable[[], None]
    ) -> bool:
        """Whether the checks have passed for what the files hold now.

        If that was not checked yet, it is from now on, and what is checked still is ended.

        Args:
            changes: what is checked.
            settings: the checks.
            then: called when they are over.
        """
        state = self._state_of(changes)
        if state != self._state:
            self._state, self._has_passed, self._then = state, False, then
            self._began = time.monotonic()
            self._checks.start(settings, changes, self._mark, self._over)
        return self._has_passed

    def own_writes(self, changes: Iterable[Change]) -> set[str]:
        """Return the changes that a check makes each time that it runs.

        It would be begun anew for each of them, and never end.
        """
        if not self.is_running:
            return set()
        newer = self._state_of(changes) - self._state
        paths = frozenset(change.path for change, _ in newer)
        delay = time.monotonic() - self._began
        if paths:
            self._look_for_loop(Cause(paths, delay, wrote=None))
        return {path for path in paths if self._guard.is_own(path, delay)}

    def forget(self) -> None:
        """Check no more, and everything anew the next time."""
        self._checks.cancel()
        self._state, self._has_passed = frozenset(), False

    def _look_for_loop(self, cause: Cause) -> None:
        suspect = self._guard.suspect(cause)
        if suspect is None or self._gatherer.repositories.track(suspect):
            self._guard.restarted(cause)
        else:
            self._guard.convict(suspect)

    def _over(self, has_passed: bool) -> None:  # noqa: FBT001
        self._has_passed = has_passed
        self._then()

    def _state_of(self, changes: Iterable[Change]) -> _State:
        return frozenset((each, self._gatherer.digests(each.path)[1]) for each in changes)
