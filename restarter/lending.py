"""Lending the terminal: a run that reads it is stopped by the kernel, and gets it."""

from restarter.console import Console
from restarter.processes import STOPPED_FOR_TERMINAL


class Lending:
    """Whether the run has the terminal, wants it, or is to do without it.

    Args:
        console: the terminal and its keys.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._is_wanted = False
        self._is_kept = False

    @property
    def is_lent(self) -> bool:
        """Whether the run has the terminal."""
        return self.console.is_lent

    @property
    def is_wanted(self) -> bool:
        """Whether the run waits for the terminal."""
        return self._is_wanted

    def stopped(self, signal: int | None, group: int) -> bool:
        """Take note of a signal that stopped the run.

        Returns:
            Whether the terminal was lent for it.
        """
        self._is_wanted = signal in STOPPED_FOR_TERMINAL
        return self._lend(group)

    def allow(self, group: int | None) -> bool:
        """Let the run have the terminal whenever it wants it.

        Returns:
            Whether it was lent at once.
        """
        self._is_kept = False
        return group is not None and self._lend(group)

    def refuse(self) -> None:
        """Have the terminal again: the person pressed Ctrl-Z."""
        self._is_kept = True
        self.console.take_back()

    def run_over(self, *, was_killed: bool) -> None:
        """Have the terminal again, and what the run did to it undone."""
        self.console.take_back(clean=was_killed)
        self._is_wanted = self._is_kept = False

    def _lend(self, group: int) -> bool:
        if not self._is_wanted or self._is_kept or not self.console.is_terminal:
            return False
        self._is_wanted = False
        self.console.lend(group)
        return True
