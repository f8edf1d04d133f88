"""From words to the screen: rich on a terminal, plain lines elsewhere."""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Protocol, TextIO

from rich.console import Console
from rich.control import Control
from rich.text import Text

from restarter.notices import Decision
from restarter.status.bottom import BottomRow
from restarter.status.layout import NAME, arrange, arrange_row, arrange_table, signs_for
from restarter.status.lines import Line
from restarter.status.wording import Wording

_USUAL_WIDTH = 80
_SCROLL_BACK = "\x1b[3J"  # xterm: erase the lines that were scrolled off


class Renderer(Protocol):
    """Writes lines somewhere."""

    def write(self, line: Line) -> None:
        """Write one line."""

    def write_detail(self, text: str) -> None:
        """Write a line that belongs to the next one, as it is."""

    def write_table(self, decisions: Sequence[Decision], wording: Wording) -> None:
        """Write what was decided lately, one row each."""

    def write_empty_line(self) -> None:
        """Make room between old and new lines."""

    def clear(self, *, scroll_back: bool) -> None:
        """Clear the screen, if there is one, and perhaps what was scrolled off."""

    def has_bottom(self) -> bool:
        """Whether there is a place for a line that vanishes again."""

    def draw_bottom(self, line: Line) -> None:
        """Show a line there, in place of the one before."""

    def erase_bottom(self) -> None:
        """Let it vanish."""


class PlainRenderer:
    """One line of text without any control sequence.

    Args:
        stream: where it goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: Line) -> None:
        """Write one line."""
        self._write(_plain(line))

    def write_detail(self, text: str) -> None:
        """Write a line that belongs to the next one, as it is."""
        self._write(f"  {text}")

    def write_table(self, decisions: Sequence[Decision], wording: Wording) -> None:
        """Write what was decided lately, one row each."""
        for decision in decisions:
            self._write(f"{_time_of_day(decision.at)}  {_plain(wording.line(decision.notice))}")

    def write_empty_line(self) -> None:
        """Make room between old and new lines."""
        self._stream.write("\n")
        self._stream.flush()

    def clear(self, *, scroll_back: bool) -> None:
        """Leave a log as it is."""

    def has_bottom(self) -> bool:
        """Return False: what was written stays."""
        return False

    def draw_bottom(self, line: Line) -> None:
        """Do nothing."""

    def erase_bottom(self) -> None:
        """Do nothing."""

    def _write(self, text: str) -> None:
        self._stream.write(f"{NAME}: {text}\n")
        self._stream.flush()


class TerminalRenderer:
    """Lines in columns, in colours, and one at the bottom for what is waited for.

    Args:
        stream: a terminal, or whatever is to be treated as one.
        is_coloured: whether colours are wanted.
    """

    def __init__(self, stream: TextIO, *, is_coloured: bool) -> None:
        self._stream = stream
        self._console = Console(
            file=stream,
            force_terminal=True,
            color_system="standard" if is_coloured else None,
            highlight=False,
            soft_wrap=True,
            emoji=False,
            markup=False,
        )
        self._signs = signs_for(self._console.encoding)
        self._bottom = BottomRow(stream)

    def write(self, line: Line) -> None:
        """Write one line."""
        self._write(arrange(line, self._width(), self._signs))

    def write_detail(self, text: str) -> None:
        """Write a line that belongs to the next one, as it is."""
        self._write(Text(f"  {text}"))

    def write_table(self, decisions: Sequence[Decision], wording: Wording) -> None:
        """Write what was decided lately, one row each."""
        lines = [(_time_of_day(each.at), wording.line(each.notice)) for each in decisions]
        self._write(Text("\n").join(arrange_table(lines, self._width(), self._signs)))

    def write_empty_line(self) -> None:
        """Make room between old and new lines."""
        self._console.print()

    def clear(self, *, scroll_back: bool) -> None:
        """Clear the screen, and perhaps what was scrolled off."""
        self._console.control(Control.home(), Control.clear())
        if scroll_back:
            self._stream.write(_SCROLL_BACK)
            self._stream.flush()

    def has_bottom(self) -> bool:
        """Whether there is a place for a line that vanishes again."""
        # The console of old Windows does not understand sequences; rich speaks to it otherwise.
        return not self._console.legacy_windows and self._bottom.is_possible()

    def draw_bottom(self, line: Line) -> None:
        """Show a line there, in place of the one before."""
        text = arrange_row(line, self._width() - 1, self._signs)
        with self._console.capture() as capture:
            self._console.print(text, end="")
        self._bottom.draw(capture.get())

    def erase_bottom(self) -> None:
        """Let it vanish."""
        self._bottom.erase()

    def _write(self, text: Text) -> None:
        # A program may have left the cursor in the middle of a row, and a terminal does so when
        # it echoes Ctrl-C. A row of spaces, and back: what began in the first cell comes to stand
        # there again, what did not is on the next row. Shells show their prompts so.
        if self._stream.isatty():
            self._stream.write(" " * (self._width() - 1) + "\r")
        self._console.print(text)

    def _width(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or _USUAL_WIDTH
        except (OSError, ValueError):
            return _USUAL_WIDTH


def is_capable(environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Return whether the terminal understands more than lines of text, as all but a dumb one do."""
    return is_terminal and environment.get("TERM") != "dumb"


def wants_colours(environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Return whether lines are to be coloured.

    NO_COLOR (no-color.org) and CLICOLOR_FORCE (bixense.com/clicolors) are set by the person,
    TERM by the terminal.
    """
    if environment.get("NO_COLOR"):
        return False
    is_forced = environment.get("CLICOLOR_FORCE", "0") not in ("", "0")
    return is_forced or is_capable(environment, is_terminal=is_terminal)


def _plain(line: Line) -> str:
    aside = f" ({line.aside})" if line.aside else ""
    return " ".join(filter(None, [line.label, line.text])) + aside


def _time_of_day(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))
