"""The bottom row of the terminal, taken out of what scrolls, for a line that vanishes again.

The program writes to the same terminal whenever it likes, and where its cursor stands is not
known. So the row is set apart by the terminal itself: the scrolling region ends above it
(DECSTBM), as apt does for its progress; cursor and attributes are saved and restored around each
drawing (DECSC, DECRC), which is one write(2), and so nothing of the program comes in between.
"""

import os
from typing import Final, TextIO

_FEWEST_ROWS: Final = 5

# VT100: index and cursor up leave the cursor in its column, with a free row below it.
_MAKE_ROOM: Final = "\x1bD\x1b[A"
_SAVE, _RESTORE = "\x1b7", "\x1b8"
_SCROLL_ALL: Final = "\x1b[r"


class BottomRow:
    """The last row of a terminal.

    Args:
        stream: the terminal; each flush is one write to it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._taken: int | None = None  # the number of the row

    def is_possible(self) -> bool:
        """Whether there is a terminal with rows to spare."""
        return self._rows() >= _FEWEST_ROWS

    def draw(self, text: str) -> None:
        """Show a text in the row, in place of the one before.

        Args:
            text: not wider than the terminal, in the form that the terminal understands.
        """
        rows = self._rows()
        if self._taken != rows:  # nothing was drawn yet, or the window has another size
            self.erase()
            self._write(f"{_MAKE_ROOM}{_SAVE}\x1b[1;{rows - 1}r{_RESTORE}")
            self._taken = rows
        self._write(f"{_SAVE}\x1b[{rows};1H{text}\x1b[K{_RESTORE}")

    def erase(self) -> None:
        """Give the row back, empty."""
        if self._taken is not None:
            row, self._taken = self._taken, None
            self._write(f"{_SAVE}{_SCROLL_ALL}\x1b[{row};1H\x1b[2K{_RESTORE}")

    def _write(self, sequence: str) -> None:
        self._stream.write(sequence)
        self._stream.flush()

    def _rows(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).lines
        except (OSError, ValueError):
            return 0
