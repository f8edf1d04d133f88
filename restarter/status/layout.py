"""Where the parts of a line stand on a terminal of some width; no I/O.

A name, a symbol, what happened, why, and beside it what is good to know: in columns where there
is room, so that the eye finds the same thing in the same place on each line.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from restarter.status.figures import BARS, sparkline
from restarter.status.lines import Line, Tone

NAME: Final = "restarter"

LABEL_WIDTH: Final = 10
"""Cells for what happened; a longer label moves its line to the right."""

ASIDE_COLUMN: Final = 56
LEAST_ASIDE_COLUMN: Final = 46
ASIDE_WIDTH: Final = 42
SHORT_ASIDE_WIDTH: Final = 26
"""Asides begin in one column, further left on a terminal that is not wide enough for that of a
restart, and on all lines that leave room for it. Where the text would be left too little, there
is room for a short one."""

NARROW: Final = 60
"""On fewer cells there are no columns, and the symbol alone tells whose line it is."""

_LEAST_TEXT: Final = 16
"""Where a line has one row only, text keeps so many cells, and the aside is cut instead."""

_COLOURS: Final = {
    Tone.START: "cyan",
    Tone.CHANGE: "green",
    Tone.GOOD: "green",
    Tone.BAD: "red",
    Tone.WARNING: "yellow",
    Tone.DETAIL: "dim",
}
"""Of the eight that every terminal has, those that can be read on light and on dark: what is in
the middle of a palette stays there in any theme. Text has the colour of the terminal's own."""


class Signs(NamedTuple):
    """What an encoding has to offer.

    Args:
        symbols: by tone.
        has_bars: whether small bars can be drawn.
    """

    symbols: dict[Tone, str]
    has_bars: bool


_SIGNS: Final = Signs(
    {
        Tone.START: "▸",
        Tone.CHANGE: "↻",
        Tone.GOOD: "✓",
        Tone.BAD: "✗",
        Tone.WARNING: "!",
        Tone.DETAIL: "·",
    },
    has_bars=True,
)
_ASCII: Final = Signs(
    {
        Tone.START: ">",
        Tone.CHANGE: "*",
        Tone.GOOD: "+",
        Tone.BAD: "x",
        Tone.WARNING: "!",
        Tone.DETAIL: "-",
    },
    has_bars=False,
)


def signs_for(encoding: str) -> Signs:
    """Return the signs that an encoding has: all of them, or those of ASCII.

    Consoles of Windows have code pages such as cp437 and cp1252, and each knows some of them.
    """
    try:
        "".join((*_SIGNS.symbols.values(), BARS)).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return _ASCII
    return _SIGNS


def arrange(line: Line, width: int, signs: Signs) -> Text:
    """Return a line as it stands on a terminal; what does not fit stands on rows below.

    Args:
        line: what is said.
        width: the cells of the terminal.
        signs: what can be drawn.
    """
    head, aside = _head(line, width, signs), _aside(line, signs)
    column = cell_len(head.plain)
    asides = [aside, Text(line.short, style="dim")] if line.short else [aside]
    for place in (_in_column, _beside):
        for each in asides:
            body = place(line.text, each.plain, column, width)
            if body is not None:
                return Text.assemble(head, body, each)
    if width < NARROW:
        return _on_rows([head + Text(line.text), aside], 2, width)
    return head + _on_rows([Text(line.text), aside], column, width)


def _on_rows(parts: Sequence[Text], indent: int, width: int) -> Text:
    """Return parts below each other, in as many rows as they need, indented but for the first."""
    rows = [row for part in parts for row in part.wrap(Console(), max(width - indent, 1))]
    for row in rows:
        row.rstrip()
    return Text("\n" + " " * indent).join(filter(None, rows))


