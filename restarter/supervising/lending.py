"""Lending the terminal: a run that reads it is stopped by the kernel, and gets it."""

from restarter.notices import HandedOver, WantsTerminal
from restarter.processes import CONTINUE_SIGNAL, STOPPED_FOR_TERMINAL, signal_group
from restarter.processes.run import Run
from restarter.supervising.console import Console
from restarter.supervising.supervision import Owner, Timer, Timers

HELD_SECONDS = 1.0
"""How often restarter looks whether the run still reads the terminal while a change waits."""

MEND_SECONDS = 0.1
"""How often restarter looks whether the run has put back settings that are none of its own."""

LOOK_SECONDS = 0.5
"""How often restarter looks whether it has the terminal that the run waits for."""


class Lending:
    """Whether the run has the terminal, wants it, or is to do without it.

    Args:
        console: the terminal and its keys.
        timers: where the next look for a terminal is set.
        owner: looks for a terminal, and tells the person.
    """

    def __init__(self, console: Console, timers: Timers, owner: Owner) -> None:
        self.console = console
        self._timers = timers
        self._owner = owner
        self._is_wanted = False
        self._is_kept = False
        self._is_left_alone = False

    @property
    def is_lent(self) -> bool:
        """Whether the run has the terminal."""
        return self.console.is_lent

    @property
    def is_cut_off(self) -> bool:
        """Whether the terminal was closed while the run had it."""
        return self.is_lent and self.console.is_closed

    def stopped(self, run: Run, signal: int | None) -> bool:
        """Lend the terminal to a run that was stopped, if that is what stopped it.

        Args:
            run: the run.
            signal: what stopped its leader.

        Returns:
            Whether the terminal was taken back, because the person pressed Ctrl-Z.
        """
        self._is_wanted = signal in STOPPED_FOR_TERMINAL
        if self._lend(run):
            return False
        if self._is_wanted:
            self._owner.show(WantsTerminal(run.number))
            self._timers.set(Timer.TERMINAL, LOOK_SECONDS)
            return False
        return self.is_lent and self._take_back(run)

    def give(self, run: Run | None) -> None:
        """Let the run have the terminal, whether it has asked for it or not.

        Who waits for a key with epoll(7) is stopped only when there is one to be read.
        """
        self._is_wanted = self._is_wanted or not self.is_lent
        self.allow(run)

    def allow(self, run: Run | None) -> None:
        """Let the run have the terminal whenever it wants it, now if it waits for it."""
        self._is_kept = False
        if run is not None:
            self._lend(run)

    def look(self) -> None:
        """See whether there is a terminal by now: no signal tells of every `fg`."""
        if self._is_wanted:
            self._timers.set(Timer.TERMINAL, LOOK_SECONDS)
            self._owner.look_for_console()

    def mend(self) -> None:
        """See that the run finds its own settings while it has the terminal."""
        if self.is_lent:
            self.console.mend()
            self._timers.set(Timer.LENT, MEND_SECONDS)

    def hold(self) -> None:
        """A change waits until the run does not read the terminal any more."""
        self._is_left_alone = False
        self._timers.set(Timer.HELD, HELD_SECONDS)

    def is_over(self, *, is_in_use: bool) -> bool:
        """Whether a change has waited long enough; looks again if it has not.

        No signal tells that a program has what it asked for. Between two lines that it reads, or
        two steps of a debugger, it is busy for a moment as well, so one look is not enough.

        Args:
            is_in_use: whether the run reads the terminal just now.
        """
        if self._is_left_alone and not is_in_use:
            return True
        self._is_left_alone = not is_in_use
        self._timers.set(Timer.HELD, HELD_SECONDS)
        return False

    def run_over(self, *, was_killed: bool) -> None:
        """Have the terminal again, and what the run did to it undone."""
        self.console.take_back(clean=was_killed)
        self._is_wanted = self._is_kept = False

    def _lend(self, run: Run) -> bool:
        if not self._is_wanted or self._is_kept or not self.console.is_terminal:
            return False
        self._is_wanted = False
        self.console.lend(run.pid)
        self._timers.set(Timer.LENT, MEND_SECONDS)
        self._owner.show(HandedOver(run.number))
        return True

    def _take_back(self, run: Run) -> bool:
        """Have the terminal again; the run goes on without it."""
        self._is_kept = True
        self.console.take_back()
        signal_group(run.pid, CONTINUE_SIGNAL)
        return True
