"""The console: terminal and keyboard together, so that never both of us read it."""

import sys
from collections.abc import Iterable
from typing import Protocol

from restarter.events import Put
from restarter.processes import tree
from restarter.processes.terminals import Terminal
from restarter.processes.tree import Process
from restarter.supervising.keyboard import Keyboard


class Console(Protocol):
    """What the person sits at."""

    @property
    def is_terminal(self) -> bool:
        """Whether there is a terminal that restarter may use."""

    @property
    def is_lent(self) -> bool:
        """Whether the run has it."""

    @property
    def is_closed(self) -> bool:
        """Whether the terminal is there no more."""

    def is_in_use(self, members: Iterable[Process]) -> bool:
        """Whether one of these processes reads the terminal just now."""

    def lend(self, group: int) -> None:
        """Let a process group have it, and continue that group."""

    def take_back(self, *, clean: bool = False) -> None:
        """Have it again.

        Args:
            clean: the borrower was killed, and what it did to the screen is to be undone.
        """

    def mend(self) -> None:
        """Undo that the run put back restarter's own settings."""

    def leave(self) -> None:
        """Restore it as it was found, for now or for good."""

    def close(self) -> None:
        """Leave it for good."""


class NoConsole:
    """There is no terminal, or it is somebody else's."""

    is_terminal = False
    is_lent = False
    is_closed = False

    def is_in_use(self, members: Iterable[Process]) -> bool:
        """Return False: whoever has the terminal is not known."""
        del members
        return False

    def lend(self, group: int) -> None:
        """Do nothing: whoever has the terminal decides who may read it."""

    def take_back(self, *, clean: bool = False) -> None:
        """Do nothing."""

    def mend(self) -> None:
        """Do nothing."""

    def leave(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class TerminalConsole:
    """A terminal, and its keys while the run does not have it.

    Args:
        terminal: the terminal.
        keyboard: reads keys; None where keys are not wanted or belong to the run.
    """

    is_terminal = True

    def __init__(self, terminal: Terminal, keyboard: Keyboard | None) -> None:
        self._terminal = terminal
        self._keyboard = keyboard

    @property
    def is_lent(self) -> bool:
        """Whether the run has it."""
        return self._terminal.is_lent

    @property
    def is_closed(self) -> bool:
        """Whether the terminal is there no more."""
        return self._terminal.is_closed()

    def is_in_use(self, members: Iterable[Process]) -> bool:
        """Whether one of these processes reads the terminal just now."""
        terminal = self._terminal
        return self.is_lent and (terminal.is_raw() or tree.are_reading(members, terminal.devices))

    def lend(self, group: int) -> None:
        """Let a process group have it, and continue that group."""
        self._pause()
        self._terminal.lend(group)

    def take_back(self, *, clean: bool = False) -> None:
        """Have it again."""
        if self._terminal.take_back(clean=clean) and self._keyboard is not None:
            self._keyboard.listen()

    def mend(self) -> None:
        """Undo that the run put back restarter's own settings."""
        self._terminal.mend()

    def leave(self) -> None:
        """Restore it as it was found."""
        self._pause()
        self._terminal.give_up()

    def close(self) -> None:
        """Leave it for good."""
        if self._keyboard is not None:
            self._keyboard.close()
        self._terminal.give_up()

    def _pause(self) -> None:
        if self._keyboard is not None:
            self._keyboard.pause()


def open_console(put: Put, *, wants_keys: bool) -> Console:
    """Return the console of this process.

    Args:
        put: puts pressed keys on the inbox.
        wants_keys: read single keys; only if standard input is the terminal, otherwise what is
            typed is not meant for restarter.
    """
    terminal = Terminal.find()
    if terminal is None:
        return NoConsole()
    if not (wants_keys and sys.stdin is not None and sys.stdin.isatty()):
        return TerminalConsole(terminal, None)
    terminal.read_single_keys()
    console = TerminalConsole(terminal, Keyboard(terminal.descriptor, put))
    console.take_back()
    return console
