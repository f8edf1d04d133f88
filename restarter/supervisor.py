"""One command: start it, stop all that came of it, start it again."""

import signal
import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from restarter.console import Console
from restarter.decisions import Action, BackOff, Happening, Phase, decide
from restarter.errors import SpawnError
from restarter.lending import Lending
from restarter.notices import (
    CrashLoop,
    Escalated,
    Exited,
    HandedOver,
    Held,
    Passed,
    Queued,
    Restarted,
    Rested,
    Signalled,
    Spared,
    SpawnFailed,
    Started,
    StillStopping,
    Stopped,
    Stuck,
    Trouble,
    WantsTerminal,
)
from restarter.processes import (
    CONTINUE_SIGNAL,
    reap,
    signal_group,
    spawn,
    tree,
)
from restarter.processes.command import Command
from restarter.processes.host import Host
from restarter.processes.launched import Launched
from restarter.processes.run import Run
from restarter.processes.tree import Process
from restarter.settings import Settings
from restarter.supervision import (
    KILL_SECONDS,
    LOOK_AGAIN_SECONDS,
    PATIENCE_SECONDS,
    TERMINAL_SECONDS,
    After,
    Brief,
    Owner,
    Timer,
    Timers,
)

EARLY_SECONDS = 2.0
EARLY_ENDS = 3
"""So many ends in a row, each so soon after the start, are worth a word."""

REPEAT_SECONDS = 0.2
"""A second signal to end within so short a time is the first one, from another sender."""

