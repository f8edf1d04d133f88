"""Think before killing: what a batch of changes leads to while the program runs.

Of the changes those are left out which the program made itself or which do not change its code.
Sources that do not compile hold all of them, and so does a check that fails. When a change is
certain to stop the program, the stop begins before the window is over.
"""

import os
import time
from collections.abc import Callable, Iterable

from restarter.changes.contents import digest_of_bytes
from restarter.changes.gathering import Gatherer
from restarter.changes.loops import SOURCE_SUFFIXES
from restarter.changes.own_writes import OwnWrites
from restarter.configuration.settings import Settings
from restarter.events import Change, ChangeKind
from restarter.judging.checking import Checking
from restarter.judging.errands import Errands
from restarter.judging.python_program import find_program
from restarter.judging.second_opinion import SecondOpinion, is_own_python
from restarter.judging.weighing import PAUSE_SECONDS, Weighed, Weighing
from restarter.notices import Mended, OwnWrite, Refused, SameCode, SourcesKnown, Unchanged
from restarter.processes.command import Command
from restarter.supervising.decisions import Happening, Phase
from restarter.supervising.supervisor import Supervisor
from restarter.warm.program import Program

SINGLE_SAVES = 20
"""With more files there is no hurry, and to weigh all of them again after each would take long."""

_ACTED_ON = frozenset({Happening.CHANGE, Happening.CHANGE_TO_SIGNAL})
_UNDER_WAY = frozenset({Phase.STOPPING, Phase.KILLING, Phase.OVER})
_EMPTY = digest_of_bytes(b"")