def arrange_row(line: Line, width: int, signs: Signs) -> Text:
    """Return a line that takes one row in any case; what does not fit is cut.

    A long text, a command perhaps, makes room for the aside: that tells how long it still takes.

    Args:
        line: what is said.
        width: the cells of the row.
        signs: what can be drawn.
    """
    head, aside = _head(line, width, signs), Text(f"  {line.aside}", style="dim")
    text = Text(line.text)
    room = width - head.cell_len - aside.cell_len
    if text.cell_len > room >= _LEAST_TEXT:
        text = _cut(text, room, signs)
    return _cut(Text.assemble(head, text, aside), width, signs)


def arrange_table(lines: Sequence[tuple[str, Line]], width: int, signs: Signs) -> list[Text]:
    """Return rows in columns: when, what, why, and how long; what does not fit is cut.

    On a narrow terminal there is no room for the last of them.

    Args:
        lines: each with the time of day.
        width: the cells of the terminal.
        signs: what can be drawn.
    """
    longest = max((cell_len(line.text) for _, line in lines), default=0)
    asides = max((cell_len(line.aside) for _, line in lines), default=0)
    taken = len("  00:00:00  * ") + LABEL_WIDTH + 1 + 2
    if longest + asides > width - taken:
        lines = [(when, line._replace(aside=line.short or line.aside)) for when, line in lines]
        asides = max(cell_len(line.aside) for _, line in lines)
    room = 0 if width < NARROW else max(min(longest, width - taken - asides), _LEAST_TEXT)
    rows = [_row(when, line, room, signs) for when, line in lines]
    return [_cut(row, width, signs) for row in rows]


def _row(when: str, line: Line, room: int, signs: Signs) -> Text:
    text = Text(line.text)
    if room:
        text = _cut(text, room, signs, pad=True)
    colour = _COLOURS[line.tone]
    label = set_cell_size(_label(line), LABEL_WIDTH + 1)
    aside = f"  {line.aside}" if line.aside and room else ""
    return Text.assemble(
        ("  " + when + "  ", "dim"),
        (f"{signs.symbols[line.tone]} {label}", colour),
        text,
        (aside, "dim"),
    )


def _cut(text: Text, width: int, signs: Signs, *, pad: bool = False) -> Text:
    cut = text.copy()
    cut.truncate(width, overflow="ellipsis" if signs.has_bars else "crop", pad=pad)
    return cut


def _head(line: Line, width: int, signs: Signs) -> Text:
    """Return the name, the symbol and the label."""
    colour = _COLOURS[line.tone]
    label = _label(line)
    if width < NARROW:
        return Text.assemble((f"{signs.symbols[line.tone]} {label} ", colour))
    padded = set_cell_size(label, max(LABEL_WIDTH, cell_len(label))) + " "
    return Text.assemble((f"{NAME} ", "dim"), (f"{signs.symbols[line.tone]} {padded}", colour))


def _aside(line: Line, signs: Signs) -> Text:
    bars = sparkline(line.figures) if signs.has_bars else ""
    return Text("  ".join(filter(None, [line.aside, bars])), style="dim")


def _in_column(text: str, aside: str, column: int, width: int) -> str | None:
    """Return the text, padded so that the aside stands in its column; None: it does not fit."""
    begin = min(ASIDE_COLUMN, width - ASIDE_WIDTH)
    if begin < LEAST_ASIDE_COLUMN:
        begin = min(ASIDE_COLUMN, width - SHORT_ASIDE_WIDTH)
    room = begin - column - 2
    is_possible = aside and width >= NARROW and cell_len(text) <= room
    return (
        set_cell_size(text, room + 2) if is_possible and begin + cell_len(aside) <= width else None
    )


def _beside(text: str, aside: str, column: int, width: int) -> str | None:
    """Return the text, and a gap where there is an aside; None: they do not fit on one row."""
    body = f"{text}  " if text and aside else text
    return body if column + cell_len(body + aside) <= width else None


def _label(line: Line) -> str:
    return line.label.rstrip(":,")
