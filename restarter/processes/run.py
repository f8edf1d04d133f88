"""One run: its leader, its group, and its descendants wherever they went."""

import time
from collections.abc import Set as AbstractSet

import psutil

from restarter.processes import KILL_SIGNAL, group_of, signal_group, stop_signals, tree


class Run:
    """One run of the command.

    The leader's pid names the group for as long as the leader was not reaped. From then on
    processes are only signalled one by one, after a check that the pid still belongs to the
    process that was meant.

    Args:
        number: the number of the run, from 1.
        pid: the leader's process id.
        adopting: orphans become our children, so that all descendants of this process but
            `helpers` are the run's.
        keep: names of processes that are meant to outlive the run.
        helpers: pids of our own children that are none of the run's.
    """

    def __init__(
        self,
        number: int,
        pid: int,
        *,
        adopting: bool,
        keep: AbstractSet[str] = frozenset(),
        helpers: AbstractSet[int] = frozenset(),
    ) -> None:
        self.number = number
        self.pid = pid
        self.started = time.monotonic()
        self.code: int | None = None
        self.is_reported = False
        self._adopting = adopting
        self._keep = keep
        self._helpers = helpers
        self._known: set[psutil.Process] = set()
        self._signalled: set[psutil.Process] = set()
        self.spared: tuple[str, ...] = ()

    @property
    def has_leader(self) -> bool:
        """Whether the leader was not reaped yet, so that its pid and group are its own."""
        return self.code is None

    def members(self) -> list[psutil.Process]:
        """Return every living process of the run, without those to be kept."""
        if self._adopting:
            living = tree.descendants(but=self._helpers)
        else:
            living = tree.group_and_known(self.pid if self.has_leader else None, self._known)
        self._known = set(living)
        kept = {process for process in living if self._is_kept(process)}
        self.spared = tree.describe(kept)
        return [process for process in living if process not in kept]

    def stop(self, number: int) -> None:
        """Send the stop signal to every member that did not get it yet."""
        members = set(self.members())
        if not self._signalled and self.has_leader:
            self._signalled = {member for member in members if self._is_in_group(member)}
            for each in stop_signals(number):
                signal_group(self.pid, each)
        for member in members - self._signalled:
            for each in stop_signals(number):
                tree.signal_one(member, each)
        self._signalled |= members

    def kill(self) -> list[psutil.Process]:
        """Kill every member.

        Returns:
            Those that were still alive.
        """
        members = self.members()
        if self.has_leader:
            signal_group(self.pid, KILL_SIGNAL)
        for member in members:
            tree.signal_one(member, KILL_SIGNAL)
        return members

    def _is_kept(self, process: psutil.Process) -> bool:
        # Whatever stays in the group of the command did not mean to leave it.
        return (
            bool(self._keep)
            and process.pid != self.pid
            and not self._is_in_group(process)
            and tree.is_named(process, self._keep)
        )

    def _is_in_group(self, process: psutil.Process) -> bool:
        return group_of(process.pid) == self.pid
