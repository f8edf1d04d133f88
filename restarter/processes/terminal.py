"""The controlling terminal: lend it to the run, take it back, leave it as it was found."""

import contextlib
import os
import signal
import sys
import termios
from typing import Any

assert sys.platform != "win32"  # noqa: S101  mypy reads this module for other systems alone

_FLAGS = os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY


class Terminal:
    """The terminal that restarter was started in, when it is its foreground process.

    Args:
        descriptor: an open descriptor of the terminal.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._attributes: list[Any] = termios.tcgetattr(descriptor)
        self.is_lent = False
        # A process in the background that sets the terminal up is stopped, unless it blocks
        # the signal (termios(3), tcsetpgrp(3)): that is what taking it back needs.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})

    @classmethod
    def find(cls) -> "Terminal | None":
        """Return the terminal; None where there is none or another group has it."""
        try:
            descriptor = os.open(os.ctermid(), _FLAGS)
        except OSError:
            return None
        with contextlib.suppress(OSError, termios.error):
            if os.tcgetpgrp(descriptor) == os.getpgrp():
                return cls(descriptor)
        os.close(descriptor)
        return None

    def lend(self, group: int) -> None:
        """Make a process group the foreground of the terminal, and continue it."""
        with contextlib.suppress(OSError):
            os.tcsetpgrp(self._descriptor, group)
            self.is_lent = True
            os.killpg(group, signal.SIGCONT)

    def take_back(self) -> None:
        """Be the foreground again, with the settings that the terminal had at first."""
        with contextlib.suppress(OSError, termios.error):
            if os.tcgetpgrp(self._descriptor) != os.getpgrp():
                os.tcsetpgrp(self._descriptor, os.getpgrp())
            termios.tcsetattr(self._descriptor, termios.TCSANOW, self._attributes)
        self.is_lent = False
