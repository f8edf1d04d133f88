"""One command: what may happen to it, and which action of the table answers that."""

import time
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from restarter.configuration.settings import Settings
from restarter.notices import Started, Trouble
from restarter.processes import reap, tree
from restarter.processes.command import Command
from restarter.processes.host import Host
from restarter.processes.launched import Launched
from restarter.processes.run import Run
from restarter.processes.tree import Process
from restarter.supervising.actions import Actions
from restarter.supervising.console import Console
from restarter.supervising.decisions import Happening, Phase, decide
from restarter.supervising.lending import Lending
from restarter.supervising.supervision import After, Owner, Timer, Timers

HUNG_UP = 128 + 1
"""The exit code of who ends by SIGHUP, on every system."""

REPEAT_SECONDS = 0.2
"""A second signal to end within so short a time is the first one, from another sender."""


class Supervisor:
    """The state of one command; every method returns at once.

    Args:
        owner: the session that decides what is to run and shows what happens.
        settings: how to stop, and what follows an end.
        launched: what was done before: the mark, the guardian.
        console: the terminal, which the run may borrow.
    """

    def __init__(
        self, owner: Owner, settings: Settings, launched: Launched, console: Console
    ) -> None:
        self.mark = launched.mark
        """The value by which the processes of this restarter are known."""
        self._owner = owner
        self._host = Host(launched)
        self._timers = Timers()
        self._lending = Lending(console, self._timers, owner)
        self._actions = Actions(owner, settings, self._host, self._lending, self._timers)
        self._finish_asked_at: float | None = None
        self._was_finish_typed = False
        self._due = {
            Timer.GRACE: self._grace_is_over,
            Timer.BACK_OFF: self._back_off_is_over,
            Timer.LOOK_AGAIN: self._look_again,
            Timer.PATIENCE: self._actions.tell_patience,
            Timer.TERMINAL: self._lending.look,
            Timer.HELD: self._look_at_held,
            Timer.LENT: self._look_at_lent,
        }

    @property
    def phase(self) -> Phase:
        """Where the run stands."""
        return self._actions.phase

    @property
    def exit_code(self) -> int:
        """The exit code of restarter, when all is over."""
        return self._actions.exit_code

    @property
    def waits_to_settle(self) -> bool:
        """Whether a new run is to start when no file is written any more, changed or not."""
        return self._actions.waits_to_settle

    @property
    def tries_again(self) -> bool:
        """Whether a start has failed: the next save is the next try, whatever it changes."""
        return self._actions.tries_again

    @property
    def helpers(self) -> set[int]:
        """Process ids of our own children that belong to no run, for their owner to fill."""
        return self._host.helpers

    @property
    def is_serving(self) -> bool:
        """Whether the command itself runs, and was not asked to stop."""
        run = self._actions.run
        return self.phase is Phase.RUNNING and run is not None and run.has_leader

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, in seconds of the monotonic clock."""
        return self._timers.deadline

    # What the session reports

    def adopt(self, pid: int, command: Command, started: float) -> None:
        """Take over the first run, which was launched before anything else.

        Args:
            pid: the process id of its leader.
            command: what is executed.
            started: when, in seconds of the monotonic clock.
        """
        self._owner.show(Started(self._actions.begin(pid, started), command.words, pid))

    def reconfigure(self, settings: Settings) -> None:
        """Obey other settings from now on."""
        self._actions.settings = settings

    def change(self) -> None:
        """A batch of real changes is due."""
        self._actions.ends.forget()
        self._answer(self.kind_of_change())

    def restart(self, reason: str) -> None:
        """Start a new run for another reason than a change.

        Args:
            reason: what the person is told.
        """
        self._actions.reason = reason
        self._answer(Happening.RESTART)

    def settled(self) -> None:
        """No file is written any more: start the run that waited for that."""
        self._answer(Happening.RESTART)

    def rest(self) -> None:
        """Stop the run; the next change starts another."""
        self._actions.waits_to_settle = self._actions.tries_again = False
        self._answer(Happening.REST)

    def finish(self, exit_code: int, cause: str, *, is_typed: bool = True) -> None:
        """End the run and then restarter; asked a second time, do not wait.

        Args:
            exit_code: the exit code of restarter.
            cause: what the person is told, "Ctrl-C" for one.
            is_typed: it was a key, not a signal that somebody passed on.
        """
        again = self._is_repeated(is_typed=is_typed) and self._actions.after is After.FINISH
        self._actions.exit_code = exit_code
        self._actions.finish_cause = cause
        self._answer(Happening.FINISH_NOW if again else Happening.FINISH)
        # Not before: what has come meanwhile, on a busy machine, came at the same time.
        self._finish_asked_at = self._finish_asked_at or time.monotonic()

    def lend_terminal(self) -> None:
        """Let the run have the terminal."""
        if self.is_serving:
            self._lending.give(self._actions.run)

    def use_console(self, console: Console) -> None:
        """Use another console: a shell took restarter out of its background."""
        self._lending.console = console
        self._lending.allow(self._actions.run)

    def pass_on(self, number: int) -> None:
        """Send the run a signal that restarter received."""
        self._actions.pass_on(number)

    def children_changed(self) -> None:
        """Children ended or stopped: find out which, and what that means."""
        self._look_for_hangup()
        leader_ended = False
        helpers = []
        for pid, code, stopped_by in reap():
            self._see_to_guardian(pid)
            run = self._actions.run
            if run is None or pid != run.pid:
                helpers.append((pid, code))
            elif code is None:
                self._leader_stopped(run, stopped_by)
            else:
                run.leader_ended(code)
                leader_ended = True
        self._look_whether_over(leader_ended=leader_ended)
        # Last of all: what they have found out may stop the run, if it did not just end.
        for pid, code in helpers:
            if code is not None:
                self._owner.helper_ended(pid, code)

    def see_off(self, wait: Callable[[float], None]) -> None:
        """Reap our own children that were told to end; see `Host.see_off`."""
        self._host.see_off(wait)

    def tick(self, now: float) -> None:
        """Do what is due at `now`, in seconds of the monotonic clock."""
        while timer := self._timers.pop_due(now):
            self._due[timer]()

    # What the session asks of the run

    @property
    def run_seconds(self) -> float | None:
        """Seconds since the start of the run; None while nothing runs."""
        run = self._actions.run
        is_running = run is not None and self.phase is Phase.RUNNING
        return time.monotonic() - run.started if run is not None and is_running else None

    def open_for_writing(self, paths: AbstractSet[str]) -> set[str]:
        """Return those of the paths that the run holds open for writing."""
        return tree.open_for_writing(self._pids_of_late(), paths) if paths else set()

    def has_written(self) -> bool | None:
        """Whether the run wrote to a disk; None where the system does not tell."""
        return tree.have_written(self._pids_of_late())

    def _members(self) -> list[Process]:
        run = self._actions.run
        return [] if run is None else run.members()

    def _pids_of_late(self) -> Iterable[int]:
        run = self._actions.run
        return () if run is None else run.pids_of_late()

    # What that means

    def _answer(self, happening: Happening) -> None:
        self._actions.do(decide(self.phase, happening))

    def kind_of_change(self) -> Happening:
        """Return what a change means while the command runs."""
        settings, run = self._actions.settings, self._actions.run
        if settings.hold and self._is_terminal_in_use():
            return Happening.CHANGE_TO_HOLD
        if run is not None and not run.has_leader:
            return Happening.CHANGE  # the command has ended, only what it left goes on
        kinds = {
            "restart": Happening.CHANGE,
            "queue": Happening.CHANGE_TO_QUEUE,
            "ignore": Happening.CHANGE_TO_PASS,
        }
        return kinds.get(settings.on_change, Happening.CHANGE_TO_SIGNAL)

    def _is_terminal_in_use(self) -> bool:
        console = self._lending.console
        # Mostly the run does not have it, and nobody need look who belongs to the run.
        return console.is_lent and console.is_in_use(self._members())

    def _look_at_held(self) -> None:
        if self._lending.is_over(is_in_use=self._is_terminal_in_use()):
            self._owner.reconsider()

    def _is_repeated(self, *, is_typed: bool) -> bool:
        """Whether the end is asked for once more, by a person and not by a second messenger.

        A closed terminal sends SIGHUP, and so does its shell; npm passes on the SIGINT that the
        terminal has sent to everybody. Two keys are two keys, however fast.
        """
        now, before = time.monotonic(), self._finish_asked_at
        again = before is not None and now - before > REPEAT_SECONDS
        again = again or (is_typed and self._was_finish_typed)
        self._was_finish_typed = self._was_finish_typed or is_typed
        return again

    def _see_to_guardian(self, ended: int) -> None:
        settings = self._actions.settings
        keep = frozenset(settings.stop_keep)
        if self._host.replace_guardian(ended, settings.stop_signal, keep):
            self._owner.show(Trouble("the guardian of the run was killed and replaced"))

    def _look_at_lent(self) -> None:
        self._lending.mend()
        self._look_for_hangup()

    def _look_for_hangup(self) -> None:
        """Hear of a hangup: the kernel tells the foreground group, which may be the run's alone."""
        if self._lending.is_cut_off and self._actions.after is not After.FINISH:
            self.finish(HUNG_UP, "SIGHUP", is_typed=False)

    def _leader_stopped(self, run: Run, stopped_by: int | None) -> None:
        self._owner.look_for_console()
        if self._lending.stopped(run, stopped_by):
            self._owner.reconsider()

    def _look_whether_over(self, *, leader_ended: bool) -> None:
        run = self._actions.run
        if run is None or run.has_leader:
            return
        if not run.members():
            self._answer(Happening.RUN_OVER)
        elif self.phase is Phase.STOPPING:
            run.ask_latecomers_to_stop(self._actions.settings.stop_signal)
        elif leader_ended:
            self._answer(Happening.LEADER_ENDED)

    def _grace_is_over(self) -> None:
        phase = self.phase
        self.children_changed()  # it may have ended, and that is still on the inbox
        if self.phase is phase:
            self._answer(Happening.GRACE_OVER)

    def _back_off_is_over(self) -> None:
        self._actions.reason = "it had ended"
        self._answer(Happening.TIMER)

    def _look_again(self) -> None:
        self._actions.look_again()
        self._look_whether_over(leader_ended=False)
