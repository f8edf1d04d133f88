"""One run: its leader, its group, and its descendants wherever they went."""

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from restarter.processes import tree
from restarter.processes.marks import Marks
from restarter.processes.system import KILL_SIGNAL, group_of, signal_group, stop_signals
from restarter.processes.tree import Process


class Home(NamedTuple):
    """What every run of one restarter has in common.

    Args:
        marks: finds those that carry its mark in their environment.
        adopting: orphans become children of this process, so that all its descendants but
            `helpers` are the run's.
        helpers: returns the pids of our own children that are none of a run's.
        strangers: pids of children that somebody else started before.
        keep: names of processes that are meant to outlive a run.
    """

    marks: Marks
    adopting: bool
    helpers: Callable[[], set[int]]
    strangers: frozenset[int]
    keep: frozenset[str]


_TICK_SECONDS = 0.02
"""psutil tells when a process was created to a hundredth of a second."""


_STALE_SECONDS = 0.2
"""For how long a list of members serves to find out who writes a file."""


class Run:
    """One run of the command.

    The leader's pid names the group for as long as the leader was not reaped. From then on
    processes are only signalled one by one, after a check that the pid still belongs to the
    process that was meant.

    Args:
        number: the number of the run, from 1.
        pid: the leader's process id.
        home: what is the same for every run.
    """

    def __init__(self, number: int, pid: int, home: Home) -> None:
        self.number = number
        self.pid = pid
        self.started = time.monotonic()
        self.code: int | None = None
        self.is_reported = False
        self.spared: tuple[str, ...] = ()
        self._home = home
        self._known: set[Process] = set()
        self._asked: set[Process] = set()
        self._group_asked_at: float | None = None
        self._pids: Iterable[int] = ()
        self._looked_at = -_STALE_SECONDS

    @property
    def has_leader(self) -> bool:
        """Whether the leader was not reaped yet, so that its pid and group are its own."""
        return self.code is None

    def leader_ended(self, code: int) -> None:
        """Take note that the leader was reaped.

        Args:
            code: its exit code, or minus the number of the signal that ended it.
        """
        self.code = code
        self._known = {each for each in self._known if each.pid != self.pid}

    def members(self) -> list[Process]:
        """Return every living process of the run, without those to be kept."""
        if self._home.adopting:
            living = self._descendants()
            living |= set(filter(tree.is_alive, self._known - living))
        else:
            living = set(filter(tree.is_alive, self._known))
            living |= self._group_and_known(living)
        self._known = living
        kept = {each for each in living if tree.is_kept(each, self._home.keep, self.pid)}
        self.spared = tree.describe(kept)
        return [process for process in living if process not in kept]

    def _descendants(self) -> set[Process]:
        home = self._home
        found = tree.descendants(but=home.helpers() | home.strangers)
        if not home.strangers:
            return set(found)
        # An adopted orphan may be a stranger's as well: only the mark tells.
        ours = self._marked()
        return {each for each in found if each in ours or self._is_in_group(each)}

    def _group_and_known(self, living: set[Process]) -> set[Process]:
        """Return what is found where orphans go to somebody else."""
        if self.has_leader:
            return set(tree.group_and_known(self.pid, living))
        # Whoever lost its parents before anybody looked is found by its mark alone.
        return set(tree.group_and_known(None, living | self._marked()))

    def _marked(self) -> set[Process]:
        helpers = self._home.helpers()
        found = self._home.marks.carriers()
        return {each for each in found if not helpers & {each.pid, group_of(each.pid)}}

    def pids_of_late(self) -> Iterable[int]:
        """Return the pids of the run, as they were a moment ago: for a look that is taken often."""
        if time.monotonic() - self._looked_at > _STALE_SECONDS:
            self._pids = self._look_for_pids()
            self._looked_at = time.monotonic()
        return self._pids

    def _look_for_pids(self) -> set[int]:
        home = self._home
        if not home.adopting or home.strangers:
            self.members()
            return {each.pid for each in self._known}
        # A save waits for this: what more `members` finds out of each process takes far longer.
        pids = set(tree.descendant_pids(but=home.helpers()))
        elsewhere = [each for each in self._known if each.pid not in pids]
        return pids | {each.pid for each in filter(tree.is_alive, elsewhere)}

    def ask_to_stop(self, number: int) -> None:
        """Send the stop signal to the group, and to every member outside it.

        Args:
            number: the signal.
        """
        if not self._home.adopting:
            self.members()  # who loses its parents by the signal is found by them now only
        self._group_asked_at = time.time()
        if self.has_leader:
            for each in stop_signals(number):
                signal_group(self.pid, each)
        self._known |= self._marked()
        self._ask(number, [each for each in self.members() if not self._is_in_group(each)])

    def ask_latecomers_to_stop(self, number: int) -> None:
        """Send the stop signal to every member that did not get it yet."""
        self._ask(number, [each for each in self.members() if not self._was_in_asked_group(each)])

    def kill(self) -> tuple[str, ...]:
        """Kill every member.

        Returns:
            Those that were still alive, as they are shown to the person.
        """
        members = self.members()
        described = tree.describe(members)  # of a dead process nobody knows the command line
        if self.has_leader:
            signal_group(self.pid, KILL_SIGNAL)
        for member in members:
            tree.signal_one(member, KILL_SIGNAL)
        return described

    def _ask(self, number: int, members: list[Process]) -> None:
        for member in members:
            if member not in self._asked:
                for each in stop_signals(number):
                    tree.signal_one(member, each)
        self._asked |= set(members)

    def _was_in_asked_group(self, process: Process) -> bool:
        """Whether the process got the group's signal: it was there, and not about to be forked."""
        if self._group_asked_at is None or not self._is_in_group(process):
            return False
        return tree.created_at(process) < self._group_asked_at - _TICK_SECONDS

    def _is_in_group(self, process: Process) -> bool:
        return group_of(process.pid) == self.pid
