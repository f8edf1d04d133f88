"""Windows: a child that learns of the end of its parent, by waiting for it.

Checked by mypy; not run on a real Windows machine so far.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import psutil

assert sys.platform == "win32"  # noqa: S101  mypy reads this module for that system alone


class Attended:
    """A child that knows when this process ends.

    Args:
        child: the child.
    """

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self.wait = child.wait
        self._child = child

    def send_signal(self, number: int) -> None:
        """Do nothing for Ctrl-C and Ctrl-Break: the console gives them to every process in it."""
        if number == signal.SIGTERM:
            self._child.terminate()

    def take_signals(self) -> None:
        """Do nothing: they were not held."""


@contextlib.contextmanager
def attended(words: list[str]) -> Iterator[Attended]:
    """Start a child that learns of the end of this process.

    Args:
        words: what is executed; one more word is added, for `hear_of_end`.
    """
    yield Attended(subprocess.Popen([*words, str(os.getpid())]))


def hear_of_end(word: str, tell: Callable[[], None]) -> None:
    """Call a function when the process that has started this one with `attended` has ended.

    Args:
        word: the word that it has added.
        tell: called in a thread of its own.
    """

    def wait() -> None:
        with contextlib.suppress(psutil.Error):
            psutil.Process(int(word)).wait()
        tell()

    threading.Thread(target=wait, name="parent", daemon=True).start()