INTERRUPTED = 128 + signal.SIGINT
"""What shells report of a program that Ctrl-C has ended, and what some programs return then."""


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
        self.settings = settings
        self.phase = Phase.WAITING
        self.exit_code = 0
        self.waits_to_settle = False
        self._owner = owner
        self._lending = Lending(console)
        self._host = Host(launched)
        self._run: Run | None = None
        self._runs = 0
        self._reason = ""
        self._after = After.REST
        self._finish_cause = ""
        self._finish_asked_at: float | None = None
        self._stop_began: float | None = None
        self._stop_seconds: float | None = None
        self._back_off = BackOff()
        self._pause = 0.0
        self._early_ends = 0
        self._timers = Timers()
        self._due = {
            Timer.GRACE: self._grace_is_over,
            Timer.BACK_OFF: self._back_off_is_over,
            Timer.LOOK_AGAIN: self._look_again,
            Timer.PATIENCE: self._tell_patience,
            Timer.TERMINAL: self._look_for_terminal,
        }
        self._actions: dict[Action, Callable[[], None]] = {
            Action.NOTHING: lambda: None,
            Action.START: self._start,
            Action.STOP_THEN_START: lambda: self._stop(After.START),
            Action.STOP_THEN_REST: lambda: self._stop(After.REST),
            Action.GO_TO_REST: self._go_to_rest,
            Action.MEAN_TO_REST: self._mean_to_rest,
            Action.STOP_THEN_FINISH: lambda: self._stop(After.FINISH),
            Action.KILL: self._kill_in_time,
            Action.KILL_THEN_FINISH: self._kill_now,
            Action.MEAN_TO_START: self._mean_to_start,
            Action.MEAN_TO_FINISH: self._mean_to_finish,
            Action.FOLLOW: self._follow,
            Action.REPORT_END: self._report_end,
            Action.REPORT_LEADER: self._report_leader,
            Action.GIVE_UP: self._give_up,
            Action.QUEUE: lambda: self._owner.show(Queued(self._owner.changes())),
            Action.PASS: self._pass,
            Action.HOLD: lambda: self._owner.show(Held(self._owner.changes())),
            Action.SIGNAL: self._signal,
            Action.FINISH: self._finish,
        }

    # What may happen

    def adopt(self, pid: int, command: Command) -> None:
        """Take over the first run, which was launched before anything else."""
        self._begin(pid)
        self._owner.show(Started(self._runs, command.words, pid))

    def change(self) -> None:
        """A batch of real changes is due."""
        self._back_off = BackOff()
        self._answer(self._kind_of_change())

    def restart(self, reason: str) -> None:
        """Start a new run for another reason than a change.

        Args:
            reason: what the person is told.
        """
        self._reason = reason
        self._answer(Happening.RESTART)

    def settled(self) -> None:
        """No file is written any more: start the run that waited for that."""
        if self.waits_to_settle:
            self._answer(Happening.RESTART)

    def lend_terminal(self) -> None:
        """Let the run have the terminal as soon as it wants it, now if it waits for it."""
        if self._lending.allow(None if self._run is None else self._run.pid):
            self._owner.show(HandedOver(self._runs))

    def use_console(self, console: Console) -> None:
        """Use another console: a shell took restarter out of its background."""
        self._lending.console = console
        self.lend_terminal()

    def rest(self) -> None:
        """Stop the run; the next change starts another."""
        self.waits_to_settle = False
        self._answer(Happening.REST)

    def finish(self, exit_code: int, cause: str) -> None:
        """End the run and then restarter; asked a second time, do not wait.

        Args:
            exit_code: the exit code of restarter.
            cause: what the person is told, "Ctrl-C" for one.
        """
        again = self._is_repeated() and self._after is After.FINISH
        self.exit_code = exit_code
        self._finish_cause = cause
        self._answer(Happening.FINISH_NOW if again else Happening.FINISH)

    def _is_repeated(self) -> bool:
        """Whether the end is asked for once more, by a person and not by a second messenger.

        A closed terminal sends SIGHUP, and so does its shell; npm passes on the SIGINT that the
        terminal has sent to everybody.
        """
        now, before = time.monotonic(), self._finish_asked_at
        self._finish_asked_at = before or now
        return before is not None and now - before > REPEAT_SECONDS

    def children_changed(self) -> None:
        """Children ended or stopped: find out which, and what that means."""
        leader_ended = False
        for pid, code, stopped_by in reap():
            if self._host.replace_guardian(pid, self.settings.stop_signal):
                self._owner.show(Trouble("the guardian of the run was killed and replaced"))
            if self._run is None or pid != self._run.pid:
                continue
            if code is None:
                self._leader_stopped(stopped_by)
            else:
                self._run.code = code
                leader_ended = True
        self._look_whether_over(leader_ended=leader_ended)

    def tick(self, now: float) -> None:
        """Do what is due at `now`, in seconds of the monotonic clock."""
        for timer in self._timers.pop_due(now):
            self._due[timer]()

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, in seconds of the monotonic clock."""
        return self._timers.deadline

    def pass_on(self, number: int) -> None:
        """Send the run a signal that restarter received."""
        if self._run is not None and self._run.has_leader:
            signal_group(self._run.pid, number)

    # What the run does

    @property
    def run_seconds(self) -> float | None:
        """Seconds since the start of the run; None while nothing runs."""
        is_running = self.phase is Phase.RUNNING
        return time.monotonic() - self._living().started if is_running else None

    def open_for_writing(self, paths: AbstractSet[str]) -> set[str]:
        """Return those of the paths that the run holds open for writing."""
        if not paths or self._run is None:
            return set()
        return tree.open_for_writing(self._run.members_of_late(), paths)

    def has_written(self) -> bool | None:
        """Whether the run wrote to a disk; None where the system does not tell."""
        return tree.have_written(self._members())

    def _members(self) -> list[Process]:
        return [] if self._run is None else self._run.members()

    # What is done about it

    def _answer(self, happening: Happening) -> None:
        self._actions[decide(self.phase, happening)]()

    def _grace_is_over(self) -> None:
        phase = self.phase
        self.children_changed()  # it may have ended, and that is still on the inbox
        if self.phase is phase:
            self._answer(Happening.GRACE_OVER)

    def _back_off_is_over(self) -> None:
        self._reason = "it had ended"
        self._answer(Happening.TIMER)

    def _kind_of_change(self) -> Happening:
        if self.settings.hold and self._lending.console.is_in_use(self._members()):
            return Happening.CHANGE_TO_HOLD
        if self._run is not None and not self._run.has_leader:
            return Happening.CHANGE  # the command has ended, only what it left goes on
        kinds = {
            "restart": Happening.CHANGE,
            "queue": Happening.CHANGE_TO_QUEUE,
            "ignore": Happening.CHANGE_TO_PASS,
        }
        return kinds.get(self.settings.on_change, Happening.CHANGE_TO_SIGNAL)

    def _start(self) -> None:
        self._timers.clear()
        self._after = After.REST
        self.phase = Phase.WAITING
        self.waits_to_settle = self._owner.is_settling()
        if self.waits_to_settle:
            return
        try:
            brief = self._owner.brief(self._runs + 1)
            pid = spawn(brief.command)
        except SpawnError as error:
            self._owner.show(SpawnFailed(error.message, "waiting for a change"))
        else:
            self._begin(pid)
            self._show_start(brief, pid)
        self._reason, self._stop_seconds = "", None

    def _begin(self, pid: int) -> None:
        self._runs += 1
        self._run = self._host.begin(self._runs, pid, frozenset(self.settings.stop_keep))
        self.phase = Phase.RUNNING

    def _show_start(self, brief: Brief, pid: int) -> None:
        if self._runs == 1:
            notice: object = Started(1, brief.command.words, pid)
        else:
            seconds = self._stop_seconds
            notice = Restarted(self._runs, pid, brief.changes, self._reason, seconds)
        self._owner.show(notice)

    def _stop(self, after: After) -> None:
        self._after = after
        self._stop_began = time.monotonic()
        self.phase = Phase.STOPPING
        self._living().ask_to_stop(self.settings.stop_signal)
        self._timers.set(Timer.GRACE, self.settings.stop_timeout)
        self._timers.set(Timer.LOOK_AGAIN, LOOK_AGAIN_SECONDS)
        self._timers.set(Timer.PATIENCE, PATIENCE_SECONDS)

    def _kill_in_time(self) -> None:
        self._kill(self.settings.stop_timeout)

    def _kill_now(self) -> None:
        self._after = After.FINISH
        self._stop_began = self._stop_began or time.monotonic()
        self._kill(None)

    def _kill(self, given_seconds: float | None) -> None:
        self.phase = Phase.KILLING
        killed = self._living().kill()
        if killed:
            self._owner.show(Escalated(tree.describe(killed), given_seconds))
        self._timers.cancel(Timer.PATIENCE)
        self._timers.set(Timer.GRACE, KILL_SECONDS)
        self._timers.set(Timer.LOOK_AGAIN, LOOK_AGAIN_SECONDS)

    def _mean_to_start(self) -> None:
        if self._after is not After.FINISH:
            self._after = After.START

    def _mean_to_rest(self) -> None:
        if self._after is not After.FINISH:
            self._after = After.REST

    def _go_to_rest(self) -> None:
        self.phase = Phase.WAITING
        self._timers.clear()

    def _mean_to_finish(self) -> None:
        self._after = After.FINISH

    def _pass(self) -> None:
        changes = self._owner.changes()
        self._owner.acknowledge()
        self._owner.show(Passed(changes))

    def _signal(self) -> None:
        changes = self._owner.changes()
        self._owner.acknowledge()
        self.pass_on(signal.Signals[self.settings.on_change])
        self._owner.show(Signalled(self.settings.on_change, changes))

    def _finish(self) -> None:
        self.phase = Phase.OVER
        self._timers.clear()
        self._host.close()
        if self._finish_cause:
            self._owner.show(Stopped(self._finish_cause, self._stop_seconds))

    # How a run ends

    def _leader_stopped(self, stopped_by: int | None) -> None:
        run = self._living()
        if self._lending.stopped(stopped_by, run.pid):
            self._owner.show(HandedOver(run.number))
        elif self._lending.is_wanted:
            self._owner.show(WantsTerminal(run.number))
            self._timers.set(Timer.TERMINAL, TERMINAL_SECONDS)
        elif self._lending.is_lent:
            self._take_terminal_back()

    def _look_for_terminal(self) -> None:
        """No signal tells that a shell took us out of its background."""
        if self._lending.is_wanted:
            self._timers.set(Timer.TERMINAL, TERMINAL_SECONDS)
            self._owner.look_for_console()

    def _take_terminal_back(self) -> None:
        """The person pressed Ctrl-Z: the run goes on without the terminal."""
        self._lending.refuse()
        self.pass_on(CONTINUE_SIGNAL)
        if self._owner.changes():
            self.change()

    def _look_whether_over(self, *, leader_ended: bool) -> None:
        run = self._run
        if run is None or run.has_leader:
            return
        if not run.members():
            self._answer(Happening.RUN_OVER)
        elif self.phase is Phase.STOPPING:
            run.ask_latecomers_to_stop(self.settings.stop_signal)
        elif leader_ended:
            self._answer(Happening.LEADER_ENDED)

    def _look_again(self) -> None:
        if self.phase is Phase.STOPPING:
            self._living().ask_latecomers_to_stop(self.settings.stop_signal)
        elif self.phase is Phase.KILLING:
            self._living().kill()
        self._timers.set(Timer.LOOK_AGAIN, LOOK_AGAIN_SECONDS)
        self._look_whether_over(leader_ended=False)

    def _tell_patience(self) -> None:
        left = self._timers.left(Timer.GRACE)
        members = tree.describe(self._living().members())
        self._owner.show(StillStopping(members, left, self._after is After.FINISH))

    def _report_leader(self) -> None:
        self._after = self._after_end()
        self._report()
        if self._after is not After.REST:
            self._stop(self._after)

    def _report_end(self) -> None:
        if not self._living().is_reported:
            self._after = self._after_end()
            self._report()
        self._follow()

    def _report(self) -> None:
        run = self._living()
        run.is_reported = True
        lived = time.monotonic() - run.started
        if self._after is After.BACK_OFF:
            self._pause = self._back_off.next_seconds(lived)
            self._note_crash(lived)
        remaining = tree.describe(run.members())
        following = self._following()
        self._owner.show(Exited(run.number, run.code or 0, lived, remaining, following))

    def _note_crash(self, lived_seconds: float) -> None:
        self._early_ends = self._early_ends + 1 if lived_seconds < EARLY_SECONDS else 0
        if self._early_ends == EARLY_ENDS:
            self._owner.show(CrashLoop(self._early_ends))

    def _following(self) -> str:
        return {
            After.REST: "waiting for a change",
            After.START: "starting again for the changes that waited",
            After.BACK_OFF: f"starting again in {self._pause:g} s",
            After.FINISH: "",
        }[self._after]

    def _after_end(self) -> After:
        code = self._living().code or 0
        if self._lending.is_lent:
            if code in (-signal.SIGINT, INTERRUPTED):
                self.exit_code = INTERRUPTED
                return After.FINISH
            if self._owner.changes():
                return After.START
        if self.settings.on_change == "queue" and self._owner.changes():
            return After.START
        policy = self.settings.on_crash if code else self.settings.on_exit
        if policy == "exit":
            self.exit_code = code if code >= 0 else 128 - code
        return {"wait": After.REST, "restart": After.BACK_OFF, "exit": After.FINISH}[policy]

    def _give_up(self) -> None:
        self._owner.show(Stuck(tree.describe(self._living().members())))
        self._follow()

    def _follow(self) -> None:
        self._close_run()
        after, self._after = self._after, After.REST
        if after is After.START:
            self._start()
        elif after is After.FINISH:
            self._finish()
        elif after is After.REST and self._stop_seconds is not None:
            self._owner.show(Rested(self._stop_seconds))
        elif after is After.BACK_OFF:
            self.phase = Phase.BACKING_OFF
            self._timers.set(Timer.BACK_OFF, self._pause)

    def _close_run(self) -> None:
        run, self._run = self._living(), None
        self.phase = Phase.WAITING
        self._timers.clear()
        self._host.over()
        if self._stop_began is not None:
            self._stop_seconds = time.monotonic() - self._stop_began
            self._stop_began = None
        self._lending.run_over(was_killed=run.code != 0)
        if run.spared:
            self._owner.show(Spared(run.spared))

    def _living(self) -> Run:
        assert self._run is not None, "only a run that was begun stops or ends"  # noqa: S101
        return self._run
