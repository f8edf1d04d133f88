"""From words to the screen: rich where colours are wanted, plain lines elsewhere."""

from collections.abc import Mapping
from typing import Protocol, TextIO

from rich.console import Console
from rich.control import Control
from rich.text import Text

from restarter.status.wording import Line, Tone

NAME = "restarter"

_SYMBOLS = {
    Tone.START: ("▸", "cyan"),
    Tone.CHANGE: ("↻", "green"),
    Tone.GOOD: ("✓", "green"),
    Tone.BAD: ("✗", "red"),
    Tone.WARNING: ("!", "yellow"),
    Tone.DETAIL: ("·", "dim"),
}


class Renderer(Protocol):
    """Writes lines somewhere."""

    def write(self, line: Line) -> None:
        """Write one line."""

    def write_empty_line(self) -> None:
        """Make room between old and new lines."""

    def clear(self) -> None:
        """Clear the screen, if there is one."""


class PlainRenderer:
    """One line of text without any control sequence.

    Args:
        stream: where it goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: Line) -> None:
        """Write one line."""
        aside = f" ({line.aside})" if line.aside else ""
        text = f"{NAME}: {line.text}{aside}\n"
        self._stream.write(text)
        self._stream.flush()

    def write_empty_line(self) -> None:
        """Make room between old and new lines."""
        self._stream.write("\n")
        self._stream.flush()

    def clear(self) -> None:
        """Leave a log as it is."""


class TerminalRenderer:
    """A symbol, what happened, and what is good to know beside it.

    Args:
        stream: a terminal, or whatever is to be treated as one.
    """

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(
            file=stream, force_terminal=True, highlight=False, soft_wrap=True, emoji=False
        )

    def write(self, line: Line) -> None:
        """Write one line."""
        symbol, style = _SYMBOLS[line.tone]
        if not _can_encode(self._console.encoding, symbol):
            symbol = "-"
        text = Text.assemble((f"{NAME} ", "dim"), (f"{symbol} ", style), (line.text, style))
        if line.aside:
            text.append(f"  {line.aside}", style="dim")
        self._console.print(text)

    def write_empty_line(self) -> None:
        """Make room between old and new lines."""
        self._console.print()

    def clear(self) -> None:
        """Clear the screen."""
        self._console.control(Control.home(), Control.clear())


def wants_colours(environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Return whether lines are to be coloured.

    NO_COLOR (no-color.org) and CLICOLOR_FORCE (bixense.com/clicolors) are set by the person,
    TERM by the terminal.
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"


def _can_encode(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
