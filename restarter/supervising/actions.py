"""Carrying out what was decided: start a run, stop it, and do what follows its end."""

import signal
import time
from collections.abc import Callable

from restarter.configuration.settings import Settings
from restarter.errors import SpawnError
from restarter.notices import (
    Held,
    Passed,
    Queued,
    Restarted,
    Rested,
    Signalled,
    Spared,
    SpawnFailed,
    Started,
    Stopped,
)
from restarter.processes import signal_group
from restarter.processes.host import Host
from restarter.processes.run import Run
from restarter.supervising.decisions import Action, Phase
from restarter.supervising.ends import Ends, after_end, exit_code_of
from restarter.supervising.lending import Lending
from restarter.supervising.stopping import Stopping
from restarter.supervising.supervision import After, Begun, Brief, Owner, Timer, Timers


class Actions:
    """The run and what is done with it; every method returns at once.

    Args:
        owner: the session that decides what is to run and shows what happens.
        settings: how to stop, and what follows an end.
        host: begins runs.
        lending: the terminal, which the run may borrow.
        timers: where deadlines are set.
    """

    def __init__(
        self, owner: Owner, settings: Settings, host: Host, lending: Lending, timers: Timers
    ) -> None:
        self.settings = settings
        self.phase = Phase.WAITING
        self.run: Run | None = None
        self.after = After.REST
        self.reason = ""
        """Why the next run is started, if that is not for a change."""
        self.waits_to_settle = False
        self.tries_again = False
        self.exit_code = 0
        self.finish_cause = ""
        self.ends = Ends(owner.show)
        self._owner = owner
        self._host = host
        self._lending = lending
        self._timers = timers
        self._stopping = Stopping(timers, owner.show)
        self._runs = 0
        self._methods: dict[Action, Callable[[], None]] = {
            Action.NOTHING: lambda: None,
            Action.START: self._start,
            Action.STOP_THEN_START: self._stop_to_start,
            Action.STOP_THEN_REST: lambda: self._stop(After.REST),
            Action.GO_TO_REST: self._go_to_rest,
            Action.MEAN_TO_REST: lambda: self._mean_to(After.REST),
            Action.STOP_THEN_FINISH: lambda: self._stop(After.FINISH),
            Action.KILL: lambda: self._kill(self.settings.stop_timeout),
            Action.KILL_THEN_FINISH: self._kill_then_finish,
            Action.MEAN_TO_START: lambda: self._mean_to(After.START),
            Action.MEAN_TO_FINISH: lambda: self._mean_to(After.FINISH),
            Action.FOLLOW: self._follow,
            Action.REPORT_END: self._report_end,
            Action.REPORT_LEADER: self._report_leader,
            Action.GIVE_UP: self._give_up,
            Action.QUEUE: lambda: self._owner.show(Queued(self._owner.changes())),
            Action.PASS: self._pass,
            Action.HOLD: self._hold,
            Action.SIGNAL: self._signal,
            Action.FINISH: self._finish,
        }

    def do(self, action: Action) -> None:
        """Carry out one action."""
        self._methods[action]()

    def begin(self, pid: int, started: float | None = None) -> int:
        """Take a leader that was just started for the next run; returns the run's number."""
        self._runs += 1
        self.run = self._host.begin(self._runs, pid, frozenset(self.settings.stop_keep))
        self.run.started = started or self.run.started
        self.phase = Phase.RUNNING
        return self._runs

    def pass_on(self, number: int) -> None:
        """Send the group of the run a signal, if there is one."""
        if self.run is not None and self.run.has_leader:
            signal_group(self.run.pid, number)

    # While a stop goes on

    def look_again(self) -> None:
        """Ask or kill those who came to be after the others were asked or killed."""
        if self.phase is Phase.STOPPING:
            self._stopping.ask_latecomers(self._living(), self.settings.stop_signal)
        elif self.phase is Phase.KILLING:
            self._stopping.kill_latecomers(self._living())

    def tell_patience(self) -> None:
        """Tell who is waited for."""
        self._stopping.tell_patience(self._living(), is_last=self.after is After.FINISH)

    # To start

    def _start(self) -> None:
        self._timers.clear()
        self.after = After.REST
        self.phase = Phase.WAITING
        self.tries_again = False
        self.waits_to_settle = self._owner.is_settling()
        if self.waits_to_settle:
            return
        began = time.monotonic()
        try:
            brief = self._owner.brief(self._runs + 1)
            begun = self._owner.start(brief.command)
        except SpawnError as error:
            self._owner.show(SpawnFailed(error.message, "waiting for a change"))
            # The remedy may be no change: chmod(1), or a file that is back as it was.
            self.reason, self.tries_again = "another try", True
        else:
            self._show_start(brief, begun, time.monotonic() - began)
            self.reason = ""
        self._stopping.seconds = None

    def _show_start(self, brief: Brief, begun: Begun, seconds: float) -> None:
        pid, is_warm = begun
        run = self.begin(pid)
        if run == 1:
            self._owner.show(Started(run, brief.command.words, pid))
            return
        _, changes, operation = brief
        stop_seconds = self._stopping.seconds
        notice = Restarted(
            run, pid, changes, self.reason, operation, stop_seconds, seconds, is_warm
        )
        self._owner.show(notice)

    # To stop

    def _stop_to_start(self) -> None:
        """Stop the run only if the next one could be started as things are."""
        try:
            self._owner.rehearse(self._runs + 1)
        except SpawnError as error:
            self._owner.show(SpawnFailed(error.message, "the program goes on"))
        else:
            self._stop(After.START)

    def _stop(self, after: After) -> None:
        self.after = after
        self.phase = Phase.STOPPING
        settings = self.settings
        self._stopping.ask(self._living(), settings.stop_signal, settings.stop_timeout)

    def _kill(self, given_seconds: float | None) -> None:
        self.phase = Phase.KILLING
        self._stopping.kill(self._living(), given_seconds)

    def _kill_then_finish(self) -> None:
        self.after = After.FINISH
        self._kill(None)

    def _mean_to(self, after: After) -> None:
        if self.after is not After.FINISH:
            self.after = after

    def _give_up(self) -> None:
        self._stopping.give_up(self._living())
        self._follow()

    # To answer a change without a new run

    def _hold(self) -> None:
        self._lending.hold()
        self._owner.show(Held(self._owner.changes()))

    def _pass(self) -> None:
        changes = self._owner.changes()
        self._owner.acknowledge()
        self._owner.show(Passed(changes))

    def _signal(self) -> None:
        changes = self._owner.changes()
        self._owner.acknowledge()
        self.pass_on(signal.Signals[self.settings.on_change])
        self._owner.show(Signalled(self.settings.on_change, changes))

    # To end a run

    def _report_leader(self) -> None:
        run = self._living()
        self._see_what_follows(run)
        self.ends.report(run, self.after)
        if self.after is not After.REST:
            self._stop(self.after)

    def _report_end(self) -> None:
        run = self._living()
        if not run.is_reported:
            self._see_what_follows(run)
            # Before the person reads of the end: a Ctrl-C that answers it would reach nobody.
            self._take_terminal_back(run)
            self.ends.report(run, self.after)
        self._follow()

    def _see_what_follows(self, run: Run) -> None:
        code = run.code or 0
        if self._owner.asks_for_restart(code):
            self.reason = f"it asked for it with code {code}"
            self.after = self.ends.after_request(run)
            return
        self.after = after_end(
            code,
            self.settings,
            had_terminal=self._lending.is_lent,
            has_changes=bool(self._owner.changes()),
        )
        if self.after is After.FINISH:
            self.exit_code = exit_code_of(code)

    def _take_terminal_back(self, run: Run) -> None:
        self._lending.run_over(was_killed=run.code != 0)

    def _follow(self) -> None:
        self._close_run()
        after, self.after = self.after, After.REST
        if after is After.START:
            self._start()
        elif after is After.FINISH:
            self._finish()
        elif after is After.REST and self._stopping.seconds is not None:
            self._owner.show(Rested(self._stopping.seconds))
        elif after is After.BACK_OFF:
            self.phase = Phase.BACKING_OFF
            self._timers.set(Timer.BACK_OFF, self.ends.pause)
        if self.run is None and self.phase is not Phase.OVER:
            self._host.over()

    def _close_run(self) -> None:
        run, self.run = self._living(), None
        self._go_to_rest()
        self._stopping.over()
        self._take_terminal_back(run)
        if run.spared:
            self._owner.show(Spared(run.spared))

    def _go_to_rest(self) -> None:
        self.phase = Phase.WAITING
        self._timers.clear()

    def _finish(self) -> None:
        self.phase = Phase.OVER
        self._timers.clear()
        self._host.close()
        if self.finish_cause:
            self._owner.show(Stopped(self.finish_cause, self._stopping.seconds))

    def _living(self) -> Run:
        assert self.run is not None, "only a run that was begun stops or ends"  # noqa: S101
        return self.run
