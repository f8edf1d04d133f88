"""The controlling terminal: lend it to the run, take it back, leave it as it was found."""

import contextlib
import fcntl
import os
import signal
import sys
import termios
from typing import Any

assert sys.platform != "win32"  # noqa: S101  mypy reads this module for other systems alone

_FLAGS = os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY
_TIOCGDEV = 0x80045432  # asm-generic/ioctls.h: the number of the device behind /dev/tty
_LOCAL_FLAGS = 3  # the place of c_lflag in what tcgetattr() returns
_CONTROL_CHARACTERS = 6

_OUR_SIGN = 7
"""The VTIME of our settings: with a VMIN of 1 it means nothing (termios(3)), and tells them from
those of a program that reads single keys itself."""

_CLEAN = (
    b"\x1b[?1047l"  # leave the alternate screen, without a jump of the cursor
    b"\x1b[?25h"  # show the cursor
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l"  # no reports of the mouse
    b"\x1b[?2004l"  # no bracketed paste
    b"\x1b[?1l\x1b>"  # normal cursor and number keys
    b"\x1b[0m"
)
"""What a full-screen program would have sent at its end (xterm control sequences)."""


class Terminal:
    """The terminal that restarter was started in, when it is its foreground process.

    Args:
        descriptor: an open descriptor of the terminal.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.is_lent = False
        self._found: list[Any] = termios.tcgetattr(descriptor)
        self._own: list[Any] = self._found
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

    def read_single_keys(self) -> None:
        """Deliver each key at once and do not echo it, whenever restarter has the terminal."""
        self._own = _with_single_keys(self._found)
        self._set_up(self._own)

    def lend(self, group: int) -> None:
        """Make a process group the foreground of the terminal, and continue it.

        It finds the settings that restarter has found.
        """
        self._set_up(self._found)
        with contextlib.suppress(OSError):
            os.tcsetpgrp(self.descriptor, group)
            self.is_lent = True
            os.killpg(group, signal.SIGCONT)

    def take_back(self, *, clean: bool = False) -> bool:
        """Have the terminal again, with the settings that restarter needs.

        Args:
            clean: the borrower had no chance to clean up, as it was killed.

        Returns:
            False where it is not ours to take: the shell has it, restarter is in its background.
        """
        if not self._is_ours():
            return False
        self._be_foreground()
        self._set_up(self._own)
        if clean and self.is_lent:
            with contextlib.suppress(OSError):
                os.write(self.descriptor, _CLEAN)
        self.is_lent = False
        return True

    def is_closed(self) -> bool:
        """Whether it was hung up: nothing can be asked of it any more (EIO)."""
        try:
            termios.tcgetattr(self.descriptor)
        except (OSError, termios.error):
            return True
        return False

    def mend(self) -> None:
        """Undo that the borrower put back what it had found: our settings.

        A line editor asks for the settings before the kernel stops it for changing them; so those
        that it restores later are from the time when restarter read single keys.
        """
        with contextlib.suppress(OSError, termios.error):
            if self.is_lent and termios.tcgetattr(self.descriptor) == self._own:
                self._set_up(self._found)

    def is_raw(self) -> bool:
        """Whether single keys are delivered: line editors and full-screen programs want that."""
        with contextlib.suppress(OSError, termios.error):
            return not termios.tcgetattr(self.descriptor)[_LOCAL_FLAGS] & termios.ICANON
        return False

    @property
    def devices(self) -> frozenset[int]:
        """The numbers of the device: its own, and that of /dev/tty, which stands for it."""
        found = {os.fstat(self.descriptor).st_rdev}
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                answer = fcntl.ioctl(self.descriptor, _TIOCGDEV, bytes(4))
                found.add(int.from_bytes(answer, sys.byteorder))
        return frozenset(found)

    def give_up(self) -> None:
        """Leave the terminal as it was found."""
        if self._is_ours():
            self._be_foreground()
            self._set_up(self._found)

    def _is_ours(self) -> bool:
        """Whether restarter has the terminal or has lent it; a shell may have taken it back."""
        try:
            return self.is_lent or os.tcgetpgrp(self.descriptor) == os.getpgrp()
        except OSError:  # it was closed
            return False

    def _be_foreground(self) -> None:
        with contextlib.suppress(OSError):
            if os.tcgetpgrp(self.descriptor) != os.getpgrp():
                os.tcsetpgrp(self.descriptor, os.getpgrp())

    def _set_up(self, attributes: list[Any]) -> None:
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(self.descriptor, termios.TCSANOW, attributes)


def _with_single_keys(found: list[Any]) -> list[Any]:
    """Return cbreak mode: Ctrl-C and Ctrl-Z work, output is processed as before."""
    attributes = list(found)
    attributes[_LOCAL_FLAGS] &= ~(termios.ICANON | termios.ECHO)
    characters = list(attributes[_CONTROL_CHARACTERS])
    characters[termios.VMIN], characters[termios.VTIME] = 1, _OUR_SIGN
    attributes[_CONTROL_CHARACTERS] = characters
    return attributes
