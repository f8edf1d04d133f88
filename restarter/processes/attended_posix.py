"""POSIX: a child that learns of the end of its parent, by a pipe that closes."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

assert sys.platform != "win32"  # noqa: S101  mypy reads this module for other systems alone

from restarter.processes.posix import HANDLED  # noqa: E402  of which mypy sees nothing there


class Attended:
    """A child that knows when this process ends; signals wait until they are taken.

    Args:
        child: the child.
    """

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self.wait = child.wait
        self.send_signal = child.send_signal

    def take_signals(self) -> None:
        """Let signals arrive again, those included that were blocked before."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)


@contextlib.contextmanager
def attended(words: list[str]) -> Iterator[Attended]:
    """Start a child in the same process group that learns of the end of this process.

    It is born with signals blocked, so that one which comes early waits for it as well.

    Args:
        words: what is executed; one more word is added, for `hear_of_end`.
    """
    reader, writer = os.pipe()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    try:
        try:
            child = subprocess.Popen([*words, str(reader)], pass_fds=(reader,))
        finally:
            os.close(reader)
        yield Attended(child)
    finally:
        os.close(writer)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def hear_of_end(word: str, tell: Callable[[], None]) -> None:
    """Call a function when the process that has started this one with `attended` has ended.

    Args:
        word: the word that it has added.
        tell: called in a thread of its own.
    """
    reader = int(word)
    os.set_inheritable(reader, False)  # noqa: FBT003  positional only

    def wait() -> None:
        os.read(reader, 1)  # nothing is ever written
        tell()

    threading.Thread(target=wait, name="parent", daemon=True).start()