class Deliberation:
    """Decides which changes the supervisor is told of, and when.

    Args:
        settings: whether to look at sources, and which checks to run.
        supervisor: the command.
        gatherer: the changes.
        own_writes: tells which of them the program made itself.
        show: tells the person.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        supervisor: Supervisor,
        gatherer: Gatherer,
        own_writes: OwnWrites,
        show: Callable[[object], None],
    ) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._gatherer = gatherer
        self._own_writes = own_writes
        self._show = show
        self._errands = Errands(supervisor.helpers)
        self._weighing = Weighing(gatherer)
        self._opinion = SecondOpinion(self._errands, self._weighing)
        self._checking = Checking(self._errands, gatherer, supervisor.mark, show)
        self._command: Command | None = None
        self._program: Program | None = None
        self._is_paused = False
        self._told_own: set[str] = set()
        self._told_broken: set[bytes] = set()
        self._answered: tuple[Change, ...] = ()

    # What the session reports

    def reconfigure(self, settings: Settings) -> None:
        """Obey other settings from now on."""
        if settings.check != self._settings.check:
            self._checking.forget()
        self._settings = settings
        self._recognise()

    def starting(self, command: Command) -> None:
        """A command is started, with all changes until now."""
        self._command = command
        self._recognise()
        self.acknowledged()

    def acknowledged(self) -> None:
        """The changes until now were dealt with."""
        self._answered = ()
        self._told_broken.clear()
        self._stop_thinking()

    def not_answered(self) -> None:
        """Nothing came of the changes: the next save tries again."""
        self._answered = ()

    def helper_ended(self, pid: int, code: int) -> None:
        """A child that is not the leader of the run has ended."""
        self._errands.ended(pid, code)

    def pause(self, *, is_paused: bool) -> None:
        """Do not act on changes, or do so again."""
        self._is_paused = is_paused
        self._look_again()

    def close(self) -> None:
        """End whatever was started to find out more."""
        self._errands.close()

    # When

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, in seconds of the monotonic clock."""
        learning = time.monotonic() + PAUSE_SECONDS if self._has_to_learn() else None
        deadlines = (self._opinion.deadline, self._checking.deadline, learning)
        return min((each for each in deadlines if each is not None), default=None)

    def tick(self, now: float) -> None:
        """Do what is due at `now`; nothing is thought about that does not run any more."""
        self._opinion.tick(now)
        self._checking.tick(now)
        is_thinking = self._checking.is_running or self._opinion.is_awaited
        if is_thinking and not self._supervisor.is_serving:
            self._stop_thinking()
            if self._supervisor.phase not in _UNDER_WAY:
                self.reconsider()

    def work_ahead(self) -> None:
        """Use a quiet moment to learn what the sources do."""
        if self._has_to_learn():
            self._weighing.learn_one()
            if not self._weighing.has_to_learn():
                self._show(SourcesKnown())

    def _has_to_learn(self) -> bool:
        return (
            self._program is not None
            and self._gatherer.is_acquainted
            and not self._gatherer.is_settling
            and self._weighing.has_to_learn()
        )

    # Which changes count

    def counting(self) -> tuple[Change, ...]:
        """Return the changes that are worth another run."""
        return self._weigh().counting

    def settled(self, paths: Iterable[str]) -> None:
        """The window is over.

        Args:
            paths: what was written.
        """
        self._accept_own_writes()
        tries_again = self._supervisor.tries_again and not self._is_paused
        if self._supervisor.waits_to_settle or tries_again:
            self._supervisor.settled()
        elif self._gatherer.changes():
            self._consider(tuple(sorted(paths)))
        else:
            self._nothing_counts(Weighed(()), tuple(sorted(paths)))

    def reconsider(self) -> None:
        """What made changes wait is over: act on them, if there are any."""
        self._answered = ()
        self._look_again()

    def _look_again(self) -> None:
        if self._gatherer.changes():
            self._consider(())

    def hasten(self) -> None:
        """Begin the stop while the window is open, if a file is saved that is certain to cause it.

        Sources are compiled in this time in any case, so that it costs nothing later.
        """
        finished = self._gatherer.finished
        if not 0 < len(finished) <= SINGLE_SAVES or not self._supervisor.is_serving:
            return
        certain = self._certain(self._weigh())
        if certain and self._may_hasten():
            self._accept_own_writes()
            changes = self._gatherer.changes()
            if certain & {change.path for change in changes}:
                self._act_on(changes)

    def _certain(self, weighed: Weighed) -> set[str]:
        """Return the files that stay changed, whatever else is written.

        Not those that came or went: so do temporary files. Not an empty one: it was truncated,
        and its text follows. Not what may be an output of the program.
        """
        return {
            path
            for kind, path in (() if weighed.broken else weighed.counting)
            if kind is ChangeKind.MODIFIED
            and path in self._gatherer.finished
            and path not in weighed.unknown
            and os.path.splitext(path)[1] in SOURCE_SUFFIXES
            and self._gatherer.digests(path)[1] not in (None, _EMPTY)
        }

    def _may_hasten(self) -> bool:
        return (
            not self._is_paused
            and not self._settings.check
            and self._gatherer.repositories.are_quiet()
            and self._supervisor.kind_of_change() is Happening.CHANGE
        )

    def _weigh(self) -> Weighed:
        changes = self._gatherer.changes()
        return Weighed(changes) if self._program is None else self._weighing.weigh(changes)

    def _recognise(self) -> None:
        command = self._command if self._settings.preflight else None
        self._program = None if command is None else find_program(command)
        if self._program is not None:
            self._weighing.believes_itself = is_own_python(self._program)

    def _accept_own_writes(self) -> None:
        paths = (change.path for change in self._gatherer.changes())
        self._accept(self._own_writes.among(paths, self._gatherer.repositories))

    def _accept(self, own: set[str]) -> None:
        self._gatherer.accept(own)
        for path in sorted(own - self._told_own):
            if not self._own_writes.is_output(path):
                self._show(OwnWrite(path))
        self._told_own |= own

    # What they lead to

    def _consider(self, paths: tuple[str, ...]) -> None:
        if not self._supervisor.is_serving:
            self._act_on(self._gatherer.changes())
            return
        weighed = self._weigh()
        if weighed.doubtful and self._program is not None and self._command is not None:
            self._opinion.ask(self._program, self._command, weighed.doubtful, self._look_again)
        elif not weighed.counting:
            self._nothing_counts(weighed, paths)
        elif self._is_approved(weighed.counting):
            self._act_on(weighed.counting)

    def _is_approved(self, changes: tuple[Change, ...]) -> bool:
        """Whether the checks have passed; if that is not known, this is asked again later."""
        if not self._settings.check or self._supervisor.kind_of_change() not in _ACTED_ON:
            return True
        if self._is_paused:
            return False
        self._accept(self._checking.own_writes(changes))
        return self._checking.approves(self._weigh().counting, self._settings, self._look_again)

    def _act_on(self, changes: tuple[Change, ...]) -> None:
        if changes and changes != self._answered and not self._is_paused:
            self._answered = changes
            self._supervisor.change()

    def _nothing_counts(self, weighed: Weighed, paths: tuple[str, ...]) -> None:
        self._stop_thinking()
        self._tell_broken(weighed)
        same = tuple(path for path in paths if path in weighed.same)
        if same and not weighed.broken:
            self._show(SameCode(same))
        elif paths and not weighed.broken:
            self._show(Unchanged(paths))

    def _tell_broken(self, weighed: Weighed) -> None:
        for path, digest, refusal in weighed.broken:
            if digest not in self._told_broken:
                self._show(Refused(path, *refusal))
        if self._told_broken and not weighed.broken:
            self._show(Mended())
        self._told_broken = {each.digest for each in weighed.broken}

    def _stop_thinking(self) -> None:
        self._opinion.cancel()
        self._checking.forget()
