"""A program in a terminal, and what is to be seen there: for tests, and for pictures."""

import os
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pyte
from pyte.screens import Char

from tests.helpers import eventually

Row = list[Char]

_DIM, _BLINK = 2, 5  # ECMA-48, select graphic rendition

_PERSONAL = ("RESTARTER_", "NO_COLOR", "CLICOLOR", "VTE_", "TMUX")


class Screen(pyte.HistoryScreen):
    """A screen that knows of dim letters as well; it takes them for blinking ones."""

    def select_graphic_rendition(self, *attributes: int) -> None:
        """Set the looks of what is written from now on."""
        if attributes == (_DIM,):
            attributes = (_BLINK,)
        super().select_graphic_rendition(*attributes)


class Recording:
    """Runs a program in a terminal of its own, and keeps what it would show.

    Args:
        words: the program and its arguments.
        cwd: where it runs.
        columns: of the terminal.
        rows: of the terminal.
        environment: added to that of this process.
    """

    def __init__(
        self,
        words: Sequence[str],
        cwd: Path,
        *,
        columns: int = 100,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._screen = Screen(columns, rows, history=10_000)
        self._stream = pyte.Stream(self._screen)
        self._lock = threading.Lock()
        self.written = ""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(_PERSONAL)
        }
        self._child = pexpect.spawn(
            words[0],
            [*words[1:]],
            cwd=str(cwd),
            env={**inherited, "TERM": "xterm-256color", **(environment or {})},
            encoding="utf-8",
            dimensions=(rows, columns),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._child.close(force=True)

    def _read(self) -> None:
        while True:
            try:
                text = self._child.read_nonblocking(65536, timeout=None)
            except (pexpect.EOF, OSError, ValueError):
                return
            with self._lock:
                self.written += text
                self._stream.feed(text)

    @property
    def pid(self) -> int:
        """The process id of the program."""
        assert self._child.pid is not None
        return self._child.pid

    def send(self, keys: str) -> None:
        """Press keys."""
        self._child.send(keys)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._child.sendintr()

    def wait(self) -> int:
        """Wait for the end of the program; returns its exit code."""
        self._reader.join(20)
        return int(self._child.wait() or 0)

    def write(self, text: str) -> None:
        """Show a line as if the terminal had been used before."""
        with self._lock:
            self._stream.feed(text + "\r\n")

    def rows(self) -> list[Row]:
        """All that was scrolled off and all that is on the screen."""
        with self._lock:
            screen = self._screen
            lines = [*screen.history.top, *(screen.buffer[y] for y in range(screen.lines))]
            rows = [[line[x] for x in range(screen.columns)] for line in lines]
        while rows and not _text(rows[-1]):
            del rows[-1]
        return rows

    def text(self) -> str:
        """The same without its looks."""
        return "\n".join(map(_text, self.rows()))

    def bottom(self) -> str:
        """The last row of the screen."""
        with self._lock:
            return str(self._screen.display[-1]).rstrip()

    def see(self, pattern: str) -> str:
        """Wait until a pattern is to be seen, on a line; returns that line.

        Raises:
            AssertionError: it was not to be seen in time.
        """
        search = re.compile(f".*{pattern}.*").search
        try:
            found = eventually(lambda: search(self.text()), timeout=20)
        except AssertionError as late:
            late.add_note(self.text())
            raise
        return found[0]


def _text(row: Row) -> str:
    return "".join(cell.data for cell in row).rstrip()
